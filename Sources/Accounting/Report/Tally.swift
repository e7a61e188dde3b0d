// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// Sums over calls. What is not known is counted beside the sums, never hidden in them.
package struct Tally: Sendable {
    package private(set) var calls = 0
    package private(set) var states: [CallState: Int] = [:]
    package private(set) var tokens = TokenTotals()
    /// Calls that told no usage; their tokens are missing above.
    package private(set) var callsWithoutUsage = 0
    /// Calls whose usage was counted here instead of told by the provider.
    package private(set) var callsWithEstimatedUsage = 0
    /// The sum of the costs that the price book gave.
    package private(set) var computedCost = Picodollars.zero
    /// The sum of the costs that providers reported.
    package private(set) var reportedCost = Picodollars.zero
    /// Calls whose cost is in neither sum.
    package private(set) var callsWithUnknownCost = 0
    package private(set) var total = LatencyHistogram()
    package private(set) var firstToken = LatencyHistogram()
    package private(set) var overhead = LatencyHistogram()

    package init() {}

    /// Counts one call.
    package mutating func add(_ entry: LedgerEntry) {
        calls += 1
        states[entry.state, default: 0] += 1
        tokens.add(entry.usage)
        switch entry.usageSource {
        case .none: callsWithoutUsage += 1
        case .estimated: callsWithEstimatedUsage += 1
        case .upstream: break
        }
        add(entry.cost)
        total.record(entry.timings.total)
        if let duration = entry.timings.firstToken { firstToken.record(duration) }
        if let duration = entry.timings.overhead { overhead.record(duration) }
    }

    private mutating func add(_ cost: Cost) {
        switch cost {
        case .computed(let amount):
            if let sum = computedCost.adding(amount) { computedCost = sum; return }
        case .reported(let amount):
            if let sum = reportedCost.adding(amount) { reportedCost = sum; return }
        case .unknown: break
        }
        // A sum that no longer fits is no sum: the call is told as one of unknown cost.
        callsWithUnknownCost += 1
    }

    /// All costs that are known, or nil where the sum does not fit.
    package var knownCost: Picodollars? { computedCost.adding(reportedCost) }

    /// How many calls ended in this state.
    package func count(of state: CallState) -> Int { states[state] ?? 0 }
}

extension LatencyHistogram {
    /// Counts one latency, in whole microseconds.
    package mutating func record(_ duration: Duration) {
        record(microseconds: duration.saturatedMicroseconds)
    }
}

extension Duration {
    /// Whole microseconds, rounded towards zero, at most what `Int64` holds.
    var saturatedMicroseconds: Int64 {
        // 10¹² is 2¹² · 5¹², so that up to ten hours a division of 64 bits does.
        if let shifted = Int64(exactly: attoseconds >> 12), shifted >= 0 {
            return shifted / 244_140_625
        }
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carry) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }
}
