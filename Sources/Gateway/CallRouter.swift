// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Providers
import Routing
import Wire

/// What a model's name stands for, with what is known of each candidate: kept from call to call.
///
/// Isolation: the shard.
final class KnownName {
    let resolved: ResolvedModel
    /// In the order of the candidates.
    let slots: [FleetSlot]
    fileprivate var facts: [TargetFacts] = []
    /// The day on which the facts hold.
    fileprivate var day: Int64?
    private var smallestContext = Int.max
    private var lacksMedia = false
    /// Whether it is known of some candidate what its model can do.
    fileprivate private(set) var knowsCapabilities = false
    /// How many decisions there were.
    fileprivate var turn: UInt64 = 0

    fileprivate init(_ resolved: ResolvedModel, in fleet: Fleet) {
        self.resolved = resolved
        slots = resolved.candidates.map { fleet.slot(for: $0) }
    }

    /// Whether the fleet still knows the slots: it lets go of what was idle for long.
    // A closure, as a key path is read by 4,000 instructions.
    fileprivate var isCurrent: Bool { slots.allSatisfy { $0.isKept } }

    /// Takes the facts that hold on a day.
    fileprivate func know(_ facts: [TargetFacts], on day: Int64) {
        self.facts = facts
        self.day = day
        smallestContext = facts.compactMap(\.contextTokens).min() ?? .max
        let media: Capabilities = [.vision, .audioInput, .pdf]
        knowsCapabilities = facts.contains { $0.capabilities != nil }
        lacksMedia = facts.contains { $0.capabilities?.isSuperset(of: media) == false }
    }

    /// Whether what the input is makes a difference to where the call goes: only then it is read.
    fileprivate func dependsOnInput(
        of chat: ChatRequest, _ preferences: RoutingPreferences
    ) -> Bool {
        resolved.ranksByInput || lacksMedia || preferences.sort == .price
            || smallestContext != .max && CallNeeds.mostTokens(of: chat) > smallestContext
    }

    /// What all shards know of a candidate, where the name stands for it.
    func slot(of candidate: Candidate) -> FleetSlot? {
        resolved.candidates.firstIndex(of: candidate).map { slots[$0] }
    }
}

/// Decides where calls go, by one configuration and by how the fleet does.
///
/// Isolation: the shard. Lives as long as the configuration.
final class CallRouter {
    /// When a decision is made.
    struct Moment {
        /// Since the origin that the clocks of all shards have.
        var now: Duration
        /// Days since 1970-01-01, UTC.
        var today: Int64

        init(_ clock: any Timekeeper) {
            now = clock.now.sinceOrigin
            today = CivilTime.dayNumber(ofMicroseconds: clock.wallTime.microseconds)
        }
    }

    /// A decision, and what it was made of. An object, as the call holds it.
    final class Reasoned {
        fileprivate(set) var decision: RouteDecision
        let name: KnownName
        /// Of all candidates.
        let views: [CandidateView]
        fileprivate(set) var needs: CallNeeds

        fileprivate init(
            decision: RouteDecision, name: KnownName, views: [CandidateView], needs: CallNeeds
        ) {
            self.decision = decision
            self.name = name
            self.views = views
            self.needs = needs
        }
    }

    private let configuration: GatewayConfiguration
    private let prices: PriceCache
    private let facts: FactsCache
    private let fleet: Fleet
    private var names: [String: KnownName] = [:]
    /// How many names there were that are not kept.
    private var otherNames: UInt64 = 0

    /// Names come from clients, so that their number has a bound.
    private static let maximumNames = 4_096

    init(_ configuration: GatewayConfiguration, prices: PriceCache, fleet: Fleet) {
        self.configuration = configuration
        self.prices = prices
        self.fleet = fleet
        facts = FactsCache(configuration)
    }

    /// Where a call goes.
    ///
    /// Complexity: linear in the request where its input makes a difference.
    /// Throws: as `Router.resolve` and `Router.decide` do.
    func decide(
        _ chat: ChatRequest, _ wishes: ClientWishes, fields: HTTPFields, at moment: Moment,
        random: any RandomSource
    ) throws(APIError) -> Reasoned {
        let name = try name(chat.model, wishes.routing, on: moment.today)
        if name.slots.count == 1 {
            return try decideSole(name, CallNeeds(unread: chat), wishes, at: moment)
        }
        name.turn += 1
        let needs =
            if name.dependsOnInput(of: chat, wishes.routing) {
                CallNeeds(of: chat, fields: fields)
            } else if name.knowsCapabilities {
                CallNeeds(parametersOf: chat)
            } else {
                CallNeeds(unread: chat)
            }
        return try decide(name, needs, wishes, at: moment, random)
    }

    /// The same without anything coming of it.
    func explain(
        _ chat: ChatRequest, _ wishes: ClientWishes, fields: HTTPFields, at moment: Moment,
        random: any RandomSource
    ) throws(APIError) -> Reasoned {
        let name = try name(chat.model, wishes.routing, on: moment.today)
        let needs = CallNeeds(of: chat, fields: fields)
        if name.slots.count == 1 {
            // A call does not read what makes no difference to it.
            let reasoned = try decideSole(name, CallNeeds(unread: chat), wishes, at: moment)
            reasoned.decision.ranked[0].estimatedCost = cost(
                of: needs, at: reasoned.views[0], now: moment.now)
            reasoned.needs = needs
            return reasoned
        }
        return try decide(name, needs, wishes, at: moment, random)
    }

    /// How hard a call is tried: as its route has it, and as the client wishes.
    func policy(of plan: Reasoned, _ preferences: RoutingPreferences) -> RoutePolicy {
        var policy = plan.decision.policy
        if let wish = preferences.deadline {
            policy.deadline = min(wish, policy.deadline ?? wish)
        }
        if let wish = preferences.retries { policy.retries.limit = wish }
        return policy
    }

    /// Where a call may go whose input was too long, or was filtered: what of the route's fallbacks
    /// the client lets serve it, with each credential.
    func fallbacks(
        of plan: Reasoned, _ wishes: ClientWishes, at moment: Moment, random: any RandomSource
    ) -> [UpstreamFailure.Reason: [Candidate]] {
        let policy = plan.decision.policy
        if policy.contextFallbacks.isEmpty && policy.filterFallbacks.isEmpty
            || wishes.routing.forbidsFallback || !wishes.routing.allowsFallbacks
        {
            return [:]
        }
        let lists = [
            (UpstreamFailure.Reason.contextLength, policy.contextFallbacks),
            (.contentFilter, policy.filterFallbacks),
        ]
        return lists.reduce(into: [:]) { usable, list in
            let (reason, targets) = list
            usable[reason] = targets.flatMap { target in
                let decision = try? decide(
                    name("\(target)", RoutingPreferences(), on: moment.today), plan.needs, wishes,
                    at: moment, random)
                return decision?.decision.ranked.map(\.candidate) ?? []
            }
        }
    }

    /// What the fleet knows of any candidate, also of one that no name of a call stands for.
    func slot(of candidate: Candidate) -> FleetSlot { fleet.slot(for: candidate) }

    /// A candidate has answered: its prompt cache may know the conversation from now on.
    func answered(_ needs: CallNeeds, at candidate: Candidate, _ usage: Usage, now: Duration) {
        guard let conversation = needs.conversation, let tokens = usage.input else { return }
        fleet.answered(conversation, at: candidate, tokens: tokens, now: now)
    }

    private func name(
        _ text: String, _ preferences: RoutingPreferences, on day: Int64
    ) throws(APIError) -> KnownName {
        let name: KnownName
        if preferences.models.isEmpty, let known = names[text], known.isCurrent {
            name = known
        } else {
            name = KnownName(
                try Router.resolve(
                    model: text, preferences: preferences, among: configuration.fleet),
                in: fleet)
            if !preferences.models.isEmpty {
                // Not kept, so that it cannot count its own decisions.
                otherNames += 1
                name.turn = otherNames
            } else {
                if names.count >= Self.maximumNames { names.removeAll() }
                names[text] = name
            }
        }
        if name.day != day {
            name.know(
                name.resolved.candidates.map { facts.facts(of: $0.target, today: day) }, on: day)
        }
        return name
    }

    private func decide(
        _ name: KnownName, _ needs: CallNeeds, _ wishes: ClientWishes, at moment: Moment,
        _ random: any RandomSource
    ) throws(APIError) -> Reasoned {
        let views = name.slots.indices.map { place in
            var view = view(of: place, in: name, for: needs.operation, at: moment)
            if needs.estimate.input != nil {
                view.estimatedCost = cost(of: needs, at: view, now: moment.now)
            }
            return view
        }
        var generator = PortGenerator(random)
        let decision = try Router.decide(
            name.resolved, views: views, needs: needs, preferences: wishes.routing,
            now: moment.now, turn: name.turn, using: &generator)
        return Reasoned(decision: decision, name: name, views: views, needs: needs)
    }

    private func decideSole(
        _ name: KnownName, _ needs: CallNeeds, _ wishes: ClientWishes, at moment: Moment
    ) throws(APIError) -> Reasoned {
        let view = view(of: 0, in: name, for: needs.operation, at: moment)
        let decision = try Router.decide(
            name.resolved, soleView: view, needs: needs, preferences: wishes.routing,
            now: moment.now)
        return Reasoned(decision: decision, name: name, views: [view], needs: needs)
    }

    private func view(
        of place: Int, in name: KnownName, for operation: CallOperation, at moment: Moment
    ) -> CandidateView {
        let candidate = name.resolved.candidates[place]
        var view = CandidateView(candidate)
        // All providers have chat.
        view.hasOperation =
            operation == .chat
            || configuration.providers[candidate.target.provider]?.dialect(for: operation) != nil
        view.isBillable = configuration.unpriced == .allow || prices.knows(candidate.target)
        view.facts = name.facts[place]
        view.condition = name.slots[place].condition(at: moment.now)
        return view
    }

    /// What a call would cost at a candidate, of whose prompt cache it may read what was sent there
    /// of the same conversation. Units: 10⁻¹² USD.
    private func cost(of needs: CallNeeds, at view: CandidateView, now: Duration) -> Int128? {
        var usage = needs.estimate
        if view.facts.hasCheaperCacheReads == true, let conversation = needs.conversation,
            let input = usage.uncachedInput
        {
            let known = fleet.cachedTokens(of: conversation, at: view.candidate, now: now)
            let cached = min(input, known)
            usage.uncachedInput = input - cached
            usage.cacheRead = cached
        }
        return prices.cost(of: usage, at: view.candidate.target, serviceTier: nil)
            .amount?.rawValue
    }
}

extension CallRouter.Reasoned {
    /// The candidate that the name stands for, where that is one and no other.
    var soleCandidate: Candidate? { views.count == 1 ? views[0].candidate : nil }

    /// What is said of a retired model that is called all the same, or makes way for another one.
    var retirement: RetirementNotice? {
        guard views.contains(where: { $0.facts.retiredOn != nil }),
            let called = decision.ranked.first?.candidate.target
        else { return nil }
        for view in views where view.candidate.target == called {
            guard let date = view.facts.retiredOn else { continue }
            return RetirementNotice(called, on: date, called: called)
        }
        for exclusion in decision.excluded {
            guard case .retired(let date) = exclusion.reason else { continue }
            return RetirementNotice(exclusion.candidate.target, on: date, called: called)
        }
        return nil
    }
}
