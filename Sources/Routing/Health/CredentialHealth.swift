// SPDX-License-Identifier: Apache-2.0

/// Whether a credential of a provider is good for calls: known once for all targets that use it.
package struct CredentialHealth: Sendable {
    /// That a call may be made with it; given back by `end`.
    package struct Permit: Sendable {
        fileprivate let refusal: CircuitBreaker.Permit
        fileprivate let quota: CircuitBreaker.Permit
    }

    private var refusal = CircuitBreaker(.refusedCredential)
    private var quota = CircuitBreaker(.exhaustedQuota)
    /// Until when a failed probe of the operator's counts.
    private var probeFailed: Duration?

    package init() {}

    /// Whether nothing is held against it, and nothing was of late: then calls need neither ask it
    /// nor tell it their success.
    package var isUntroubled: Bool {
        refusal.isUntroubled && quota.isUntroubled && probeFailed == nil
    }

    /// Why no call is made with it now; nil where one may be.
    package func obstacle(at now: Duration) -> Obstacle? {
        if let probeFailed, now < probeFailed {
            return Obstacle(
                .probeFailed, until: probeFailed, reason: "the provider did not answer a probe")
        }
        return refusal.obstacle(
            .credentialRefused, at: now, reason: "the provider refuses the credential")
            ?? quota.obstacle(
                .quotaExhausted, at: now, reason: "the account has no credit or quota left")
    }

    /// A call is to be made with it: its permit, or why it must not be.
    package mutating func begin(at now: Duration) -> Admission<Permit> {
        if let obstacle = obstacle(at: now) { return .held(obstacle) }
        guard let refused = refusal.begin(at: now), let paid = quota.begin(at: now) else {
            preconditionFailure("a breaker without an obstacle permits a call")
        }
        return .permitted(Permit(refusal: refused, quota: paid))
    }

    /// A call with it has ended.
    ///
    /// - Parameter permit: nil for a call that was begun while it was untroubled.
    package mutating func end(_ permit: Permit?, _ outcome: AttemptOutcome, at now: Duration) {
        refusal.end(permit?.refusal, outcome.credentialVerdict, at: now)
        quota.end(permit?.quota, outcome.quotaVerdict, at: now)
    }

    /// The operator's probe of the provider has ended.
    ///
    /// - Parameter valid: how long it counts against the provider where it failed.
    package mutating func probed(isAlive: Bool, for valid: Duration, at now: Duration) {
        probeFailed = isAlive ? nil : now + valid
    }

    /// Nothing is held against it any more: the operator may have replaced it.
    package mutating func forgive() {
        refusal.close()
        quota.close()
        probeFailed = nil
    }
}

/// Whether a call may be made.
package enum Admission<Permit: Sendable>: Sendable {
    case permitted(Permit)
    case held(Obstacle)
}

extension CircuitBreaker {
    /// The time to come back after where probes are under way, whose end nobody knows.
    private static let probeTime = Duration.seconds(1)

    /// Why no call is permitted now; nil where one is.
    func obstacle(
        _ kind: Obstacle.Kind, at now: Duration, reason: @autoclosure () -> String
    ) -> Obstacle? {
        guard !permits(at: now) else { return nil }
        guard case .open(let until) = state(at: now) else {
            return Obstacle(
                .probing, until: now + Self.probeTime,
                reason: "\(reason()); calls that find out whether that has passed are under way")
        }
        return Obstacle(kind, until: until, reason: reason())
    }
}
