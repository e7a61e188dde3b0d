// SPDX-License-Identifier: Apache-2.0
import Accounting
import Glibc
import LedgerStore

/// Writes entries until it is killed, and says each one's id on its output as soon as the writer
/// has taken it: what a client would see completed.
///
/// Usage: `JournalCrashWriter <data directory> <round>`
@main
enum JournalCrashWriter {
    static func main() throws {
        guard CommandLine.arguments.count == 3 else { exit(64) }
        let directory = try DataDirectory(path: CommandLine.arguments[1])
        let round = CommandLine.arguments[2]
        let disk = POSIXJournalDisk(path: directory.journalPath)
        for finding in try JournalRepair(disk: disk).run() { say("! \(finding)\n") }
        let schedule = GroupSync(intervalMilliseconds: 5) { failure in
            say("! \(failure)\n")
            exit(1)
        }
        // Small segments, so that a kill meets rotations too.
        let writer = JournalWriter(
            disk: disk, writerID: "0", schedule: schedule,
            limits: SegmentLimits(maximumSize: 64 << 10), clock: now)
        // An end of its own, should nobody kill it.
        for number in 0..<2_000_000 {
            var entry = LedgerEntry(
                id: "\(round)-\(number)", timeMicroseconds: now(), operation: "chat.completions")
            entry.requestedModel = String(repeating: "m", count: number % 300)
            try writer.record(entry)
            say("\(entry.id)\n")
        }
        withExtendedLifetime(directory) {}
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}

/// One `write(2)`, without a buffer that a kill could lose.
private func say(_ line: String) {
    var line = line
    _ = line.withUTF8 { write(1, $0.baseAddress, $0.count) }
}
