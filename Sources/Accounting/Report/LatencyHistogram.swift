// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// How often which latencies occurred, in little memory.
///
/// Log-linear: each power of two is cut into 32 equal buckets, so a quantile is at most 3.2 % above
/// the true one and never below it. Units: microseconds; up to 2⁴⁰ µs (12 days), longer ones count
/// as that. Memory: 8 bytes a bucket, up to the highest one in use (9 kB at most).
package struct LatencyHistogram: Sendable, Equatable {
    private static let scale = LogLinearScale(bits: 5)
    private static let highest: UInt64 = 1 << 40

    private var counts: [UInt64] = []
    /// How many latencies were recorded.
    package private(set) var count: UInt64 = 0

    package init() {}

    /// Counts one latency; a negative one counts as 0.
    package mutating func record(microseconds: Int64) {
        let bucket = Self.scale.bucket(of: min(UInt64(max(0, microseconds)), Self.highest))
        if bucket >= counts.count {
            counts.append(contentsOf: repeatElement(0, count: bucket + 1 - counts.count))
        }
        counts[bucket] += 1
        count += 1
    }

    /// Counts all of another histogram's latencies.
    package mutating func add(_ other: LatencyHistogram) {
        if other.counts.count > counts.count {
            counts.append(
                contentsOf: repeatElement(0, count: other.counts.count - counts.count))
        }
        for (bucket, number) in other.counts.enumerated() { counts[bucket] += number }
        count += other.count
    }

    /// The smallest bucket end that at least this share of the latencies does not pass, or nil
    /// where there are none.
    ///
    /// - Parameter perMille: 500 is the median, 990 the 99th percentile; from 0 to 1000.
    package func quantile(perMille: UInt64) -> Int64? {
        guard count > 0 else { return nil }
        let wanted = max(1, (count * min(perMille, 1000) + 999) / 1000)
        var seen: UInt64 = 0
        for (bucket, number) in counts.enumerated() {
            seen += number
            if seen >= wanted { return Self.scale.end(of: bucket) }
        }
        return nil
    }
}
