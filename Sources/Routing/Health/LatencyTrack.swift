// SPDX-License-Identifier: Apache-2.0

/// How long one thing takes at a target: of late, and in its quantiles.
struct LatencyTrack: Sendable {
    private(set) var recent = RecentSamples<Duration>()
    private(set) var latencies = RecentLatencies()

    mutating func record(_ latency: Duration) {
        recent.record(latency)
        latencies.record(latency)
    }

    /// It was not waited for longer than this: which says something where that is longer than it
    /// takes otherwise. Without this, a target whose slow answers all lose to hedges would look
    /// like one that has none. Returns whether it was taken for a recent sample.
    mutating func abandoned(after wait: Duration) -> Bool {
        guard let median = recent.median, wait > median else { return false }
        record(wait)
        return true
    }
}
