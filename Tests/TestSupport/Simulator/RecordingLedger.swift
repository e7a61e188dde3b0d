// SPDX-License-Identifier: Apache-2.0
package import Accounting

/// A `LedgerSink` in memory, which fails where it is told to.
package final class RecordingLedger: LedgerSink {
    package private(set) var entries: [LedgerEntry] = []
    /// Asked before each entry.
    package var mustFail: () -> Bool = { false }

    package init() {}

    package func record(_ entry: LedgerEntry) throws(LedgerFailure) {
        if mustFail() { throw LedgerFailure(detail: "scripted: no space left on device") }
        entries.append(entry)
    }

    package func record(all entries: [LedgerEntry]) -> [UnwrittenEntry] {
        entries.compactMap { entry in
            do throws(LedgerFailure) {
                try record(entry)
                return nil
            } catch {
                return UnwrittenEntry(entry: entry, failure: error)
            }
        }
    }
}
