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
