// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Routing
import Testing

/// What each strategy promises of the order of a route's members.
@Suite struct StrategyTests {
    static func fleet(
        _ strategy: Strategy, _ members: [Route.Member],
        credentials: [String: Int] = [:]
    ) -> FleetSnapshot {
        var fleet = FleetSnapshot(
            routes: ["r": Route(name: "r", strategy: strategy, members: members)],
            providers: Set("abcdefghij".map(String.init)))
        fleet.credentialCounts = credentials
        return fleet
    }

    static func members(_ count: Int, weights: [Double] = []) -> [Route.Member] {
        "abcdefghij".prefix(count).enumerated().map { index, provider in
            Route.Member(
                .target(Target(provider: String(provider), model: "m")),
                weight: weights.isEmpty ? 1 : weights[index])
        }
    }

    /// A condition by the provider of the candidate.
    static func decide(
        _ fleet: FleetSnapshot, isStream: Bool = false, turn: UInt64 = 0, seed: UInt64 = 1,
        _ preferences: RoutingPreferences = RoutingPreferences(), name: String = "r",
        view: (String, inout CandidateView) -> Void
    ) throws -> RouteDecision {
        var needs = CallNeeds()
        needs.isStream = isStream
        return try fleet.decision(on: name, preferences, needs: needs, turn: turn, seed: seed) {
            view($0.candidate.target.provider, &$0)
        }
    }

    @Test(arguments: [false, true])
    func `latency goes by the first content of streams and the end of whole answers`(
        isStream: Bool
    ) throws {
        let firstTokens = ["a": 300, "b": 100, "c": 200]
        let wholeAnswers = ["a": 1, "b": 3, "c": 2]
        let decision = try Self.decide(
            Self.fleet(.latency, Self.members(3)), isStream: isStream
        ) { provider, view in
            view.condition.firstToken = firstTokens[provider].map { .milliseconds($0) }
            view.condition.wholeAnswer = wholeAnswers[provider].map { .seconds($0) }
        }
        #expect(decision.order == (isStream ? ["b/m", "c/m", "a/m"] : ["a/m", "c/m", "b/m"]))
        #expect(
            decision.ranked.first?.score == .latency(isStream ? .milliseconds(100) : .seconds(1)))
    }

    @Test func `what is not measured yet goes first, and last while that is being done`() throws {
        let decision = try Self.decide(Self.fleet(.throughput, Self.members(4))) { provider, view in
            view.condition.tokensPerSecond = ["a": 10, "b": 20][provider]
            if provider == "d" { view.condition.callsInFlight = 1 }
        }
        #expect(decision.order == ["c/m", "b/m", "a/m", "d/m"])
        #expect(decision.ranked[0].score == .throughput(nil))
    }

    @Test func `every tenth decision goes to the one not heard of for the longest time`() throws {
        for turn in UInt64(0)..<20 {
            let decision = try Self.decide(
                Self.fleet(.latency, Self.members(4)), turn: turn
            ) { provider, view in
                let place = ["a": 0, "b": 1, "c": 2, "d": 3][provider] ?? 0
                view.condition.wholeAnswer = .seconds(place)
                view.condition.lastSample = .seconds([0, 9, 5, 7][place])
            }
            let explores = turn % 10 == 9
            #expect(
                decision.order
                    == (explores ? ["c/m", "a/m", "b/m", "d/m"] : ["a/m", "b/m", "c/m", "d/m"]))
            #expect(decision.ranked.map(\.isExploration) == [explores, false, false, false])
        }
    }

    @Test func `cost takes the cheapest for this call, and the unknown last`() throws {
        let decision = try Self.decide(Self.fleet(.cost, Self.members(4))) { provider, view in
            view.estimatedCost = ["a": 30, "c": 10, "d": 20][provider]
        }
        #expect(decision.order == ["c/m", "d/m", "a/m", "b/m"])
        #expect(decision.ranked.map(\.estimatedCost) == [10, 20, 30, nil])
    }

    @Test func `the least busy goes first, those alike in any order`() throws {
        var firsts: Set<String> = []
        for seed in UInt64(0)..<50 {
            let decision = try Self.decide(
                Self.fleet(.leastBusy, Self.members(3)), seed: seed
            ) { provider, view in
                view.condition.callsInFlight = provider == "a" ? 2 : 1
            }
            #expect(decision.order.last == "a/m")
            firsts.insert(decision.order[0])
        }
        #expect(firsts == ["b/m", "c/m"])
    }

    @Test(arguments: [
        ("price", "b/m"), ("throughput", "c/m"), ("latency", "a/m"),
    ])
    func `a client's sort overrides the route's own strategy`(
        sort: String, first: String
    ) throws {
        var preferences = RoutingPreferences()
        preferences.sort = RoutingPreferences.Sort(rawValue: sort)
        let suffix = ["price": ":floor", "throughput": ":nitro"][sort]
        for (name, preferences) in [
            ("r", preferences), ("r" + (suffix ?? ""), suffix == nil ? preferences : .init()),
        ] {
            let decision = try Self.decide(
                Self.fleet(.weighted, Self.members(3)), preferences, name: name
            ) { provider, view in
                let place = ["a": 0, "b": 1, "c": 2][provider] ?? 0
                view.estimatedCost = [3, 1, 2][place]
                view.condition.tokensPerSecond = [1, 2, 3][place]
                view.condition.wholeAnswer = .seconds([1, 2, 3][place])
            }
            #expect(decision.order.first == first)
            #expect(decision.strategy?.rawValue == (sort == "price" ? "cost" : sort))
        }
    }

    // MARK: Weights

    @Test func `weights are the shares of first places, within four standard deviations`() throws {
        let weights = [5.0, 3, 1.5, 0.5]
        let resolved = try Router.resolve(
            model: "r", among: Self.fleet(.weighted, Self.members(4, weights: weights)))
        let views = resolved.candidates.map { CandidateView($0) }
        let calls = 20_000
        var dice = Dice(seed: 7)
        var firsts: [Candidate: Int] = [:]
        var seconds: [Candidate: Int] = [:]
        for turn in 0..<calls {
            let decision = try Router.decide(
                resolved, views: views, needs: CallNeeds(), preferences: RoutingPreferences(),
                now: .zero, turn: UInt64(turn), using: &dice)
            firsts[decision.ranked[0].candidate, default: 0] += 1
            seconds[decision.ranked[1].candidate, default: 0] += 1
        }
        for (candidate, weight) in zip(resolved.candidates, weights) {
            let share = weight / 10
            // Second where another is drawn first, and then this one of what is left.
            let second = zip(resolved.candidates, weights).reduce(0.0) { sum, other in
                other.0 == candidate
                    ? sum : sum + other.1 / 10 * weight / (10 - other.1)
            }
            for (count, share) in [(firsts, share), (seconds, second)] {
                let expected = Double(calls) * share
                let deviation = (expected * (1 - share)).squareRoot()
                #expect(abs(Double(count[candidate] ?? 0) - expected) < 4 * deviation)
            }
        }
    }

    // MARK: Nested routes and credentials

    @Test func `an inner route is judged by its own first candidate`() throws {
        let inner = Route(
            name: "inner", strategy: .cost, targets: [.named("b/m"), .named("c/m")])
        let fleet = Self.fleet(
            .latency,
            [Route.Member(.target(.named("a/m"))), Route.Member(.route(inner))])
        // The inner route takes b, the cheaper one, which is slower than a.
        let seconds = ["a": 2, "b": 3, "c": 1]
        let costs: [String: Int128] = ["b": 1, "c": 2]
        let decision = try Self.decide(fleet) { provider, view in
            view.condition.wholeAnswer = seconds[provider].map { .seconds($0) }
            view.estimatedCost = costs[provider]
        }
        #expect(decision.order == ["a/m", "b/m", "c/m"])
        #expect(decision.ranked.map(\.score) == [.latency(.seconds(2)), .cost(1), .cost(2)])
        let other = try Self.decide(fleet) { provider, view in
            view.condition.wholeAnswer = seconds[provider].map { .seconds($0) }
            view.estimatedCost = costs[provider]
            if provider == "b" { view.hasOperation = false }
        }
        #expect(other.order == ["c/m", "a/m"])
    }

    @Test func `inner routes explore, too, whether the outer one does or not`() throws {
        let inner = Route(
            name: "inner", strategy: .latency, targets: [.named("a/m"), .named("b/m")])
        let outer = Route(
            name: "outer", strategy: .latency, targets: [.named("c/m"), .named("d/m")])
        let fleet = Self.fleet(
            .latency, [Route.Member(.route(inner)), Route.Member(.route(outer))])
        var firsts: [String: Int] = [:]
        for turn in UInt64(0)..<1000 {
            let decision = try Self.decide(fleet, turn: turn) { provider, view in
                view.condition.wholeAnswer = .seconds(
                    ["a": 1, "b": 2, "c": 3, "d": 4][provider] ?? 0)
            }
            firsts[decision.order[0], default: 0] += 1
        }
        #expect(firsts == ["a/m": 810, "b/m": 90, "c/m": 90, "d/m": 10])
    }

    @Test func `a target's credentials stand together, the least busy first`() throws {
        var firsts: Set<String> = []
        for seed in UInt64(0)..<40 {
            let decision = try Self.decide(
                Self.fleet(.latency, Self.members(2), credentials: ["a": 3]), seed: seed
            ) { provider, view in
                view.condition.wholeAnswer = provider == "a" ? .seconds(1) : .seconds(2)
                view.condition.callsInFlight = view.candidate.credential == 1 ? 5 : 0
            }
            #expect(decision.order.count == 4)
            #expect(decision.order.suffix(2) == ["a/m#2", "b/m"])
            #expect(decision.ranked[1].score == .latency(.seconds(1)))
            firsts.insert(decision.order[0])
        }
        #expect(firsts == ["a/m", "a/m#3"])
    }

    @Test func `a target named by itself balances over its credentials`() throws {
        var fleet = Self.fleet(.ordered, Self.members(1))
        fleet.credentialCounts = ["a": 2]
        let decision = try Self.decide(fleet, name: "a/m") { _, view in
            view.condition.callsInFlight = view.candidate.credential == 0 ? 1 : 0
        }
        #expect(decision.order == ["a/m#2", "a/m"])
        #expect(decision.ranked.map(\.score) == [.callsInFlight(0), .callsInFlight(1)])
    }

    // MARK: A step change

    /// Medians of the last five samples, as the fleet keeps them.
    private struct Samples {
        var times: [Duration] = []
        var last: Duration?

        mutating func add(_ time: Duration, at now: Duration) {
            times = (times + [time]).suffix(5)
            last = now
        }

        var median: Duration? {
            times.isEmpty ? nil : times.sorted()[times.count / 2]
        }
    }

    @Test(arguments: 0..<20)
    func `latency follows a step change within fifty calls`(seed: UInt64) throws {
        let resolved = try Router.resolve(
            model: "r", among: Self.fleet(.latency, Self.members(2)))
        var dice = Dice(seed: seed)
        var samples = [Samples(), Samples()]
        var quick = 0
        var firsts: [Int] = []
        for turn in 0..<300 {
            if turn % 100 == 0 { quick = 1 - quick }
            let now = Duration.seconds(turn)
            let views = resolved.candidates.enumerated().map { index, candidate in
                var view = CandidateView(candidate)
                view.condition.wholeAnswer = samples[index].median
                view.condition.lastSample = samples[index].last
                return view
            }
            let decision = try Router.decide(
                resolved, views: views, needs: CallNeeds(), preferences: RoutingPreferences(),
                now: now, turn: UInt64(turn), using: &dice)
            let first = decision.ranked[0].candidate == resolved.candidates[0] ? 0 : 1
            let noise = Double.random(in: 0.8..<1.2, using: &dice)
            samples[first].add(.milliseconds(first == quick ? 200 : 2000) * noise, at: now)
            firsts.append(first)
            if turn % 100 >= 50, !decision.ranked[0].isExploration { #expect(first == quick) }
        }
        #expect(firsts.count == 300)
    }
}
