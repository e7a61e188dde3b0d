// SPDX-License-Identifier: Apache-2.0

/// A point on the monotonic clock of one process.
///
/// Units: nanoseconds since an arbitrary origin. A value of its own, not `ContinuousClock.Instant`,
/// because the simulator makes instants out of nothing.
package struct Instant: Sendable, Hashable, Comparable, InstantProtocol {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// An instant later than every other one: "never".
    package static let distantFuture = Instant(nanoseconds: .max)

    /// The time since the clock's arbitrary origin, for targets that know no instants.
    package var sinceOrigin: Duration { .nanoseconds(nanoseconds) }

    package func advanced(by duration: Duration) -> Instant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return overflow ? .distantFuture : Instant(nanoseconds: sum)
    }

    package func duration(to other: Instant) -> Duration {
        .nanoseconds(other.nanoseconds - nanoseconds)
    }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}

/// A point in civil time, for what is written down and shown to people.
///
/// Units: microseconds since 1970-01-01T00:00:00Z.
package struct WallTime: Sendable, Hashable, Comparable {
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// Whole seconds since 1970, rounded down.
    package var seconds: Int64 { microseconds.quotientFloored(by: 1_000_000) }

    package static func < (left: WallTime, right: WallTime) -> Bool {
        left.microseconds < right.microseconds
    }
}

extension Duration {
    /// The duration in nanoseconds, saturating at `Int64`'s bounds (292 years).
    package var wholeNanoseconds: Int64 {
        // 10⁹ is 2⁹ · 5⁹, so that up to an hour and more a division of 64 bits does.
        if let shifted = Int64(exactly: attoseconds >> 9), shifted >= 0 {
            return shifted / 1_953_125
        }
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        return scaled.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }

    /// The duration in microseconds, rounded towards zero.
    package var wholeMicroseconds: Int64 { wholeNanoseconds / 1_000 }
}

extension Int64 {
    fileprivate func quotientFloored(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
