// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Routing

/// A fleet, a call and its wishes, all of them at random and the same for the same seed.
struct RandomFleet {
    var snapshot: FleetSnapshot
    var name: String
    var needs = CallNeeds()
    var preferences = RoutingPreferences()
    var turn: UInt64
    /// By candidate.
    var views: [Candidate: CandidateView] = [:]
    private var dice: Dice

    private static let providers = ["a", "b", "c", "d", "e", "f"]
    private static let models = ["m", "n"]

    init(seed: UInt64) {
        var dice = Dice(seed: seed)
        snapshot = FleetSnapshot(
            routes: [:], providers: Set(Self.providers.filter { _ in dice.rolls(6, of: 7) }),
            unavailable: ["f": "Set F_API_KEY."], homes: ["home": "a"])
        turn = UInt64.random(in: 0..<40, using: &dice)
        name = "outer"
        self.dice = dice
        snapshot.routes["outer"] = route("outer", depth: 0)
        snapshot.routes["other"] = route("other", depth: 1)
        makeSnapshot()
        makeCall()
    }

    // MARK: What is decided

    func decide(seed: UInt64) throws -> RouteDecision {
        var dice = Dice(seed: seed)
        let resolved = try resolve()
        return try Router.decide(
            resolved, views: resolved.candidates.map { views[$0] ?? CandidateView($0) },
            needs: needs, preferences: preferences, now: .seconds(100), turn: turn, using: &dice)
    }

    func resolve() throws -> ResolvedModel {
        try Router.resolve(model: name, preferences: preferences, among: snapshot)
    }

    // MARK: Dice

    private mutating func route(_ name: String, depth: Int) -> Route {
        let count = Int.random(in: 1...4, using: &dice)
        let members = (0..<count).map { index in
            let weight = Double.random(in: 0.1...5, using: &dice)
            if depth < 2, dice.rolls(1, of: 4) {
                let inner = route("\(name).\(index)", depth: depth + 1)
                return Route.Member(.route(inner), weight: weight)
            }
            return Route.Member(.target(target()), weight: weight)
        }
        return Route(name: name, strategy: dice.pick(Strategy.allCases), members: members)
    }

    private mutating func target() -> Target {
        Target(provider: dice.pick(Self.providers), model: dice.pick(Self.models))
    }

    private mutating func makeSnapshot() {
        snapshot.vendors = ["a": "acme", "b": "acme"]
        snapshot.credentialCounts = ["b": 2, "c": dice.pick([1, 3])]
        snapshot.onRetired = dice.pick(RetiredPolicy.allCases)
        for _ in 0..<3 { snapshot.replacements[target()] = target() }
        let targets = Self.providers.flatMap { provider in
            Self.models.map { Target(provider: provider, model: $0) }
        }
        for target in targets + [Target(provider: "a", model: "home")] {
            let facts = facts()
            for credential in 0..<3 {
                var view = CandidateView(Candidate(target, credential: credential))
                view.facts = facts
                view.condition = condition()
                view.hasOperation = dice.rolls(9, of: 10)
                view.isBillable = dice.rolls(9, of: 10)
                view.estimatedCost = dice.maybe(Int128.random(in: 0..<4, using: &dice))
                views[view.candidate] = view
            }
        }
    }

    private mutating func facts() -> TargetFacts {
        var facts = TargetFacts()
        facts.capabilities = dice.maybe(Capabilities(rawValue: .random(in: 0..<256, using: &dice)))
        facts.contextTokens = dice.maybe(Int.random(in: 500..<2000, using: &dice))
        if dice.rolls(1, of: 6) { facts.retiredOn = "2026-06-01" }
        facts.hasCheaperCacheReads = dice.maybe(Bool.random(using: &dice))
        facts.inputPrice = dice.maybe(Int128.random(in: 0..<10, using: &dice))
        facts.outputPrice = dice.maybe(Int128.random(in: 0..<10, using: &dice))
        facts.deniesDataCollection = dice.rolls(1, of: 2)
        return facts
    }

    private mutating func condition() -> TargetCondition {
        var condition = TargetCondition()
        if dice.rolls(1, of: 6) {
            condition.obstacle = Obstacle(
                dice.pick([.breakerOpen, .rateLimited, .quotaExhausted]),
                until: .seconds(Int.random(in: 100..<200, using: &dice)), reason: "It is down.")
        }
        condition.callsInFlight = Int.random(in: 0..<4, using: &dice)
        condition.firstToken = dice.maybe(.seconds(Int.random(in: 1..<5, using: &dice)))
        condition.wholeAnswer = dice.maybe(.seconds(Int.random(in: 1..<5, using: &dice)))
        condition.tokensPerSecond = dice.maybe(Double(Int.random(in: 1..<5, using: &dice)))
        condition.lastSample = dice.maybe(.seconds(Int.random(in: 0..<100, using: &dice)))
        return condition
    }

    private mutating func makeCall() {
        needs.isStream = dice.rolls(1, of: 2)
        needs.conversation = dice.maybe(dice.next())
        if dice.rolls(1, of: 3) {
            needs.capabilities = Capabilities(rawValue: 1 << UInt16.random(in: 0..<8, using: &dice))
        }
        needs.estimate.uncachedInput = dice.maybe(Int.random(in: 0..<2500, using: &dice))
        if dice.rolls(1, of: 4) { name = dice.pick(["a/m", "b/n", "home", "other", "c/m:floor"]) }
        if dice.rolls(1, of: 5) { name = "outer" + dice.pick([":floor", ":nitro"]) }
        if dice.rolls(1, of: 4) { preferences.models = [dice.pick(["other", "b/m", "home"])] }
        if dice.rolls(1, of: 5) { preferences.order = ["c", "acme"] }
        if dice.rolls(1, of: 8) { preferences.allowsFallbacks = false }
        if dice.rolls(1, of: 8) { preferences.only = ["acme", "c", "d"] }
        if dice.rolls(1, of: 8) { preferences.ignore = [dice.pick(Self.providers)] }
        if dice.rolls(1, of: 5) { preferences.sort = dice.pick([.price, .throughput, .latency]) }
        if dice.rolls(1, of: 8) { preferences.maximumInputPrice = 7 }
        if dice.rolls(1, of: 8) { preferences.maximumOutputPrice = 7 }
        if dice.rolls(1, of: 8) { preferences.deniesDataCollection = true }
        if dice.rolls(1, of: 8) { preferences.forbidsFallback = true }
    }
}

extension Dice {
    mutating func rolls(_ wanted: Int, of sides: Int) -> Bool {
        Int.random(in: 0..<sides, using: &self) < wanted
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &self)]
    }

    /// Three times in four.
    mutating func maybe<Value>(_ value: Value) -> Value? { rolls(3, of: 4) ? value : nil }
}
