// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// How much traffic a scope may make. What is nil is not limited.
package struct Limits: Sendable, Equatable {
    package var requestsPerMinute: Int?
    package var tokensPerMinute: Int?
    package var concurrentCalls: Int?

    package init(
        requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil, concurrentCalls: Int? = nil
    ) {
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.concurrentCalls = concurrentCalls
    }
}

/// What is limited.
package enum LimitKind: String, Sendable, CaseIterable {
    case requests
    case tokens
    case concurrency
}

/// A call that was let in, until it ends.
package struct LimitGrant: Sendable, Equatable {
    package var id: UInt64
    /// The cell in which it counts.
    var second: Int64
    var scopes: [BudgetScope]
    /// The tokens that were reserved.
    package var tokens: Int
}

/// Why a call was not let in: of the limits without room, the one that holds longest.
package struct LimitRefusal: Error, Sendable, Equatable {
    package var scope: BudgetScope
    package var kind: LimitKind
    package var limit: Int
    /// Of the minute; of concurrency, at this moment.
    package var used: Int
    package var requested: Int
    /// After exactly this time the call is let in, where no other comes before it, none costs more
    /// tokens than was reserved, and there is room for one more at once. nil where time alone does
    /// not help.
    package var retryAfter: Duration?

    /// Whether the call does not fit into an untouched limit either.
    package var isBeyondLimit: Bool { requested > limit }

    /// `retryAfter` in whole seconds, rounded up, for `Retry-After`.
    package var retryAfterSeconds: Int? { retryAfter?.secondsRoundedUp }
}

/// How much of one limit a minute is left.
package struct LimitAllowance: Sendable, Equatable {
    package var limit: Int
    /// Never below zero.
    package var remaining: Int
    /// Until nothing of the limit is used, where no more is.
    package var reset: Duration

    package init(limit: Int, remaining: Int, reset: Duration) {
        self.limit = limit
        self.remaining = remaining
        self.reset = reset
    }

    /// `reset` as OpenAI writes it: `1m0s`, `59.25s`, `120ms`, `0s`; milliseconds, rounded up.
    package var resetText: String {
        let (seconds, attoseconds) = reset.components
        let milliseconds =
            seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        if milliseconds > 0, milliseconds < 1_000 { return "\(milliseconds)ms" }
        let minutes = milliseconds / 60_000
        let rest = milliseconds % 60_000
        var text = "\(rest / 1_000)"
        if rest % 1_000 != 0 {
            var fraction = String(1_000 + rest % 1_000).dropFirst()
            while fraction.last == "0" { fraction.removeLast() }
            text += ".\(fraction)"
        }
        return minutes > 0 ? "\(minutes)m\(text)s" : "\(text)s"
    }
}

/// What answers say of the limits of a call's scopes, of each kind the one with the least left.
package struct LimitAllowances: Sendable, Equatable {
    package var requests: LimitAllowance?
    package var tokens: LimitAllowance?

    /// Names and values of the head's fields; none for what is not limited.
    ///
    /// Source: platform.openai.com/docs/guides/rate-limits, "Rate limits in headers", read 2026-11-29.
    package var fields: [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for (allowance, unit) in [(requests, "requests"), (tokens, "tokens")] {
            guard let allowance else { continue }
            fields.append(("x-ratelimit-limit-\(unit)", "\(allowance.limit)"))
            fields.append(("x-ratelimit-remaining-\(unit)", "\(allowance.remaining)"))
            fields.append(("x-ratelimit-reset-\(unit)", allowance.resetText))
        }
        return fields
    }
}
