// SPDX-License-Identifier: Apache-2.0

/// A moment in UTC, as people write it: proleptic Gregorian calendar, no leap seconds.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
package struct CivilTime: Sendable, Equatable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    package var microsecond: Int

    /// The moment that lies `microseconds` after 1970-01-01T00:00:00Z. Every `Int64` has one.
    package init(microseconds: Int64) {
        let days = Self.dayNumber(ofMicroseconds: microseconds)
        // Two steps, so that days before 1970 near `Int64.min` do not overflow.
        let ofDay = Int(
            (microseconds % Self.microsecondsPerDay + Self.microsecondsPerDay)
                % Self.microsecondsPerDay)
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
        month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        year = Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0))
        hour = ofDay / 3_600_000_000
        minute = ofDay / 60_000_000 % 60
        second = ofDay / 1_000_000 % 60
        microsecond = ofDay % 1_000_000
    }

    /// The first moment of the day that begins so many days after 1970-01-01. Days whose
    /// microseconds no `Int64` counts are the last ones that it does.
    package init(dayNumber: Int64) {
        let farthest = Int64.max / Self.microsecondsPerDay
        self.init(
            microseconds: min(max(dayNumber, -farthest), farthest) * Self.microsecondsPerDay)
    }

    /// Days since 1970-01-01, rounded down.
    package static func dayNumber(ofMicroseconds microseconds: Int64) -> Int64 {
        let (days, rest) = microseconds.quotientAndRemainder(dividingBy: microsecondsPerDay)
        return rest < 0 ? days - 1 : days
    }

    /// Days since 1970-01-01 of a date of the years 1 to 9999, or nil for no date.
    static func dayNumber(year: Int, month: Int, day: Int) -> Int? {
        guard (1...9_999).contains(year), (1...12).contains(month), (1...31).contains(day) else {
            return nil
        }
        let yearFromMarch = month <= 2 ? year - 1 : year
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let leapDays = yearFromMarch / 4 - yearFromMarch / 100 + yearFromMarch / 400
        return yearFromMarch * 365 + leapDays + (153 * monthFromMarch + 2) / 5 + day - 719_469
    }

    private static let microsecondsPerDay: Int64 = 86_400_000_000

    /// `2026-11-23`.
    package var dayText: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }

    /// `2026-11-23T23:58:39.123Z`, RFC 3339 in milliseconds.
    package var text: String {
        let time = "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))"
        return "\(dayText)T\(time).\(padded(microsecond / 1_000, 3))Z"
    }

    /// `20261123T235839.123456Z`: sorts as text in the order of time, and is a file name.
    package var compactText: String {
        let date = "\(padded(year, 4))\(padded(month, 2))\(padded(day, 2))"
        let time = "\(padded(hour, 2))\(padded(minute, 2))\(padded(second, 2))"
        return "\(date)T\(time).\(padded(microsecond, 6))Z"
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number.magnitude)
        let zeros = String(repeating: "0", count: max(0, width - digits.count))
        return (number < 0 ? "-" : "") + zeros + digits
    }
}
