// SPDX-License-Identifier: Apache-2.0
import Accounting
import Testing

@Suite struct LatencyHistogramTests {
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func `quantiles are never too low and at most 3.2 percent too high`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var histogram = LatencyHistogram()
        let values = (0..<10_000).map { _ in
            Int64.random(
                in: 0..<(1 << Int64.random(in: 1..<40, using: &generator)), using: &generator)
        }
        for value in values { histogram.record(microseconds: value) }
        let sorted = values.sorted()
        for perMille in [0, 1, 500, 900, 950, 990, 999, 1000] as [UInt64] {
            let rank = max(1, (10_000 * Int(perMille) + 999) / 1000)
            let exact = sorted[rank - 1]
            let quantile = try #require(histogram.quantile(perMille: perMille))
            #expect(quantile >= exact)
            #expect(Double(quantile) <= Double(exact) * 1.032)
        }
    }

    @Test func `the sum of two histograms is the histogram of both`() {
        var left = LatencyHistogram()
        var right = LatencyHistogram()
        var both = LatencyHistogram()
        for value in Int64(0)..<5_000 {
            if value % 3 == 0 {
                left.record(microseconds: value)
            } else {
                right.record(microseconds: value)
            }
            both.record(microseconds: value)
        }
        left.add(right)
        #expect(left == both)
    }

    @Test func `nothing has no quantile, and no latency traps`() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(perMille: 500) == nil)
        for value in [Int64.min, -1, 0, 31, 32, 33, .max] { histogram.record(microseconds: value) }
        #expect(histogram.count == 7)
        #expect(histogram.quantile(perMille: 0) == 0)
        histogram.record(.seconds(Int64.max))
        histogram.record(.seconds(Int64.min))
        #expect(histogram.count == 9)
    }
}
