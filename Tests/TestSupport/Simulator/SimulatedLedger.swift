// SPDX-License-Identifier: Apache-2.0
package import Accounting
import LedgerStore
import Wire

/// The real journal on a simulated disk, and what was handed to it.
package final class SimulatedLedger: LedgerSink {
    private let disk: SimulatedDisk
    private let writer: JournalWriter
    /// Entries that `record` took.
    private(set) var accepted: [LedgerEntry] = []
    /// Entries that could not be written, and of which the gateway was told so.
    private(set) var lost: [LedgerEntry] = []
    /// Entries in whose write the process died: on the disk or not.
    private(set) var undecided: [LedgerEntry] = []

    init(random: SeededRandom, clock: VirtualClock) {
        disk = SimulatedDisk(random: random)
        writer = JournalWriter(disk: disk, writerID: "0", schedule: NoSync()) {
            clock.wallTime.microseconds
        }
    }

    /// Whether the process has died in a write.
    package var hasCrashed: Bool { disk.isDead }

    package func record(_ entry: LedgerEntry) throws(LedgerFailure) {
        do throws(LedgerFailure) {
            try writer.record(entry)
            accepted.append(entry)
        } catch {
            note(unwritten: [entry])
            throw error
        }
    }

    package func record(all entries: [LedgerEntry]) -> [UnwrittenEntry] {
        let unwritten = writer.record(all: entries)
        let failed = unwritten.map(\.entry)
        note(unwritten: failed)
        accepted += entries.filter { !failed.contains($0) }
        return unwritten
    }

    private func note(unwritten entries: [LedgerEntry]) {
        if disk.isDead { undecided += entries } else { lost += entries }
    }

    /// What the next process finds: the entries, and anything that is not one.
    func reopen() -> (entries: [LedgerEntry], trouble: [String]) {
        disk.restart()
        var entries: [LedgerEntry] = []
        var trouble: [String] = []
        do {
            for finding in try JournalRepair(disk: disk).run() {
                guard case .removed = finding.outcome else {
                    trouble.append("not repaired: \(finding)")
                    continue
                }
            }
            var reader = try JournalReader(disk: disk)
            while let event = try reader.next() {
                switch event {
                case .entry(let entry): entries.append(entry)
                case .damage(let damage): trouble.append("damage after the repair: \(damage)")
                }
            }
        } catch {
            trouble.append("the journal cannot be read: \(error)")
        }
        return (entries, trouble)
    }
}

/// A simulated disk is never behind.
private struct NoSync: SyncSchedule {
    func wasAppended(_ file: SyncedFile) {}
}
