// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// Puts together what a name stands for: numbers the candidates and builds the trees of them.
struct ResolvedModelBuilder {
    private let fleet: FleetSnapshot
    private let meanings: [ModelMeaning]
    /// The targets that need not stand in for others, as they have a place of their own.
    private let ownTargets: Set<Target>
    private var candidates: [Candidate] = []
    private var traits: [ResolvedModel.Traits] = []
    private var places: [Candidate: Int] = [:]
    private var hasRepeats = false
    private(set) var missing: [RouteDecision.Exclusion] = []

    init(fleet: FleetSnapshot, meanings: [ModelMeaning]) {
        self.fleet = fleet
        self.meanings = meanings
        ownTargets =
            fleet.onRetired == .redirect ? Set(meanings.flatMap(\.targets)) : []
    }

    /// All of it, or nil where no target can be called. Called once.
    mutating func resolved(_ name: String) -> ResolvedModel? {
        var stages: [ResolvedModel.Stage] = []
        for meaning in meanings {
            if let node = node(for: meaning.choice) {
                stages.append(ResolvedModel.Stage(node: node, sort: meaning.sort))
            }
        }
        guard !candidates.isEmpty else { return nil }
        var route: Route?
        if case .route(let first) = meanings.first?.choice { route = first }
        return ResolvedModel(
            name: name, route: route?.name, policy: route?.policy ?? fleet.policy,
            candidates: candidates, missing: missing, traits: traits, stages: stages,
            hasRepeats: hasRepeats, refusesRetired: fleet.onRetired == .refuse)
    }

    private mutating func node(for choice: ModelMeaning.Choice) -> ResolvedModel.Node? {
        switch choice {
        case .route(let route): node(for: route)
        case .target(let target): node(for: target, isDirect: true)
        }
    }

    private mutating func node(for route: Route) -> ResolvedModel.Node? {
        var members: [ResolvedModel.Member] = []
        for member in route.members {
            let (node, name) =
                switch member.choice {
                case .target(let target):
                    (self.node(for: target, isDirect: false), target.description)
                case .route(let inner): (self.node(for: inner), inner.name)
                }
            guard let node else { continue }
            members.append(
                ResolvedModel.Member(
                    node: node, weight: member.weight, identity: StableHash.hash(of: name)))
        }
        if members.isEmpty { return nil }
        return .group(ResolvedModel.Group(kind: .route(route.strategy), members: members))
    }

    /// A target, and behind it what stands in for it.
    private mutating func node(for target: Target, isDirect: Bool) -> ResolvedModel.Node? {
        if let reason = fleet.hindrance(to: target) {
            let exclusion = RouteDecision.Exclusion(
                candidate: Candidate(target), reason: .notConfigured(reason))
            if !missing.contains(exclusion) { missing.append(exclusion) }
            return nil
        }
        var members = [node(forCredentialsOf: target, isDirect: isDirect, standsInFor: [])]
        var chain = [target]
        while let last = chain.last, let next = standIn(for: last), !chain.contains(next) {
            members.append(
                node(
                    forCredentialsOf: next, isDirect: isDirect,
                    standsInFor: chain.compactMap { places[Candidate($0)] }))
            chain.append(next)
        }
        if members.count == 1 { return members[0] }
        return .group(
            ResolvedModel.Group(
                kind: .replacements,
                members: members.map { ResolvedModel.Member(node: $0, identity: 0) }))
    }

    private func standIn(for target: Target) -> Target? {
        guard fleet.onRetired == .redirect, let next = fleet.replacements[target],
            !ownTargets.contains(next), fleet.hindrance(to: next) == nil
        else { return nil }
        return next
    }

    private mutating func node(
        forCredentialsOf target: Target, isDirect: Bool, standsInFor: [Int]
    ) -> ResolvedModel.Node {
        let count = fleet.credentialCounts[target.provider] ?? 1
        if count <= 1 {
            return .candidate(
                place(of: Candidate(target), isDirect: isDirect, standsInFor: standsInFor))
        }
        let members = (0..<count).map { credential in
            ResolvedModel.Member(
                node: .candidate(
                    place(
                        of: Candidate(target, credential: credential), isDirect: isDirect,
                        standsInFor: standsInFor)),
                identity: UInt64(credential))
        }
        return .group(ResolvedModel.Group(kind: .credentials, members: members))
    }

    private mutating func place(
        of candidate: Candidate, isDirect: Bool, standsInFor: [Int]
    ) -> Int {
        if let place = places[candidate] {
            hasRepeats = true
            if isDirect { traits[place].isDirect = true }
            if !standsInFor.isEmpty { traits[place].standsInFor.append(standsInFor) }
            return place
        }
        let place = candidates.count
        candidates.append(candidate)
        places[candidate] = place
        traits.append(
            ResolvedModel.Traits(
                vendor: fleet.vendors[candidate.target.provider], isDirect: isDirect,
                standsInFor: standsInFor.isEmpty ? [] : [standsInFor]))
        return place
    }
}
