// SPDX-License-Identifier: Apache-2.0

/// All that the router knows of one candidate at the moment of a decision.
///
/// Units of every moment: since the clock's arbitrary origin, as the `now` of the decision is.
package struct CandidateView: Sendable, Equatable {
    package var candidate: Candidate
    /// Whether the provider has the call's operation.
    package var hasOperation = true
    /// Whether its price is known, or need not be.
    package var isBillable = true
    package var facts = TargetFacts()
    package var condition = TargetCondition()
    /// What this call would cost there, where it can be told. Units: 10⁻¹² USD.
    package var estimatedCost: Int128?

    package init(_ candidate: Candidate) { self.candidate = candidate }
}

/// What is known of a target beforehand: from the catalogue, or as the operator wrote it.
package struct TargetFacts: Sendable, Equatable {
    /// Nil where nobody knows: then nothing is held against it.
    package var capabilities: Capabilities?
    package var contextTokens: Int?
    /// The vendor's shutdown date, `2026-06-01`, where that has passed.
    package var retiredOn: String?
    /// Whether reading from the prompt cache costs less than fresh input; nil where unknown.
    package var hasCheaperCacheReads: Bool?
    /// USD per million tokens, in 10⁻¹² USD a token; nil where unknown.
    package var inputPrice: Int128?
    package var outputPrice: Int128?
    /// Whether the operator has declared that the provider keeps nothing for training.
    package var deniesDataCollection = false

    package init() {}
}

/// How a target has been doing.
package struct TargetCondition: Sendable, Equatable {
    /// Why it is not asked now, and until when; nil where it may be asked.
    package var obstacle: Obstacle?
    package var callsInFlight = 0
    /// Attempts that have ended, however.
    package var callsEnded = 0
    /// Start of an attempt to its first content, of late; nil where nothing is known. That of whole
    /// answers is to their end, and is not comparable.
    package var firstToken: Duration?
    package var wholeAnswer: Duration?
    package var tokensPerSecond: Double?
    /// When the newest sample behind the three above came.
    package var lastSample: Duration?

    package init() {}
}

/// Why a target is not asked at the moment.
package struct Obstacle: Sendable, Equatable {
    /// The kinds that clients and operators are told of.
    package enum Kind: String, Sendable {
        /// Its circuit breaker is open.
        case breakerOpen = "breaker_open"
        /// It is half open, and its probes are under way.
        case probing
        /// The provider has said that its rate limit is used up.
        case rateLimited = "rate_limited"
        /// The provider refuses the credential.
        case credentialRefused = "credential_refused"
        /// The account behind the credential has no credit or quota left.
        case quotaExhausted = "quota_exhausted"
        /// The operator's own probe found it down.
        case probeFailed = "probe_failed"
    }
    package var kind: Kind
    /// When it may be asked again.
    package var until: Duration
    /// For the operator and the client; no keys, no hosts.
    package var reason: String

    package init(_ kind: Kind, until: Duration, reason: String) {
        self.kind = kind
        self.until = until
        self.reason = reason
    }
}
