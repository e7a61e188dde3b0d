// SPDX-License-Identifier: Apache-2.0

/// What all scopes with limits have used of them.
///
/// Rules:
/// 1. A call is let in where all of its scopes have room for one more request, for the tokens that it
///    may take, and for one more at once; else it counts nowhere.
/// 2. Within any 60 seconds of the clock that follow one another, no scope is let have more than its
///    limit. Seconds are whole, so that nothing bursts at the edges of minutes.
/// 3. Tokens are reserved at the admission and corrected to what was used, in the second of the
///    admission. Where more were used than reserved, the minute may stand above its limit.
/// 4. A call ends once.
///
/// Time is an argument: since any fixed moment, not below zero; one that goes back stands still.
/// Nothing outlives the process: after a start all limits are untouched.
/// Complexity: O(1) in the number of scopes, linear in those of one call.
package struct LimitBook: Sendable {
    private struct Line: Sendable {
        var limits: Limits
        var requests = SlidingWindow()
        var tokens = SlidingWindow()
        var calls = 0

        mutating func advance(to second: Int64) {
            requests.advance(to: second)
            tokens.advance(to: second)
        }
    }

    /// More than any call takes, and little enough that a minute of them fits.
    private static let mostTokens = 1 << 40

    private var lines: [BudgetScope: Line] = [:]
    private var open: Set<UInt64> = []
    private var granted: UInt64 = 0
    private var latest: Int64 = 0

    package init() {}

    /// Puts these limits in the place of all. What was used stays, but of scopes that have no limit
    /// any more and no call in flight.
    package mutating func replaceLimits(with limits: [BudgetScope: Limits]) {
        lines = lines.filter { $0.value.calls > 0 || limits[$0.key] != nil }
        for scope in lines.keys { lines[scope]?.limits = Limits() }
        for (scope, limits) in limits {
            lines[scope, default: Line(limits: limits)].limits = limits
        }
    }

    /// Lets a call in.
    ///
    /// - Parameter tokens: the most that it may take.
    /// Throws: where one of the scopes has no room; then it counts nowhere.
    package mutating func admit(
        tokens: Int, for scopes: [BudgetScope], at now: Duration
    ) throws(LimitRefusal) -> LimitGrant {
        let second = advance(to: now)
        let tokens = min(max(tokens, 0), Self.mostTokens)
        var counted: [BudgetScope] = []
        var refusal: (wait: Int64, value: LimitRefusal)?
        for scope in scopes where !counted.contains(scope) {
            lines[scope]?.advance(to: second)
            guard let line = lines[scope] else { continue }
            counted.append(scope)
            for found in Self.refusals(of: line, scope, tokens: tokens, at: now) {
                if let refusal, refusal.wait >= found.wait { continue }
                refusal = found
            }
        }
        if let refusal { throw refusal.value }
        for scope in counted {
            lines[scope]?.requests.add(1, at: second)
            lines[scope]?.tokens.add(tokens, at: second)
            lines[scope]?.calls += 1
        }
        granted += 1
        open.insert(granted)
        return LimitGrant(id: granted, second: second, scopes: counted, tokens: tokens)
    }

    /// Ends a call, which has taken so many tokens.
    ///
    /// Returns: false where it has ended before, which changes nothing.
    package mutating func settle(_ grant: LimitGrant, tokens: Int, at now: Duration) -> Bool {
        end(grant, requests: 0, tokens: min(max(tokens, 0), Self.mostTokens), at: now)
    }

    /// Ends a call that was never sent: it counts nowhere. Returns as `settle`.
    package mutating func release(_ grant: LimitGrant, at now: Duration) -> Bool {
        end(grant, requests: -1, tokens: 0, at: now)
    }

    /// What is left to calls of these scopes.
    package func allowances(for scopes: [BudgetScope], at now: Duration) -> LimitAllowances {
        var allowances = LimitAllowances()
        for scope in scopes {
            guard var line = lines[scope] else { continue }
            line.advance(to: second(of: now))
            let requests = Self.allowance(line.limits.requestsPerMinute, of: line.requests, at: now)
            let tokens = Self.allowance(line.limits.tokensPerMinute, of: line.tokens, at: now)
            allowances.requests = Self.tighter(allowances.requests, requests)
            allowances.tokens = Self.tighter(allowances.tokens, tokens)
        }
        return allowances
    }

    private mutating func end(
        _ grant: LimitGrant, requests: Int, tokens: Int, at now: Duration
    ) -> Bool {
        guard open.remove(grant.id) != nil else { return false }
        let second = advance(to: now)
        for scope in grant.scopes {
            lines[scope]?.advance(to: second)
            lines[scope]?.requests.add(requests, at: grant.second)
            lines[scope]?.tokens.add(tokens - grant.tokens, at: grant.second)
            lines[scope]?.calls -= 1
        }
        return true
    }

    private mutating func advance(to now: Duration) -> Int64 {
        latest = second(of: now)
        return latest
    }

    private func second(of now: Duration) -> Int64 { max(latest, now.components.seconds) }

    /// What keeps a call out of one scope, with the second until which it does.
    private static func refusals(
        of line: Line, _ scope: BudgetScope, tokens: Int, at now: Duration
    ) -> [(wait: Int64, value: LimitRefusal)] {
        var refusals: [(wait: Int64, value: LimitRefusal)] = []
        if let limit = line.limits.concurrentCalls, line.calls >= limit {
            let refusal = LimitRefusal(
                scope: scope, kind: .concurrency, limit: limit, used: line.calls, requested: 1)
            // Shorter than any wait for a second, but for a limit that no call ever fits.
            refusals.append((limit < 1 ? .max : .min, refusal))
        }
        let windows = [
            (LimitKind.requests, line.limits.requestsPerMinute, line.requests, 1),
            (LimitKind.tokens, line.limits.tokensPerMinute, line.tokens, tokens),
        ]
        for (kind, limit, window, amount) in windows {
            guard let limit, window.sum > limit - amount else { continue }
            let second = window.second(forFitting: amount, below: limit)
            let refusal = LimitRefusal(
                scope: scope, kind: kind, limit: limit, used: window.sum, requested: amount,
                retryAfter: second.map { .seconds($0) - now })
            refusals.append((second ?? .max, refusal))
        }
        return refusals
    }

    private static func allowance(
        _ limit: Int?, of window: SlidingWindow, at now: Duration
    ) -> LimitAllowance? {
        limit.map {
            LimitAllowance(
                limit: $0, remaining: max(0, $0 - window.sum),
                reset: window.sum == 0 ? .zero : .seconds(window.emptySecond) - now)
        }
    }

    private static func tighter(
        _ one: LimitAllowance?, _ other: LimitAllowance?
    ) -> LimitAllowance? {
        guard let one, let other else { return one ?? other }
        return (one.remaining, other.reset) <= (other.remaining, one.reset) ? one : other
    }
}
