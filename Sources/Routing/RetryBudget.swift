// SPDX-License-Identifier: Apache-2.0

/// Holds extra attempts to a share of the calls: a bucket that every call fills by its share and
/// every extra attempt empties by one.
///
/// So a provider that fails for a moment is asked again, and one that is down is not asked twice as
/// often as one that works. Starts full; holds ten attempts.
package struct RetryBudget: Sendable, Equatable {
    private static let capacity = 10.0

    /// How many extra attempts there may be at once.
    package private(set) var tokens = capacity

    package init() {}

    /// A call began, of a route that lets this share of its calls be tried again.
    package mutating func deposit(_ share: Double) {
        tokens = min(Self.capacity, tokens + max(0, share))
    }

    /// Takes an extra attempt, where there is one.
    package mutating func withdraw() -> Bool {
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// An extra attempt that was taken is not made.
    package mutating func giveBack() { tokens = min(Self.capacity, tokens + 1) }

    /// Counts an extra attempt that is made in any case.
    package mutating func charge() { tokens = max(0, tokens - 1) }
}
