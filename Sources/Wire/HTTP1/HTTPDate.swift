// SPDX-License-Identifier: Apache-2.0

/// A civil time as HTTP writes it.
///
/// Shape: `Sun, 06 Nov 1994 08:49:37 GMT`. Source: RFC 9110 §5.6.7, RFC 1123 §5.2.14.
package struct HTTPDate: Sendable, Equatable {
    /// The text as ASCII, 29 bytes.
    package let bytes: [UInt8]

    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Writes `seconds` since 1970; times outside of the years 1970–9999 are moved to their edge.
    package init(seconds: Int64) {
        let clamped = Int(min(max(seconds, 0), 253_402_300_799))
        let (days, second) = clamped.quotientAndRemainder(dividingBy: 86_400)
        let date = CivilDate(daysSince1970: days)
        var text: [UInt8] = []
        text.reserveCapacity(29)
        text.append(contentsOf: Self.weekdays[days % 7].utf8)
        text.append(contentsOf: ", ".utf8)
        text.append(twoDigits: date.day)
        text.append(contentsOf: " \(Self.months[date.month - 1]) ".utf8)
        text.append(twoDigits: date.year / 100)
        text.append(twoDigits: date.year % 100)
        text.append(ASCII.space)
        text.append(twoDigits: second / 3600)
        text.append(ASCII.colon)
        text.append(twoDigits: second / 60 % 60)
        text.append(ASCII.colon)
        text.append(twoDigits: second % 60)
        text.append(contentsOf: " GMT".utf8)
        bytes = text
    }
}

/// A day of the Gregorian calendar.
struct CivilDate: Sendable, Equatable {
    var year: Int
    /// 1–12.
    var month: Int
    /// 1–31.
    var day: Int

    /// Converts a count of days, not negative.
    ///
    /// Years begin on 1 March here, so that the leap day is their last.
    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    init(daysSince1970: Int) {
        let days = daysSince1970 + 719_468
        let (era, dayOfEra) = days.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}

extension Array<UInt8> {
    fileprivate mutating func append(twoDigits number: Int) {
        append(0x30 + UInt8(truncatingIfNeeded: number / 10 % 10))
        append(0x30 + UInt8(truncatingIfNeeded: number % 10))
    }
}
