// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Providers
import Routing
import Wire

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
            now = .nanoseconds(clock.now.nanoseconds)
            today = clock.wallTime.seconds / 86_400
        }
    }

    /// A decision, and what it was made of.
    struct Reasoned {
        var decision: RouteDecision
        /// Of all candidates.
        var views: [CandidateView]
        var needs: CallNeeds
    }

    private let configuration: GatewayConfiguration
    private let prices: PriceCache
    private let facts: FactsCache
    private let fleet: Fleet
    /// What names stand for, kept.
    private var resolvedNames: [String: ResolvedModel] = [:]
    /// How many decisions there were.
    private var turn: UInt64 = 0

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
    /// Complexity: linear in the request where there is a choice.
    /// Throws: as `Router.resolve` and `Router.decide` do.
    func decide(
        _ chat: ChatRequest, _ wishes: ClientWishes, fields: HTTPFields, at moment: Moment,
        random: any RandomSource
    ) throws(APIError) -> RouteDecision {
        let resolved = try resolved(chat.model, wishes.routing)
        if resolved.candidates.count == 1 {
            return try decideSole(resolved, CallNeeds(unread: chat), wishes, at: moment).decision
        }
        turn += 1
        let needs = CallNeeds(of: chat, fields: fields)
        return try decide(resolved, needs, wishes, at: moment, random).decision
    }

    /// The same without anything coming of it, and with what it was made of.
    func explain(
        _ chat: ChatRequest, _ wishes: ClientWishes, fields: HTTPFields, at moment: Moment,
        random: any RandomSource
    ) throws(APIError) -> Reasoned {
        let resolved = try resolved(chat.model, wishes.routing)
        let needs = CallNeeds(of: chat, fields: fields)
        if resolved.candidates.count == 1 {
            // A call does not read what makes no difference to it.
            var reasoned = try decideSole(resolved, CallNeeds(unread: chat), wishes, at: moment)
            reasoned.decision.ranked[0].estimatedCost = cost(
                of: needs, at: resolved.candidates[0].target)
            reasoned.needs = needs
            return reasoned
        }
        return try decide(resolved, needs, wishes, at: moment, random)
    }

    /// What a name stands for. Throws: as `Router.resolve` does.
    func resolved(
        _ name: String, _ preferences: RoutingPreferences = RoutingPreferences()
    ) throws(APIError) -> ResolvedModel {
        guard preferences.models.isEmpty else {
            return try Router.resolve(
                model: name, preferences: preferences, among: configuration.fleet)
        }
        if let known = resolvedNames[name] { return known }
        let resolved = try Router.resolve(model: name, among: configuration.fleet)
        if resolvedNames.count >= Self.maximumNames { resolvedNames.removeAll() }
        resolvedNames[name] = resolved
        return resolved
    }

    private func decide(
        _ resolved: ResolvedModel, _ needs: CallNeeds, _ wishes: ClientWishes, at moment: Moment,
        _ random: any RandomSource
    ) throws(APIError) -> Reasoned {
        let views = resolved.candidates.map { candidate in
            var view = view(of: candidate, for: needs.operation, at: moment)
            view.estimatedCost = cost(of: needs, at: candidate.target)
            return view
        }
        var generator = RandomNumbers(source: random)
        let decision = try Router.decide(
            resolved, views: views, needs: needs, preferences: wishes.routing, now: moment.now,
            turn: turn, using: &generator)
        return Reasoned(decision: decision, views: views, needs: needs)
    }

    private func decideSole(
        _ resolved: ResolvedModel, _ needs: CallNeeds, _ wishes: ClientWishes, at moment: Moment
    ) throws(APIError) -> Reasoned {
        let view = view(of: resolved.candidates[0], for: needs.operation, at: moment)
        let decision = try Router.decide(
            resolved, soleView: view, needs: needs, preferences: wishes.routing, now: moment.now)
        return Reasoned(decision: decision, views: [view], needs: needs)
    }

    private func view(
        of candidate: Candidate, for operation: CallOperation, at moment: Moment
    ) -> CandidateView {
        let target = candidate.target
        var view = CandidateView(candidate)
        // All providers have chat.
        view.hasOperation =
            operation == .chat
            || configuration.providers[target.provider]?.dialect(for: operation) != nil
        view.isBillable = configuration.unpriced == .allow || prices.knows(target)
        view.facts = facts.facts(of: target, today: moment.today)
        view.condition = fleet.slot(for: candidate).condition(at: moment.now)
        return view
    }

    /// Units: 10⁻¹² USD.
    private func cost(of needs: CallNeeds, at target: Target) -> Int128? {
        prices.cost(of: needs.estimate, at: target, serviceTier: nil).amount?.rawValue
    }
}

/// The shard's random numbers for what draws from a generator of the standard library's kind.
private struct RandomNumbers: RandomNumberGenerator {
    let source: any RandomSource

    mutating func next() -> UInt64 { source.next() }
}
