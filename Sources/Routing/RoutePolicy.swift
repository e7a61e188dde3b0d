// SPDX-License-Identifier: Apache-2.0

/// How hard a call is tried, and what else may be done for it.
package struct RoutePolicy: Sendable, Equatable {
    package var retries = RetryPolicy()
    package var hedge: HedgePolicy?
    /// The longest that a call may take across all attempts, or nil for as long as those take.
    package var deadline: Duration?
    /// The longest from the start of a streamed attempt to its first content, or nil for no limit
    /// of its own.
    package var firstToken: Duration?
    /// Where a call goes whose input a target found too long, and one that a target's filter
    /// refused; empty: the client is told.
    package var contextFallbacks: [Target] = []
    package var filterFallbacks: [Target] = []
    /// What happens to a stream that breaks off behind its commit point.
    package var resume = ResumePolicy.off

    package init() {}
}

/// Trying again where every candidate has failed once.
package struct RetryPolicy: Sendable, Equatable {
    /// How often a candidate that failed is tried again. 0: each candidate is tried once.
    package var limit = 1
    /// Full jitter: the wait before the n-th round is uniform in 0 … `base` · 2ⁿ⁻¹, at most `longest`.
    package var base: Duration = .milliseconds(200)
    /// The longest wait, also for a provider's `Retry-After`: one beyond it is not waited for.
    package var longest: Duration = .seconds(5)
    /// Extra attempts over calls. Failover to a target not yet tried counts, but is never refused.
    package var budgetShare = 0.2

    package init() {}
}

/// A second attempt that races a slow first one to its first content.
package struct HedgePolicy: Sendable, Equatable {
    /// After how long the second one starts.
    package enum Delay: Sendable, Equatable {
        /// The candidate's own 95th percentile to first content, once enough calls are known.
        case percentile95
        case fixed(Duration)
    }
    package var delay = Delay.percentile95
    /// Hedges over calls.
    package var budgetShare = 0.03

    package init() {}
}

/// What happens to a stream that breaks off behind its commit point.
package enum ResumePolicy: String, Sendable, CaseIterable {
    /// It ends with an error inside the stream.
    case off
    /// The text so far is put before another target as its own beginning, and goes on from there.
    case prefill
}
