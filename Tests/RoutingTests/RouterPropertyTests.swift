// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Routing
import Testing

/// What holds of every decision, over random fleets.
@Suite struct RouterPropertyTests {
    static let seedCount: UInt64 = 3000

    @Test func `each candidate is ranked or passed over, once, and rightly`() throws {
        var decisions = 0
        for seed in 0..<Self.seedCount {
            let fleet = RandomFleet(seed: seed)
            guard let decision = try fleet.decisionOrRefusal(seed: seed) else { continue }
            decisions += 1
            let resolved = decision.resolved
            let ranked = decision.ranked.map(\.candidate)
            let passedOver = decision.excluded.map(\.candidate)
            let all = resolved.candidates + resolved.missing.map(\.candidate)
            #expect(Set(ranked + passedOver) == Set(all), "seed \(seed)")
            #expect(ranked.count + passedOver.count == all.count, "seed \(seed)")
            let wrong = ranked.filter { fleet.hardReason(against: $0) != nil }
            #expect(wrong.isEmpty, "seed \(seed)")
            let untrue = decision.excluded.filter { !fleet.isTrue($0, in: decision) }
            #expect(untrue.isEmpty, "seed \(seed)")
            #expect(fleet.keepsSoftRules(decision), "seed \(seed)")
            #expect(ranked.areTogetherByTarget, "seed \(seed)")
        }
        #expect(decisions > Self.seedCount / 3)
    }

    @Test func `the same seed gives the same answer`() throws {
        for seed in 0..<Self.seedCount / 4 {
            let fleet = RandomFleet(seed: seed)
            let one = try fleet.decisionOrRefusal(seed: seed)
            let other = try fleet.decisionOrRefusal(seed: seed)
            #expect(one?.ranked == other?.ranked)
            #expect(one?.excluded == other?.excluded)
        }
    }

    @Test(arguments: [Strategy.latency, .throughput, .cost, .leastBusy])
    func `a strictly worse target never stands above its better`(strategy: Strategy) throws {
        for seed in 0..<Self.seedCount / 2 {
            var dice = Dice(seed: seed)
            let fleet = StrategyTests.fleet(
                strategy, StrategyTests.members(Int.random(in: 2...8, using: &dice)))
            var needs = CallNeeds()
            needs.isStream = dice.rolls(1, of: 2)
            let decision = try fleet.decision(
                on: "r", needs: needs, turn: seed % 9, seed: seed
            ) { view in
                view.estimatedCost = dice.maybe(Int128.random(in: 0..<9, using: &dice))
                view.condition.callsInFlight = Int.random(in: 0..<5, using: &dice)
                view.condition.firstToken = .seconds(Int.random(in: 0..<9, using: &dice))
                view.condition.wholeAnswer = .seconds(Int.random(in: 0..<9, using: &dice))
                view.condition.tokensPerSecond = Double.random(in: 1..<9, using: &dice)
            }
            let scores = decision.ranked.map(\.score)
            #expect(
                !zip(scores, scores.dropFirst()).contains { $1.isBetter(than: $0) },
                "seed \(seed)")
        }
    }
}

extension RouteDecision.Score {
    fileprivate func isBetter(than other: Self) -> Bool {
        switch (self, other) {
        case (.latency(let one?), .latency(let other?)): one < other
        case (.throughput(let one?), .throughput(let other?)): one > other
        case (.cost(let one?), .cost(let other)): other.map { one < $0 } ?? true
        case (.cost(nil), .cost): false
        case (.callsInFlight(let one), .callsInFlight(let other)): one < other
        default: true
        }
    }
}

extension [Candidate] {
    /// Whether no target comes again after another one came between.
    fileprivate var areTogetherByTarget: Bool {
        let changes = zip(self, dropFirst()).count { $0.target != $1.target }
        return isEmpty || changes + 1 == Set(map(\.target)).count
    }
}

/// The rules again, said by what they mean and not by how they are applied.
extension RandomFleet {
    /// Nil where nothing may take the call, which is then looked at, too.
    fileprivate func decisionOrRefusal(seed: UInt64) throws -> RouteDecision? {
        do {
            return try decide(seed: seed)
        } catch let error as APIError {
            #expect(error.message.count > 20)
            guard let resolved = try? resolve() else { return nil }
            let able = resolved.candidates.filter {
                hardReason(against: $0) == nil && !isSpare($0)
            }
            #expect(able.isEmpty, "seed \(seed)")
            let obstacles = resolved.candidates.filter {
                hardReason(against: $0) == "obstacle" && !isSpare($0)
            }
            if !obstacles.isEmpty { #expect(error.code == "no_target", "seed \(seed)") }
            #expect((error.retryAfterSeconds != nil) == (error.code == "no_target"))
            return nil
        }
    }

    private func view(_ candidate: Candidate) -> CandidateView {
        views[candidate] ?? CandidateView(candidate)
    }

    private func isRetired(_ candidate: Candidate) -> Bool {
        view(candidate).facts.retiredOn != nil
    }

    /// Whether one of the call's names is the target itself, or what that is replaced by.
    private func isDirect(_ candidate: Candidate) -> Bool {
        ([name] + preferences.models).contains { name in
            let bare = name.hasSuffix(":floor") ? String(name.dropLast(6)) : name
            guard snapshot.routes[bare] == nil else { return false }
            var target = Target(bare) ?? Target(provider: "a", model: bare)
            for _ in 0..<5 {
                if target == candidate.target { return true }
                guard snapshot.onRetired == .redirect, let next = snapshot.replacements[target]
                else { return false }
                target = next
            }
            return false
        }
    }

    /// Whether none of the call's names lists it.
    private func isSpare(_ candidate: Candidate) -> Bool {
        ([name] + preferences.models).allSatisfy { name in
            let bare = name.split(separator: ":").first.map(String.init) ?? name
            guard let route = snapshot.routes[bare] else {
                return Target(bare) != candidate.target
                    && !(bare == "home" && candidate.target.model == "home")
            }
            return !route.targets.contains(candidate.target)
        }
    }

    private func isAlone(_ candidate: Candidate) -> Bool {
        (try? resolve())?.candidates == [candidate]
    }

    /// What forbids a candidate whatever others there are.
    fileprivate func hardReason(against candidate: Candidate) -> String? {
        let view = view(candidate)
        let provider = candidate.target.provider
        func isNamed(_ names: [String]) -> Bool {
            names.contains(provider) || "ab".contains(provider) && names.contains("acme")
        }
        if !snapshot.providers.contains(provider) { return "not configured" }
        if !view.hasOperation { return "operation" }
        if !view.isBillable { return "unpriced" }
        if isNamed(preferences.ignore) { return "ignored" }
        if let only = preferences.only, !isNamed(only) { return "only" }
        if !preferences.allowsFallbacks, !preferences.order.isEmpty, !isNamed(preferences.order) {
            return "order"
        }
        if let able = view.facts.capabilities, !able.isSuperset(of: needs.capabilities),
            !isDirect(candidate)
        {
            return "capability"
        }
        for (price, cap) in [
            (view.facts.inputPrice, preferences.maximumInputPrice),
            (view.facts.outputPrice, preferences.maximumOutputPrice),
        ] {
            guard let cap else { continue }
            if price.map({ $0 > cap }) ?? true { return "price" }
        }
        if preferences.deniesDataCollection, !view.facts.deniesDataCollection { return "data" }
        if snapshot.onRetired == .refuse, isRetired(candidate) { return "retired" }
        // The only one is never held up.
        if isAlone(candidate) { return nil }
        return view.condition.obstacle == nil ? nil : "obstacle"
    }

    /// Whether what is said against a candidate is so.
    fileprivate func isTrue(
        _ exclusion: RouteDecision.Exclusion, in decision: RouteDecision
    ) -> Bool {
        let candidate = exclusion.candidate
        let reason = hardReason(against: candidate)
        switch exclusion.reason {
        case .notConfigured: return reason == "not configured"
        case .operation: return reason == "operation"
        case .unpriced: return reason == "unpriced"
        case .ignored: return reason == "ignored"
        case .notAllowed: return reason == "only"
        case .notInOrder: return reason == "order"
        case .incapable(let lacking):
            return reason == "capability" && !lacking.isEmpty
                && needs.capabilities.isSuperset(of: lacking)
        case .tooExpensive: return reason == "price"
        case .collectsData: return reason == "data"
        case .obstacle(let obstacle):
            return reason == "obstacle" && exclusion.until == obstacle.until
        case .retired:
            return isRetired(candidate)
                && (snapshot.onRetired == .refuse || isDirect(candidate) || reason == nil)
        case .notNeeded(let target):
            return isSpare(candidate) && snapshot.onRetired == .redirect
                && target != candidate.target
        case .contextTooSmall(let tokens, let needed):
            return reason == nil && tokens < needed && !isDirect(candidate)
                && view(candidate).facts.contextTokens == tokens
        case .fallbackForbidden: return decision.ranked.count == 1
        }
    }

    /// Retired models and small contexts are for where nothing else is left.
    fileprivate func keepsSoftRules(_ decision: RouteDecision) -> Bool {
        let ranked = decision.ranked.map(\.candidate)
        let listed = ranked.filter { !isDirect($0) }
        if listed.contains(where: isRetired), !ranked.allSatisfy(isRetired) { return false }
        let needed = (needs.estimate.input ?? 0) + (needs.estimate.output ?? 0)
        let small = listed.compactMap { candidate -> Int? in
            guard let tokens = view(candidate).facts.contextTokens, tokens < needed else {
                return nil
            }
            return tokens
        }
        if needs.estimate.input == nil || small.isEmpty { return true }
        let tooSmall = decision.excluded.compactMap { exclusion -> Int? in
            if case .contextTooSmall(let tokens, _) = exclusion.reason { tokens } else { nil }
        }
        return small.count == ranked.count && Set(small).count == 1
            && tooSmall.allSatisfy { $0 < small[0] }
    }
}
