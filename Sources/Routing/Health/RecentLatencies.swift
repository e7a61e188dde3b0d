// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// How often which latencies occurred of late, for their quantiles.
///
/// Log-linear: each power of two of microseconds is cut into 16 buckets, so a quantile is at most
/// 6.3 % above the true one and never below it; what takes longer than 2³⁰ µs (18 minutes) counts
/// as that. All counts are halved at 1,024, so that older latencies weigh less and less.
/// Memory: 1 kB once there is a latency.
struct RecentLatencies: Sendable, Equatable {
    private static let scale = LogLinearScale(bits: 4)
    private static let highest: UInt64 = (1 << 30) - 1
    private static let most = 1_024

    private var counts: [UInt16] = []
    /// What the counts add up to.
    private(set) var count = 0

    init() {}

    /// Counts one latency; a negative one counts as 0.
    mutating func record(_ latency: Duration) {
        if counts.isEmpty {
            counts = Array(repeating: 0, count: Self.scale.bucket(of: Self.highest) + 1)
        }
        if count >= Self.most { halve() }
        counts[Self.scale.bucket(of: Self.microseconds(latency))] += 1
        count += 1
    }

    /// The end of the bucket that at least this share of the latencies does not pass, or nil where
    /// there are none.
    ///
    /// - Parameter percent: 50 is the median; from 0 to 100.
    func quantile(percent: Int) -> Duration? {
        guard count > 0 else { return nil }
        let wanted = max(1, (count * percent + 99) / 100)
        var seen = 0
        for (bucket, number) in counts.enumerated() {
            seen += Int(number)
            if seen >= wanted { return .microseconds(Self.scale.end(of: bucket)) }
        }
        return nil
    }

    private mutating func halve() {
        count = 0
        for index in counts.indices {
            // Rounded up: what occurred once is not forgotten before it is outweighed.
            counts[index] = (counts[index] + 1) / 2
            count += Int(counts[index])
        }
    }

    private static func microseconds(_ latency: Duration) -> UInt64 {
        let (seconds, attoseconds) = latency.components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < 2_000 else { return highest }
        return min(highest, UInt64(seconds) * 1_000_000 + UInt64(attoseconds / 1_000_000_000_000))
    }
}
