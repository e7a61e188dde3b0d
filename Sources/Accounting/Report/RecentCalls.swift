// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// The latest calls by the time of their arrival, whatever the order they come in.
package struct RecentCalls: Sendable {
    private let limit: Int
    /// Sorted, oldest first.
    private var entries: [LedgerEntry] = []

    /// - Parameter limit: how many are kept.
    package init(limit: Int) { self.limit = max(0, limit) }

    /// Takes the call where it is later than one that is kept, or where there is room.
    package mutating func add(_ entry: LedgerEntry) {
        if limit == 0 { return }
        // Journals are nearly in order: the place is nearly always the end.
        let index = entries.lastIndex { $0.timeMicroseconds <= entry.timeMicroseconds }
        let place = index.map { $0 + 1 } ?? 0
        if entries.count == limit {
            if place == 0 { return }
            entries.insert(entry, at: place)
            entries.removeFirst()
        } else {
            entries.insert(entry, at: place)
        }
    }

    /// The calls, latest first.
    package var latestFirst: [LedgerEntry] { entries.reversed() }

    /// The calls for people, a line each, latest first.
    package var table: String {
        if entries.isEmpty { return "No calls.\n" }
        var table = TextTable([
            ("id", .left), ("time", .left), ("model", .left), ("target", .left), ("state", .left),
            ("input", .right), ("output", .right), ("cost (USD)", .right), ("total ms", .right),
            ("first token ms", .right),
        ])
        for entry in latestFirst {
            let firstToken = entry.timings.firstToken?.saturatedMicroseconds
            let total = entry.timings.total.saturatedMicroseconds
            let mark = entry.usageSource == .estimated ? "~" : ""
            table.add([
                entry.id, CivilTime(microseconds: entry.timeMicroseconds).text,
                entry.requestedModel, entry.targetName, entry.state.rawValue,
                entry.usage.input.map { "\(mark)\($0)" } ?? "-",
                entry.usage.output.map { "\(mark)\($0)" } ?? "-",
                entry.cost.amount.map { mark + $0.decimalText } ?? "unknown",
                UsageReport.milliseconds(total), UsageReport.milliseconds(firstToken),
            ])
        }
        return table.text
    }
}
