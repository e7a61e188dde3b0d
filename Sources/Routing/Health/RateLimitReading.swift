// SPDX-License-Identifier: Apache-2.0

/// What a provider's answer says of an allowance that is used up.
package struct RateLimitReading: Sendable, Equatable {
    /// What the allowance counts.
    package enum Kind: String, Sendable { case requests, tokens }

    package var kind: Kind
    /// How long until it is whole again.
    package var reset: Duration
    /// The whole of it, where it is said.
    package var limit: Int?

    package init(_ kind: Kind, reset: Duration, limit: Int? = nil) {
        self.kind = kind
        self.reset = reset
        self.limit = limit
    }

    private static let longestPause = Duration.seconds(60)

    /// How long it is worth to stay away, of a minute at most.
    ///
    /// Allowances refill bit by bit (OpenAI, Groq, Anthropic: 16 of 1,000 requests a day spent are
    /// back after 16 · 86.4 s), so the next request is not as far as the reset: one of `limit`
    /// parts of it, or a tenth for tokens, of which a call needs many. A stay too short is told by
    /// a 429; one too long would refuse calls that the provider takes.
    package var pause: Duration {
        let refill =
            switch (kind, limit) {
            case (.requests, let limit?) where limit > 0: reset / limit
            case (.requests, _): reset
            case (.tokens, _): reset / 10
            }
        return min(refill, Self.longestPause)
    }
}

/// Until when a provider wants no call, by its rate limit.
///
/// Rules:
///  1. A refusal that names a time is believed, up to an hour.
///  2. One that names none is kept to for 1 s, then 2 s, 4 s … up to a minute, until a call succeeds.
///  3. Refusals while nobody should ask come from calls already under way, and count once.
///  4. What is known to be used up is not asked for, though nothing was refused yet.
///  5. No window ends early.
struct RateLimitWindow: Sendable, Equatable {
    private static let first = Duration.seconds(1)
    private static let longestGuess = Duration.seconds(60)
    private static let longest = Duration.seconds(3_600)

    private(set) var until: Duration?
    /// Refusals without a time since the last success.
    private var guesses = 0

    /// When a call may be made again; nil where it may now.
    func end(at now: Duration) -> Duration? {
        guard let until, now < until else { return nil }
        return until
    }

    mutating func refused(retryAfter: Duration?, _ reading: RateLimitReading?, at now: Duration) {
        if let told = retryAfter ?? reading?.pause {
            return extend(to: now + min(max(told, .zero), Self.longest))
        }
        guard end(at: now) == nil else { return }
        extend(to: now + min(Self.first * (1 << min(guesses, 16)), Self.longestGuess))
        guesses += 1
    }

    mutating func succeeded(_ reading: RateLimitReading?, at now: Duration) {
        if end(at: now) == nil {
            until = nil
            guesses = 0
        }
        if let reading { extend(to: now + max(reading.pause, .zero)) }
    }

    private mutating func extend(to moment: Duration) { until = max(until ?? moment, moment) }
}
