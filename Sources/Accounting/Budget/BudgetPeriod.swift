// SPDX-License-Identifier: Apache-2.0

/// How long an allowance lasts before it begins anew. All in UTC; weeks begin on Mondays.
package enum BudgetPeriod: String, Sendable, CaseIterable {
    case day
    case week
    case month
    /// Never begins anew.
    case total

    /// The first moment of the period that `moment` lies in; `Int64.min` for `total`.
    ///
    /// Units: microseconds since 1970. Periods that no `Int64` counts are cut off at its bounds.
    package func start(of moment: Int64) -> Int64 {
        guard let day = firstDay(of: moment) else { return .min }
        return Self.moment(ofDay: day)
    }

    /// The first moment behind the period that `moment` lies in; nil for `total`.
    ///
    /// Units: as `start`.
    package func end(of moment: Int64) -> Int64? {
        guard let first = firstDay(of: moment) else { return nil }
        switch self {
        case .day: return Self.moment(ofDay: first + 1)
        case .week: return Self.moment(ofDay: first + 7)
        case .month:
            // Of the next month: no month is longer than 31 days, or shorter than the rest of them.
            let later = Self.moment(ofDay: first + 31)
            return later == .max ? later : Self.month.start(of: later)
        case .total: return nil
        }
    }

    /// The number of the period's first day since 1970-01-01; nil for `total`.
    private func firstDay(of moment: Int64) -> Int64? {
        let day = CivilTime.dayNumber(ofMicroseconds: moment)
        switch self {
        case .day: return day
        case .week:
            // 1970-01-01 was a Thursday.
            let sinceMonday = (day + 3) % 7
            return day - (sinceMonday < 0 ? sinceMonday + 7 : sinceMonday)
        case .month: return day - Int64(CivilTime(microseconds: moment).day) + 1
        case .total: return nil
        }
    }

    private static func moment(ofDay day: Int64) -> Int64 {
        let (moment, overflow) = day.multipliedReportingOverflow(by: 86_400_000_000)
        return overflow ? (day < 0 ? .min : .max) : moment
    }
}
