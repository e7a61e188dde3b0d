// SPDX-License-Identifier: Apache-2.0
import Accounting
import Foundation
import Testing

@Suite struct BudgetPeriodTests {
    private static let calendar: Calendar? = {
        var calendar = Calendar(identifier: .iso8601)
        guard let utc = TimeZone(identifier: "UTC") else { return nil }
        calendar.timeZone = utc
        return calendar
    }()

    /// Foundation's calendar is the other opinion.
    @Test(
        arguments: [
            (.day, .day), (.week, .weekOfYear), (.month, .month),
        ] as [(BudgetPeriod, Calendar.Component)])
    func `periods begin and end where Foundation's calendar says`(
        period: BudgetPeriod, component: Calendar.Component
    ) throws {
        let calendar = try #require(Self.calendar)
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2_000 {
            let second = Int64.random(in: -2_000_000_000..<6_000_000_000, using: &generator)
            let moment = second * 1_000_000 + Int64.random(in: 0..<1_000_000, using: &generator)
            let date = Date(timeIntervalSince1970: Double(second))
            let interval = try #require(calendar.dateInterval(of: component, for: date))
            let start = Int64(interval.start.timeIntervalSince1970) * 1_000_000
            let end = Int64(interval.end.timeIntervalSince1970) * 1_000_000
            #expect(period.start(of: moment) == start)
            #expect(period.end(of: moment) == end)
            #expect(period.start(of: end - 1) == start)
            #expect(period.start(of: end) == end)
        }
    }

    @Test(arguments: [Int64.min, .min + 1, -1, 0, .max - 1, .max])
    func `no moment traps, and the total never ends`(moment: Int64) {
        for period in BudgetPeriod.allCases {
            #expect(period.start(of: moment) <= moment)
            #expect(period.end(of: moment) ?? .max >= moment)
        }
        #expect(BudgetPeriod.total.start(of: moment) == .min)
        #expect(BudgetPeriod.total.end(of: moment) == nil)
    }
}
