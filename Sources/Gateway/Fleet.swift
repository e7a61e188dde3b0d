// SPDX-License-Identifier: Apache-2.0
package import Routing
import Synchronization

/// The health of all candidates, shared by all shards.
///
/// Rules:
///  1. A candidate has one slot, which lives through reloads of the configuration.
///  2. The slots of configured targets stay. Those of targets that only clients have named are at
///     most `mostOthers`; where they are more, a quarter goes, those that are idle for longest.
///  3. A call that holds a slot ends in it, though the fleet may have let go of it.
/// Isolation: any thread; the lock is held for a look-up, or for a reload.
package final class Fleet: Sendable {
    /// What the configuration says of it.
    package struct Plan: Sendable, Equatable {
        /// How many credentials each provider has, by its id; at least one.
        package var credentials: [String: Int]
        /// The targets of the routes.
        package var targets: Set<Target>
        package var breaker: BreakerPolicy

        package init(
            credentials: [String: Int] = [:], targets: Set<Target> = [],
            breaker: BreakerPolicy = BreakerPolicy()
        ) {
            self.credentials = credentials
            self.targets = targets
            self.breaker = breaker
        }

        func has(provider: String, credential: Int) -> Bool {
            credential < credentials[provider] ?? 0
        }
    }

    fileprivate struct CredentialKey: Hashable {
        var provider: String
        var credential: Int
    }

    fileprivate struct Contents {
        var plan = Plan()
        var slots: [Candidate: FleetSlot] = [:]
        var credentials: [CredentialKey: CredentialSlot] = [:]
        /// How many of the slots are of targets that only clients have named.
        var others = 0
    }

    /// The most slots of targets that only clients have named.
    package static let mostOthers = 4_096

    private let contents = Mutex(Contents())
    private let conversations = Mutex(ConversationMemory())
    private let notices = Mutex(DailyNotices())

    package init() {}

    /// The slot of a candidate. Worth keeping, for as long as it says that it is kept here.
    package func slot(for candidate: Candidate) -> FleetSlot {
        contents.withLock { contents in
            if let slot = contents.slots[candidate] { return slot }
            return contents.add(candidate)
        }
    }

    /// The credential of a provider, which the slots of its targets share.
    package func credential(_ number: Int = 0, of provider: String) -> CredentialSlot {
        contents.withLock { $0.credential(number, of: provider) }
    }

    /// Goes on by another configuration: what is in it no more is forgotten, targets and credentials
    /// are given another chance, as they may be others now, and what was measured is kept.
    package func adopt(_ plan: Plan) {
        contents.withLock { contents in
            contents.plan = plan
            contents.slots = contents.slots.filter { candidate, slot in
                let isKept = plan.has(
                    provider: candidate.target.provider, credential: candidate.credential)
                if !isKept { slot.letGo() }
                return isKept
            }
            contents.credentials = contents.credentials.filter { key, _ in
                plan.has(provider: key.provider, credential: key.credential)
            }
            contents.others = contents.slots.count { !plan.targets.contains($0.key.target) }
            for slot in contents.slots.values { slot.adopt(plan.breaker) }
            for credential in contents.credentials.values { credential.forgive() }
            contents.letGoOfIdle()
        }
    }

    /// How many tokens of a conversation the prompt cache of a candidate may hold.
    func cachedTokens(
        of conversation: UInt64, at candidate: Candidate, now: Duration
    ) -> Int {
        conversations.withLock { $0.tokens(of: conversation, at: candidate, now: now) }
    }

    /// A candidate has answered a conversation of so many input tokens.
    func answered(
        _ conversation: UInt64, at candidate: Candidate, tokens: Int, now: Duration
    ) {
        conversations.withLock {
            $0.note(conversation, at: candidate, tokens: tokens, now: now)
        }
    }

    /// Whether the operator was not told of a retired target on that day yet, which is noted.
    ///
    /// - Parameter day: days since 1970-01-01, UTC.
    func isFirstNotice(of target: Target, on day: Int64) -> Bool {
        notices.withLock { $0.isFirst(of: target, on: day) }
    }

    /// All candidates that were ever asked for and are still known, by name.
    package func report(at now: Duration) -> [TargetReport] {
        let slots = contents.withLock { Array($0.slots.values) }
        return slots.map { ("\($0.candidate)", $0) }.sorted { $0.0 < $1.0 }
            .map { $0.1.report(at: now) }
    }
}

extension Fleet.Contents {
    fileprivate mutating func add(_ candidate: Candidate) -> FleetSlot {
        let credential = credential(candidate.credential, of: candidate.target.provider)
        let slot = FleetSlot(candidate, credential, policy: plan.breaker)
        if !plan.targets.contains(candidate.target) {
            letGoOfIdle()
            // All the others are busy: this one lives as long as its call.
            guard others < Fleet.mostOthers else {
                slot.letGo()
                return slot
            }
            others += 1
        }
        slots[candidate] = slot
        return slot
    }

    fileprivate mutating func credential(_ number: Int, of provider: String) -> CredentialSlot {
        let key = Fleet.CredentialKey(provider: provider, credential: number)
        if let credential = credentials[key] { return credential }
        let credential = CredentialSlot()
        credentials[key] = credential
        return credential
    }

    /// Makes room where there are too many: a quarter at once, so that the search is rare.
    fileprivate mutating func letGoOfIdle() {
        guard others >= Fleet.mostOthers else { return }
        let idle = slots.values.filter { !plan.targets.contains($0.candidate.target) }
            .map { (slot: $0, use: $0.use) }.filter { !$0.use.isBusy }
            .sorted { $0.use.last ?? .zero < $1.use.last ?? .zero }
        let wanted = others - Fleet.mostOthers * 3 / 4
        for (slot, _) in idle.prefix(wanted) {
            slots[slot.candidate] = nil
            slot.letGo()
            others -= 1
        }
    }
}
