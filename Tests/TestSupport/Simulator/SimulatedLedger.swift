// SPDX-License-Identifier: Apache-2.0
package import Accounting

/// A ledger whose disk fills up or whose process dies by chance.
package final class SimulatedLedger: LedgerSink {
    package private(set) var entries: [LedgerEntry] = []
    /// Entries that could not be written, and of which the gateway was told so.
    package private(set) var lost: [LedgerEntry] = []
    package private(set) var hasCrashed = false
    private let random: SeededRandom
    private let failsOnceIn: Int

    init(random: SeededRandom) {
        self.random = random
        failsOnceIn = random.oneIn(8) ? 3 : 0
    }

    package func record(_ entry: LedgerEntry) throws(LedgerFailure) {
        if failsOnceIn > 0 && random.oneIn(failsOnceIn) {
            lost.append(entry)
            throw LedgerFailure(detail: "scripted: no space left on device")
        }
        entries.append(entry)
    }
}
