// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Providers
import Routing
import Wire

/// A configuration while it is served, with the names, prices and facts that were looked up in it and
/// the tokens that were got for it.
///
/// One object, so that a call holds it by one reference count; the value itself has a dozen.
/// Isolation: the shard.
final class ServedConfiguration {
    let values: GatewayConfiguration
    let prices: PriceCache
    let facts: FactsCache
    let tokens: TokenCache
    /// What the names of calls stand for, kept.
    private var resolvedNames: [String: ResolvedModel] = [:]
    /// How many decisions there were.
    private var turn: UInt64 = 0

    /// Names come from clients, so that their number has a bound.
    private static let maximumNames = 4_096

    init(_ values: GatewayConfiguration, tokens: TokenCache) {
        self.values = values
        self.tokens = tokens
        prices = PriceCache(values)
        facts = FactsCache(values)
    }

    /// Where a call of a model goes.
    ///
    /// Throws: as `Router.resolve` and `Router.decide` do.
    func decide(
        model name: String, for operation: CallOperation, now: Duration,
        random: any RandomSource
    ) throws(APIError) -> RouteDecision {
        let resolved = try resolved(name)
        let needs = CallNeeds(operation: operation)
        if resolved.candidates.count == 1 {
            return try Router.decide(
                resolved, soleView: view(of: resolved.candidates[0], for: operation), needs: needs,
                preferences: RoutingPreferences(), now: now)
        }
        turn += 1
        var generator = RandomNumbers(source: random)
        return try Router.decide(
            resolved, views: resolved.candidates.map { view(of: $0, for: operation) },
            needs: needs, preferences: RoutingPreferences(), now: now, turn: turn,
            using: &generator)
    }

    private func resolved(_ name: String) throws(APIError) -> ResolvedModel {
        if let known = resolvedNames[name] { return known }
        let resolved = try Router.resolve(model: name, among: values.fleet)
        if resolvedNames.count >= Self.maximumNames { resolvedNames.removeAll() }
        resolvedNames[name] = resolved
        return resolved
    }

    private func view(of candidate: Candidate, for operation: CallOperation) -> CandidateView {
        var view = CandidateView(candidate)
        // All providers have chat.
        view.hasOperation =
            operation == .chat
            || values.providers[candidate.target.provider]?.dialect(for: operation) != nil
        view.isBillable = values.unpriced == .allow || prices.knows(candidate.target)
        return view
    }
}

/// The shard's random numbers for what draws from a generator of the standard library's kind.
private struct RandomNumbers: RandomNumberGenerator {
    let source: any RandomSource

    mutating func next() -> UInt64 { source.next() }
}
