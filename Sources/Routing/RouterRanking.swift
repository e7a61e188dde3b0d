// SPDX-License-Identifier: Apache-2.0

/// Puts the eligible candidates of one decision in order, a tree at a time.
struct RouterRanking {
    let views: [CandidateView]
    let needs: CallNeeds
    /// By place: why a candidate is passed over.
    let reasons: [RouteDecision.Reason?]

    /// A candidate that has its place in the order.
    struct Placed {
        var place: Int
        /// Nil until the innermost route around the candidate has said it.
        var score: RouteDecision.Score?
        var isExploration = false
    }

    /// What outer groups have to say to inner ones.
    private struct Surroundings {
        var turn: UInt64
        var credentials = Strategy.leastBusy
    }

    /// Appends what is eligible of a tree, the best first.
    func rank(
        _ stage: ResolvedModel.Stage, sort: RoutingPreferences.Sort?, turn: UInt64,
        into order: inout [Placed], using generator: inout some RandomNumberGenerator
    ) {
        let surroundings = Surroundings(turn: turn)
        if let strategy = stage.strategy(sort: sort), case .group(let group) = stage.node {
            _ = rank(
                group.members, by: strategy, in: surroundings, into: &order, using: &generator)
        } else {
            _ = rank(stage.node, in: surroundings, into: &order, using: &generator)
        }
    }

    /// Returns the candidate by which the tree is judged as a member of another: its best one.
    private func rank(
        _ node: ResolvedModel.Node, in surroundings: Surroundings, into order: inout [Placed],
        using generator: inout some RandomNumberGenerator
    ) -> Int? {
        switch node {
        case .candidate(let place):
            guard reasons[place] == nil else { return nil }
            order.append(Placed(place: place))
            return place
        case .group(let group):
            switch group.kind {
            case .route(let strategy):
                return rank(
                    group.members, by: strategy, in: surroundings, into: &order, using: &generator)
            case .credentials:
                return rank(
                    group.members, by: surroundings.credentials.ranking(for: needs),
                    in: surroundings, into: &order, using: &generator)
            case .replacements:
                return rank(
                    replacements: group.members, in: surroundings, into: &order, using: &generator)
            }
        }
    }

    /// The members of a route, each candidate with the score that gave it its place.
    private func rank(
        _ members: [ResolvedModel.Member], by strategy: Strategy, in surroundings: Surroundings,
        into order: inout [Placed], using generator: inout some RandomNumberGenerator
    ) -> Int? {
        let ranking = strategy.ranking(for: needs)
        var surroundings = surroundings
        // A prompt cache is its account's own, so that a conversation keeps to the account, too.
        surroundings.credentials = strategy == .affinity ? .affinity : .leastBusy
        return rank(
            members, by: ranking, givesScores: true, in: surroundings, into: &order,
            using: &generator)
    }

    private func rank(
        _ members: [ResolvedModel.Member], by ranking: any RankingStrategy,
        givesScores: Bool = false, in surroundings: Surroundings, into order: inout [Placed],
        using generator: inout some RandomNumberGenerator
    ) -> Int? {
        let exploration = Exploration(turn: surroundings.turn)
        var inner = surroundings
        if ranking.explores { inner.turn = exploration.innerTurn }
        var contenders: [Contender] = []
        contenders.reserveCapacity(members.count)
        var found: [Placed] = []
        found.reserveCapacity(members.count)
        for (place, member) in members.enumerated() {
            let start = found.count
            guard let best = rank(member.node, in: inner, into: &found, using: &generator) else {
                continue
            }
            contenders.append(contender(member, at: place, best: best, start..<found.count))
        }
        ranking.rank(&contenders, using: &generator)
        guard let best = contenders.first?.best else { return nil }
        if ranking.explores, let explored = exploration.stalest(of: contenders) {
            contenders.insert(contenders.remove(at: explored), at: 0)
            found[contenders[0].span.lowerBound].isExploration = true
        }
        for ranked in contenders {
            for var placed in found[ranked.span] {
                if givesScores, placed.score == nil {
                    let own =
                        placed.place == ranked.best
                        ? ranked
                        : contender(
                            members[ranked.place], at: ranked.place, best: placed.place,
                            ranked.span)
                    placed.score = ranking.score(of: own)
                }
                order.append(placed)
            }
        }
        return best
    }

    /// A target, or what stands in for it: as far as the first that is not retired.
    private func rank(
        replacements members: [ResolvedModel.Member], in surroundings: Surroundings,
        into order: inout [Placed], using generator: inout some RandomNumberGenerator
    ) -> Int? {
        var best: Int?
        for member in members {
            let found = rank(member.node, in: surroundings, into: &order, using: &generator)
            best = best ?? found
            if views[member.node.firstPlace].facts.retiredOn == nil { break }
        }
        return best
    }

    private func contender(
        _ member: ResolvedModel.Member, at place: Int, best: Int, _ span: Range<Int>
    ) -> Contender {
        Contender(
            member: member, place: place, best: best, span: span, view: views[best],
            isStream: needs.isStream)
    }
}

extension ResolvedModel.Node {
    /// The place of the first candidate in the tree.
    fileprivate var firstPlace: Int {
        switch self {
        case .candidate(let place): place
        case .group(let group): group.members[0].node.firstPlace
        }
    }
}
