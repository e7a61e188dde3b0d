// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Testing

@Suite struct UsageReportTests {
    private static let entries: [LedgerEntry] = {
        var generator = SeededGenerator(seed: 99)
        return (0..<3_000).map { _ in SampleEntries.random(&generator) }
    }()

    /// The same sums by filters over the whole list, group by group.
    @Test(arguments: UsageReport.Grouping.allCases)
    func `totals and groups equal an independent fold`(grouping: UsageReport.Grouping) {
        var report = UsageReport(groupedBy: grouping)
        for entry in Self.entries { report.add(entry) }
        expect(report.total, sums: Self.entries)
        let named = Dictionary(grouping: Self.entries) { entry in
            let target = entry.attempts.last
            return switch grouping {
            case .model: target.map { "\($0.provider)/\($0.model)" } ?? "(not sent)"
            case .provider: target?.provider ?? "(not sent)"
            case .day: String(CivilTime(microseconds: entry.timeMicroseconds).text.prefix(10))
            case .state: entry.state.rawValue
            }
        }
        #expect(Set(report.groups.map(\.name)) == Set(named.keys))
        for (name, tally) in report.groups { expect(tally, sums: named[name] ?? []) }
    }

    private func expect(_ tally: Tally, sums entries: [LedgerEntry]) {
        #expect(tally.calls == entries.count)
        for state in CallState.allCases {
            #expect(tally.count(of: state) == entries.count { $0.state == state })
        }
        let outputs = entries.compactMap(\.usage.output).reduce(0, +)
        #expect(tally.tokens.output == Int128(outputs))
        let inputs = entries.compactMap(\.usage.uncachedInput).reduce(0, +)
        #expect(tally.tokens.uncachedInput == Int128(inputs))
        #expect(tally.callsWithUnknownCost == entries.count { $0.cost == .unknown })
        #expect(tally.callsWithEstimatedUsage == entries.count { $0.usageSource == .estimated })
        #expect(tally.callsWithoutUsage == entries.count { $0.usageSource == .none })
        let computed = entries.filter { $0.cost.sourceIs("computed") }
            .compactMap(\.cost.amount?.rawValue).reduce(0, +)
        let reported = entries.filter { $0.cost.sourceIs("reported") }
            .compactMap(\.cost.amount?.rawValue).reduce(0, +)
        #expect(tally.computedCost.rawValue == computed)
        #expect(tally.reportedCost.rawValue == reported)
        #expect(tally.total.count == UInt64(entries.count))
        #expect(tally.firstToken.count == UInt64(entries.count { $0.timings.firstToken != nil }))
    }

    @Test func `the JSON says what the tallies say`() throws {
        var report = UsageReport(groupedBy: .provider)
        for entry in Self.entries { report.add(entry) }
        let object = try JSONSerialization.jsonObject(with: Data(report.json))
        let root = try #require(object as? [String: Any])
        let total = try #require(root["total"] as? [String: Any])
        #expect(root["grouped_by"] as? String == "provider")
        #expect(total["calls"] as? Int == 3_000)
        #expect(total["computed_cost_usd"] as? String == report.total.computedCost.decimalText)
        #expect(total["calls_with_unknown_cost"] as? Int == report.total.callsWithUnknownCost)
        let groups = try #require(root["groups"] as? [[String: Any]])
        #expect(groups.compactMap { $0["name"] as? String } == report.groups.map(\.name))
        #expect(groups.compactMap { $0["calls"] as? Int }.reduce(0, +) == 3_000)
    }

    @Test func `the table is aligned and hides nothing`() {
        var report = UsageReport(groupedBy: .model)
        var entry = LedgerEntry(id: "1", timeMicroseconds: 0, operation: "chat.completions")
        entry.state = .complete
        entry.attempts = [LedgerAttempt(provider: "openai", model: "gpt-4o", start: .zero)]
        entry.usage = Usage(input: 1_000, output: 20)
        entry.usageSource = .upstream
        entry.cost = .computed(Picodollars(rawValue: 2_700_000_000))
        entry.timings.total = .milliseconds(31)
        report.add(entry)
        entry.state = .clientGone
        entry.usageSource = .estimated
        entry.cost = .unknown
        report.add(entry)
        let expected = """
            model          calls  complete  uncached_input  output  cost (USD)  unknown cost
            openai/gpt-4o      2         1            2000      40      0.0027             1
            total              2         1            2000      40      0.0027             1
            """
        #expect(report.table.hasPrefix(expected + "\n\nmilliseconds"))
        #expect(report.table.contains("States: complete 1, client_gone 1."))
        #expect(report.table.contains("Calls of unknown cost, not in the sums: 1."))
        #expect(report.table.contains("Calls whose usage is estimated: 1."))
        #expect(UsageReport(groupedBy: .day).table == "No calls.\n")
    }

    @Test func `a sum without any known cost is unknown, not 0`() {
        var report = UsageReport(groupedBy: .provider)
        var entry = LedgerEntry(id: "1", timeMicroseconds: 0, operation: "chat.completions")
        entry.attempts = [LedgerAttempt(provider: "local", model: "a", start: .zero)]
        entry.cost = .unknown
        report.add(entry)
        let lines = report.table.split(separator: "\n").prefix(3).map(String.init)
        #expect(lines.map { $0.contains("unknown  ") } == [false, true, true])
    }

    @Test func `the last calls are the latest ones whatever their order`() throws {
        var generator = SeededGenerator(seed: 4)
        var recent = RecentCalls(limit: 10)
        for entry in Self.entries.shuffled(using: &generator) { recent.add(entry) }
        let latest = Self.entries.map(\.timeMicroseconds).sorted().suffix(10).reversed()
        #expect(recent.latestFirst.map(\.timeMicroseconds) == Array(latest))
        let list = try JSONSerialization.jsonObject(with: Data(recent.json)) as? [[String: Any]]
        #expect(list?.count == 10)
        var none = RecentCalls(limit: 0)
        none.add(Self.entries[0])
        #expect(none.table == "No calls.\n")
    }

    @Test func `a model's name cannot steer the terminal`() {
        var entry = LedgerEntry(id: "1", timeMicroseconds: 0, operation: "chat.completions")
        entry.requestedModel = "\u{1B}[2J\u{202E}evil\r\n"
        var recent = RecentCalls(limit: 1)
        recent.add(entry)
        #expect(recent.table.contains("?[2J?evil?"))
        #expect(!recent.table.contains("\u{1B}"))
    }
}

extension Cost {
    fileprivate func sourceIs(_ name: String) -> Bool {
        switch self {
        case .computed: name == "computed"
        case .reported: name == "reported"
        case .unknown: name == "unknown"
        }
    }
}
