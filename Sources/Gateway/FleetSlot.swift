// SPDX-License-Identifier: Apache-2.0
package import Routing
import Synchronization
import Wire

/// A provider's credential, shared by the slots of all targets that use it.
package final class CredentialSlot: Sendable {
    private let health = Mutex(CredentialHealth())
    /// So that a call with a good credential takes no lock for it.
    private let isTroubled = Atomic(false)

    init() {}

    /// Why no call is made with it now; nil where one may be.
    func obstacle(at now: Duration) -> Obstacle? {
        guard isTroubled.load(ordering: .relaxed) else { return nil }
        return health.withLock { $0.obstacle(at: now) }
    }

    /// A call is to be made with it: its permit, nil where nothing is held against it, or why it
    /// must not be.
    func begin(at now: Duration) -> Admission<CredentialHealth.Permit?> {
        guard isTroubled.load(ordering: .relaxed) else { return .permitted(nil) }
        return health.withLock { health in
            switch health.begin(at: now) {
            case .permitted(let permit): .permitted(permit)
            case .held(let obstacle): .held(obstacle)
            }
        }
    }

    func end(_ permit: CredentialHealth.Permit?, _ outcome: AttemptOutcome, at now: Duration) {
        if outcome.result == .success, permit == nil, !isTroubled.load(ordering: .relaxed) {
            return
        }
        change { $0.end(permit, outcome, at: now) }
    }

    /// The operator's probe of the provider has ended; a failed one counts for `valid`.
    package func probed(isAlive: Bool, for valid: Duration, at now: Duration) {
        change { $0.probed(isAlive: isAlive, for: valid, at: now) }
    }

    /// The operator may have put another credential into its place.
    func forgive() { change { $0.forgive() } }

    private func change(_ change: (inout CredentialHealth) -> Void) {
        health.withLock { health in
            change(&health)
            isTroubled.store(!health.isUntroubled, ordering: .relaxed)
        }
    }
}

/// What all shards know of one candidate, and tell each other by it.
///
/// Isolation: any shard; its lock is held for a few lines.
package final class FleetSlot: Sendable {
    /// That a call may be made; given back by `end`.
    package struct Permit: Sendable {
        fileprivate let target: TargetHealth.Permit
        fileprivate let credential: CredentialHealth.Permit?
    }

    package let candidate: Candidate
    /// The one that it shares with the other targets of its provider.
    package let credential: CredentialSlot
    private let health: Mutex<TargetHealth>
    private let isLetGo = Atomic(false)

    init(_ candidate: Candidate, _ credential: CredentialSlot, policy: BreakerPolicy) {
        self.candidate = candidate
        self.credential = credential
        health = Mutex(TargetHealth(policy))
    }

    /// Whether the fleet still knows it: else another slot may be the candidate's by now.
    var isKept: Bool { !isLetGo.load(ordering: .relaxed) }

    /// The fleet knows it no more; what runs ends in it all the same.
    func letGo() { isLetGo.store(true, ordering: .relaxed) }

    /// How it does now.
    package func condition(at now: Duration) -> TargetCondition {
        var condition = health.withLock { $0.condition(at: now) }
        condition.hold(credential.obstacle(at: now))
        return condition
    }

    /// A call is to be made: its permit, or why it must not be. May differ from what `condition`
    /// said, as another shard may have taken the last probe.
    package func begin(at now: Duration) -> Admission<Permit> {
        let lent: CredentialHealth.Permit?
        switch credential.begin(at: now) {
        case .held(let obstacle): return .held(obstacle)
        case .permitted(let permit): lent = permit
        }
        switch health.withLock({ $0.begin(at: now) }) {
        case .permitted(let permit):
            return .permitted(Permit(target: permit, credential: lent))
        case .held(let obstacle):
            if lent != nil { credential.end(lent, AttemptOutcome(.abandoned), at: now) }
            return .held(obstacle)
        }
    }

    /// A call is made though it is held up, as there is nowhere else to go.
    package func beginAnyway(at now: Duration) -> Permit {
        Permit(target: health.withLock { $0.beginAnyway(at: now) }, credential: nil)
    }

    /// A call has ended. Called once for each permit.
    package func end(_ permit: Permit, _ outcome: AttemptOutcome, at now: Duration) {
        health.withLock { $0.end(permit.target, outcome, at: now) }
        credential.end(permit.credential, outcome, at: now)
    }

    /// What 95 of 100 calls need at most: streams to their first content, others to their end. Nil
    /// where too few are known.
    package func percentile95(ofStreams: Bool) -> Duration? {
        health.withLock { $0.percentile95(ofStreams: ofStreams) }
    }

    /// All of it, for people.
    package func report(at now: Duration) -> TargetReport {
        var report = health.withLock { $0.report(on: candidate, at: now) }
        report.condition.hold(credential.obstacle(at: now))
        return report
    }

    /// When its newest call began, nil before the first one; and whether one is under way.
    var use: (last: Duration?, isBusy: Bool) {
        health.withLock { ($0.lastBegin, $0.callsInFlight > 0) }
    }

    /// Goes on under other settings, which may have another address or key in the place of this one.
    func adopt(_ policy: BreakerPolicy) {
        health.withLock { health in
            health.policy = policy
            health.forgive()
        }
    }
}

extension TargetCondition {
    /// Adds another obstacle; the one that lasts longer is told.
    fileprivate mutating func hold(_ other: Obstacle?) {
        guard let other, other.until > obstacle?.until ?? .zero else { return }
        obstacle = other
    }
}

/// A call that may be made at a candidate, since when.
struct FleetAdmission {
    private let slot: FleetSlot
    private let permit: FleetSlot.Permit
    let start: Instant

    init(_ slot: FleetSlot, _ permit: FleetSlot.Permit, at start: Instant) {
        self.slot = slot
        self.permit = permit
        self.start = start
    }

    /// The call has ended. Called once.
    func end(_ outcome: AttemptOutcome, at now: Instant) {
        var outcome = outcome
        outcome.whole = start.duration(to: now)
        slot.end(permit, outcome, at: now.sinceOrigin)
    }
}
