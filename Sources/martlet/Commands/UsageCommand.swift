// SPDX-License-Identifier: Apache-2.0
import Accounting
import ArgumentParser
import Glibc
import JSON
import LedgerStore

/// `martlet usage`
struct UsageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Show calls, tokens, cost and latencies from the ledger.",
        discussion: "Reads the journal only, so it works while a gateway serves, and after.")

    @OptionGroup var settings: SettingsOption

    @Option(help: ArgumentHelp("The data directory, instead of the settings'.", valueName: "dir"))
    var data: String?

    @Option(help: "What to group by: model, provider, day or state.")
    var by = UsageReport.Grouping.model

    @Option(help: ArgumentHelp("Show the latest calls, each in a line.", valueName: "n"))
    var calls: Int?

    @Option(
        help: ArgumentHelp("Count only what is younger: 90m, 24h, 7d.", valueName: "time"))
    var since: Age?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let path = DataDirectory.journalPath(in: data ?? settings.load().draft.dataDirectory)
        guard access(path, R_OK | X_OK) == 0 else {
            let reason = FileFailure(systemError: errno).reason
            printToStandardError(
                "error: there is no journal to read at \(path): \(reason); say where it is with "
                    + "--config or --data")
            throw ExitCode.failure
        }
        var reading = UsageReading(grouping: by, calls: calls ?? 0, since: since)
        do throws(DiskFailure) {
            try reading.read(POSIXJournalDisk(path: path))
        } catch {
            printToStandardError("error: the journal cannot be read: \(error)")
            throw ExitCode.failure
        }
        for damage in reading.damage { printToStandardError("warning: journal: \(damage)") }
        print(
            json ? reading.json(listsCalls: calls != nil) : reading.text(listsCalls: calls != nil))
    }
}

/// What a journal holds, as it was asked for.
struct UsageReading {
    private var report: UsageReport
    private var recent: RecentCalls
    private let earliestMicroseconds: Int64
    private(set) var damage: [JournalDamage] = []

    init(grouping: UsageReport.Grouping, calls: Int, since: Age?) {
        report = UsageReport(groupedBy: grouping)
        recent = RecentCalls(limit: calls)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let microseconds = Int64(now.tv_sec) * 1_000_000
        earliestMicroseconds = since.map { microseconds - $0.microseconds } ?? .min
    }

    /// Reads the whole journal, with the memory of one window and of what is shown.
    mutating func read(_ disk: some JournalDisk) throws(DiskFailure) {
        var reader = try JournalReader(disk: disk)
        while let event = try reader.next() {
            switch event {
            case .damage(let found): damage.append(found)
            case .entry(let entry):
                guard entry.timeMicroseconds >= earliestMicroseconds else { continue }
                report.add(entry)
                recent.add(entry)
            }
        }
    }

    /// For people: the calls, where they were asked for, and the report.
    func text(listsCalls: Bool) -> String {
        let text = (listsCalls ? "\(recent.table)\n" : "") + report.table
        return String(text.dropLast())
    }

    /// For programs.
    ///
    /// Shape: `{"report": report, "damage": [text], "calls": [entry]}`, the latest call first.
    func json(listsCalls: Bool) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("report")
        report.write(to: &writer)
        writer.key("damage")
        writer.beginArray()
        for found in damage { writer.string("\(found)") }
        writer.endArray()
        if listsCalls {
            writer.key("calls")
            recent.write(to: &writer)
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension UsageReport.Grouping: ExpressibleByArgument {}

/// How far back to look: `90m`, `24h`, `7d`.
struct Age: ExpressibleByArgument {
    let microseconds: Int64

    init?(argument: String) {
        guard let duration = Duration(quantity: argument) else { return nil }
        microseconds = duration.components.seconds * 1_000_000
    }
}
