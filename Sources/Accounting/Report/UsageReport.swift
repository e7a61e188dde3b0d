// SPDX-License-Identifier: Apache-2.0

/// What the calls of a journal add up to, in total and group by group.
package struct UsageReport: Sendable {
    /// What calls have in common in one group.
    package enum Grouping: String, Sendable, CaseIterable {
        /// The target: provider and model.
        case model
        case provider
        /// The UTC day on which the call arrived.
        case day
        case state
    }

    package let grouping: Grouping
    package private(set) var total = Tally()
    private var tallies: [String: Tally] = [:]

    package init(groupedBy grouping: Grouping) { self.grouping = grouping }

    /// Counts one call.
    package mutating func add(_ entry: LedgerEntry) {
        total.add(entry)
        tallies[name(of: entry), default: Tally()].add(entry)
    }

    /// The groups: days in their order, others by calls, most first, then by name.
    package var groups: [(name: String, tally: Tally)] {
        let groups = tallies.map { (name: $0.key, tally: $0.value) }
        return groups.sorted { left, right in
            if grouping != .day, left.tally.calls != right.tally.calls {
                return left.tally.calls > right.tally.calls
            }
            return left.name < right.name
        }
    }

    private func name(of entry: LedgerEntry) -> String {
        switch grouping {
        case .model: entry.targetName
        case .provider: entry.decisiveAttempt?.provider ?? LedgerEntry.noTarget
        case .day: CivilTime(microseconds: entry.timeMicroseconds).dayText
        case .state: entry.state.rawValue
        }
    }
}

extension LedgerEntry {
    /// Stands in reports for the target of a call that was sent to none.
    static let noTarget = "(not sent)"

    /// `provider/model` of the decisive attempt.
    var targetName: String {
        decisiveAttempt.map { "\($0.provider)/\($0.model)" } ?? Self.noTarget
    }
}
