// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

extension Router {
    /// Where a call goes now: eligibility before preference, then each route by its strategy.
    ///
    /// - Parameters:
    ///   - views: one for each of the candidates, in their order.
    ///   - now: since the origin that the moments in the views have.
    ///   - turn: counts the decisions, so that some of them find out what has changed.
    ///
    /// Throws: where nothing is left, what the furthest reason says for which a candidate was passed
    /// over: a 503 `no_target` with the candidates, the reasons and until when, where one only has
    /// to wait; a 404 `model_retired` or `unsupported_endpoint`; a 400 `no_capable_target`,
    /// `no_allowed_target` or `unpriced_model`.
    package static func decide(
        _ resolved: ResolvedModel, views: [CandidateView], needs: CallNeeds,
        preferences: RoutingPreferences, now: Duration, turn: UInt64,
        using generator: inout some RandomNumberGenerator
    ) throws(APIError) -> RouteDecision {
        precondition(
            views.count == resolved.candidates.count, "a decision has a view of each candidate")
        if views.count == 1 {
            return try decide(
                resolved, soleView: views[0], needs: needs, preferences: preferences, now: now)
        }
        var eligibility = RouterEligibility(
            resolved: resolved, needs: needs, preferences: preferences)
        eligibility.judge(views)
        let ranking = RouterRanking(views: views, needs: needs, reasons: eligibility.reasons)
        var order: [RouterRanking.Placed] = []
        order.reserveCapacity(views.count)
        for stage in resolved.stages {
            let start = order.count
            ranking.rank(stage, sort: preferences.sort, turn: turn, into: &order, using: &generator)
            if !preferences.order.isEmpty { eligibility.putInWantedOrder(&order[start...]) }
        }
        if resolved.hasRepeats { order.removeRepeats() }
        eligibility.keepFirst(&order)
        let excluded = resolved.missing + eligibility.exclusions
        guard !order.isEmpty else {
            throw Refusal(of: resolved.name, excluded, operation: needs.operation, now: now).error
        }
        return RouteDecision(
            resolved: resolved, strategy: resolved.strategy(sort: preferences.sort),
            ranked: order.map { placed in
                let view = views[placed.place]
                return RouteDecision.Ranked(
                    candidate: view.candidate,
                    score: placed.score ?? .callsInFlight(view.condition.callsInFlight),
                    estimatedCost: view.estimatedCost, isExploration: placed.isExploration)
            },
            excluded: excluded)
    }

    /// The same for a name with one candidate, which there is nothing to rank of.
    package static func decide(
        _ resolved: ResolvedModel, soleView view: CandidateView, needs: CallNeeds,
        preferences: RoutingPreferences, now: Duration
    ) throws(APIError) -> RouteDecision {
        precondition(resolved.candidates.count == 1, "a decision has a view of each candidate")
        let eligibility = RouterEligibility(
            resolved: resolved, needs: needs, preferences: preferences)
        if let reason = eligibility.reason(against: view, at: 0) {
            let exclusion = RouteDecision.Exclusion(candidate: view.candidate, reason: reason)
            throw Refusal(
                of: resolved.name, resolved.missing + [exclusion], operation: needs.operation,
                now: now
            ).error
        }
        let ranked = RouteDecision.Ranked(
            candidate: view.candidate,
            score: resolved.stages[0].score(of: view, needs: needs, sort: preferences.sort),
            estimatedCost: view.estimatedCost)
        return RouteDecision(
            resolved: resolved, strategy: resolved.strategy(sort: preferences.sort),
            ranked: [ranked], excluded: resolved.missing)
    }
}

extension ResolvedModel {
    /// What the outermost route of the first name goes by.
    fileprivate func strategy(sort: RoutingPreferences.Sort?) -> Strategy? {
        route == nil ? nil : stages[0].strategy(sort: sort)
    }
}

extension ResolvedModel.Stage {
    /// The score of the only candidate there is, by the innermost route around it.
    fileprivate func score(
        of view: CandidateView, needs: CallNeeds, sort: RoutingPreferences.Sort?
    ) -> RouteDecision.Score {
        var strategy = strategy(sort: sort)
        var member = ResolvedModel.Member(node: node, identity: 0)
        var isOutermost = true
        while case .group(let group) = member.node {
            if case .route(let own) = group.kind, !isOutermost { strategy = own }
            isOutermost = false
            member = group.members[0]
        }
        guard let strategy else { return .callsInFlight(view.condition.callsInFlight) }
        let contender = Contender(
            member: member, place: 0, best: 0, span: 0..<1, view: view, isStream: needs.isStream)
        return strategy.ranking(for: needs).score(of: contender)
    }
}

extension [RouterRanking.Placed] {
    /// Leaves each candidate its first place.
    fileprivate mutating func removeRepeats() {
        var seen: Set<Int> = []
        removeAll { !seen.insert($0.place).inserted }
    }
}
