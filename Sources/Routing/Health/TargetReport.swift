// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// How a candidate has been doing, for people.
package struct TargetReport: Sendable, Equatable {
    package var candidate: Candidate
    package var condition: TargetCondition
    /// `closed`, `open` or `half_open`.
    package var breaker: String
    package var counts: CallCounts
    /// Of streams, to the first content; nil where there was none.
    package var firstToken: LatencySummary?
    /// Of whole answers, to the end.
    package var wholeAnswer: LatencySummary?
}

/// How many attempts there were since the gateway started, by their end.
package struct CallCounts: Sendable, Equatable {
    package fileprivate(set) var succeeded = 0
    package fileprivate(set) var abandoned = 0
    package fileprivate(set) var failed: [UpstreamFailure.Kind: Int] = [:]

    /// All attempts that have ended.
    package fileprivate(set) var ended = 0

    mutating func count(_ result: AttemptOutcome.Result) {
        ended += 1
        switch result {
        case .success: succeeded += 1
        case .abandoned: abandoned += 1
        case .failed(let failure): failed[failure.kind, default: 0] += 1
        }
    }
}

/// Quantiles of recent latencies.
package struct LatencySummary: Sendable, Equatable {
    package var median: Duration
    package var percentile95: Duration
    package var percentile99: Duration

    init?(_ latencies: RecentLatencies) {
        guard let median = latencies.quantile(percent: 50),
            let percentile95 = latencies.quantile(percent: 95),
            let percentile99 = latencies.quantile(percent: 99)
        else { return nil }
        self.median = median
        self.percentile95 = percentile95
        self.percentile99 = percentile99
    }
}
