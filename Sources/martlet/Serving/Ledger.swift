// SPDX-License-Identifier: Apache-2.0
import Accounting
import LedgerStore
import Wire

/// The journal of this process: one data directory, and a writer for each shard.
final class Ledger: Sendable {
    /// Held, because its lock is what makes the directory ours.
    private let directory: DataDirectory
    private let disk: POSIXJournalDisk
    private let schedule: GroupSync

    /// Takes the data directory and repairs what the last process could not finish; says what it
    /// did. Throws: where the directory is another's, or cannot be read and written.
    init(path: String, log: Log) throws(StartFailure) {
        do throws(DataDirectoryFailure) {
            directory = try DataDirectory(path: path)
        } catch {
            throw StartFailure(reason: "\(error)")
        }
        disk = POSIXJournalDisk(path: directory.journalPath)
        schedule = GroupSync { failure in
            log.error("the ledger could not be synced to disk", ["reason": "\(failure)"])
        }
        do throws(DiskFailure) {
            for finding in try JournalRepair(disk: disk).run() {
                log.warning("journal: \(finding)")
            }
        } catch {
            throw StartFailure(reason: "the journal in \(path) cannot be read: \(error)")
        }
    }

    /// The writer of a shard. Called on the shard.
    func makeWriter(shard: Int, clock: any Timekeeper) throws(StartFailure) -> JournalWriter {
        let writer = JournalWriter(
            disk: disk, writerID: "shard\(shard)", schedule: schedule,
            clock: { clock.wallTime.microseconds })
        do throws(LedgerFailure) {
            try writer.prepare()
        } catch {
            throw StartFailure(reason: "the ledger cannot be written: \(error.detail)")
        }
        return writer
    }
}
