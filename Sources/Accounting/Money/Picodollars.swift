// SPDX-License-Identifier: Apache-2.0

/// An amount of money.
///
/// Units: 10⁻¹² USD. A price in USD per million tokens with six decimals is exact per token.
package struct Picodollars: Sendable, Hashable, Comparable {
    package var rawValue: Int128

    package init(rawValue: Int128) { self.rawValue = rawValue }

    package static let zero = Picodollars(rawValue: 0)

    package static func < (left: Picodollars, right: Picodollars) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension Picodollars {
    /// The sum, or nil where it does not fit: money is never cut off silently.
    package func adding(_ other: Picodollars) -> Picodollars? {
        let (sum, overflow) = rawValue.addingReportingOverflow(other.rawValue)
        return overflow ? nil : Picodollars(rawValue: sum)
    }

    /// This amount `count` times, or nil where it does not fit.
    package func multiplied(by count: Int) -> Picodollars? {
        let (product, overflow) = rawValue.multipliedReportingOverflow(by: Int128(count))
        return overflow ? nil : Picodollars(rawValue: product)
    }

    /// The sum of all amounts, or nil where it does not fit.
    package static func sum(of amounts: some Sequence<Picodollars>) -> Picodollars? {
        var sum = Picodollars.zero
        for amount in amounts {
            guard let next = sum.adding(amount) else { return nil }
            sum = next
        }
        return sum
    }
}
