// SPDX-License-Identifier: Apache-2.0
import Accounting
import Foundation
import Testing

@Suite struct CivilTimeTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (1_795_391_919_123_456, "2026-11-22T23:58:39.123Z"),
            (4_107_542_399_999_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func `known moments`(microseconds: Int64, text: String) {
        #expect(CivilTime(microseconds: microseconds).text == text)
    }

    @Test func `every day of four centuries is the one that Foundation names`() {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withFullDate]
        for day in stride(from: -20_000, to: 130_000, by: 1) {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400)
            let time = CivilTime(microseconds: Int64(day) * 86_400_000_000 + 86_399_999_999)
            if time.dayText != formatter.string(from: date) {
                Issue.record("\(time.dayText) is not \(formatter.string(from: date))")
                return
            }
        }
    }

    @Test func `compact texts sort as their times do`() {
        var generator = SeededGenerator(seed: 3)
        var times = (0..<500).map { _ in
            Int64.random(in: 0..<4_000_000_000_000_000, using: &generator)
        }
        times.sort()
        let texts = times.map { CivilTime(microseconds: $0).compactText }
        #expect(texts == texts.sorted())
    }

    @Test(arguments: [Int64.min, .min + 1, .max, .max - 1])
    func `no moment traps`(microseconds: Int64) {
        #expect(!CivilTime(microseconds: microseconds).text.isEmpty)
    }
}
