// SPDX-License-Identifier: Apache-2.0

/// When a circuit breaker opens, and for how long.
package struct BreakerPolicy: Sendable, Hashable {
    /// The time over which calls are counted.
    package var window: Duration = .seconds(30)
    /// With fewer calls in the window their failure share says nothing.
    package var calls = 10
    /// The share of failures in the window, from 0 to 1, that opens the breaker.
    package var share = 0.5
    /// So many failures in a row open it, however few the calls are.
    package var consecutive = 5
    /// How long it stays open the first time; twice as long each further time.
    package var open: Duration = .seconds(5)
    /// The longest that it stays open at a time.
    package var longest: Duration = .seconds(120)
    /// How many calls may try a half-open target at once.
    package var probes = 2
    /// So many of them must succeed before it closes.
    package var successes = 2

    package init() {}

    /// For a credential that the provider refuses: one failure is enough, and one call at a time
    /// finds out whether that has passed.
    static let refusedCredential = isolation(
        failures: 1, open: .seconds(30), longest: .seconds(600))
    /// For an account without credit or quota.
    static let exhaustedQuota = isolation(
        failures: 1, open: .seconds(60), longest: .seconds(3_600))
    /// For a model that the provider forbids to a credential. More than once, as some providers say
    /// the same of what one client has written.
    static let forbiddenModel = isolation(
        failures: 3, open: .seconds(30), longest: .seconds(600))

    private static func isolation(
        failures: Int, open: Duration, longest: Duration
    ) -> BreakerPolicy {
        var policy = BreakerPolicy()
        policy.calls = .max
        policy.consecutive = failures
        policy.open = open
        policy.longest = longest
        policy.probes = 1
        policy.successes = 1
        return policy
    }
}
