// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Routing
import Testing

/// That conversations stay where a prompt cache knows them.
@Suite struct AffinityTests {
    func resolved(_ count: Int, credentials: Int = 1) throws -> ResolvedModel {
        try Router.resolve(
            model: "r",
            among: StrategyTests.fleet(
                .affinity, StrategyTests.members(count),
                credentials: credentials > 1 ? ["a": credentials, "b": credentials] : [:]))
    }

    static func decide(
        _ resolved: ResolvedModel, _ conversation: UInt64?, seed: UInt64 = 1,
        view edit: (inout CandidateView) -> Void = { _ in }
    ) throws -> [Candidate] {
        var needs = CallNeeds()
        needs.conversation = conversation
        let views = resolved.candidates.map { candidate in
            var view = CandidateView(candidate)
            edit(&view)
            return view
        }
        var dice = Dice(seed: seed)
        return try Router.decide(
            resolved, views: views, needs: needs, preferences: RoutingPreferences(), now: .zero,
            turn: 0, using: &dice
        ).ranked.map(\.candidate)
    }

    @Test func `a conversation has the same order whatever the dice say`() throws {
        let resolved = try resolved(5, credentials: 3)
        for conversation in UInt64(0)..<200 {
            let order = try Self.decide(resolved, conversation, seed: 1)
            #expect(try Self.decide(resolved, conversation, seed: conversation + 2) == order)
        }
    }

    /// Computed by hand of FNV-1a and SplitMix64: another version, another machine, another process must find the same homes,
    /// or an upgrade costs every conversation its cache.
    @Test func `homes are the same in every process`() throws {
        let resolved = try resolved(5)
        let homes = try (UInt64(0)..<8).map { try Self.decide(resolved, $0)[0].target.provider }
        #expect(homes.joined() == "bdebbabe")
    }

    @Test(arguments: [2, 3, 5, 10])
    func `homes are shared evenly, and one that leaves moves its own conversations alone`(
        count: Int
    ) throws {
        let resolved = try resolved(count)
        let conversations = 4000
        var counts: [Candidate: Int] = [:]
        var moved = 0
        let leaving = resolved.candidates[0]
        for conversation in 0..<UInt64(conversations) {
            let order = try Self.decide(resolved, conversation)
            counts[order[0], default: 0] += 1
            let after = try Self.decide(resolved, conversation) {
                if $0.candidate == leaving { $0.hasOperation = false }
            }
            #expect(after == order.filter { $0 != leaving })
            if after[0] != order[0] { moved += 1 }
        }
        let share = 1 / Double(count)
        let deviation = (Double(conversations) * share * (1 - share)).squareRoot()
        #expect(abs(Double(moved) - Double(conversations) * share) < 4 * deviation)
        for candidate in resolved.candidates {
            let difference = Double(counts[candidate] ?? 0) - Double(conversations) * share
            #expect(abs(difference) < 4 * deviation)
        }
    }

    @Test(arguments: 0..<20)
    func `no target holds many more calls than the others, however uneven they come`(
        seed: UInt64
    ) throws {
        let resolved = try resolved(4)
        var dice = Dice(seed: seed)
        var loads: [Candidate: Int] = [:]
        for call in 0..<400 {
            // Half of the calls are of one conversation.
            let conversation = dice.rolls(1, of: 2) ? 0 : UInt64.random(in: 1...9, using: &dice)
            let order = try Self.decide(resolved, conversation) {
                $0.condition.callsInFlight = loads[$0.candidate] ?? 0
            }
            let limit = 1.25 * Double(call) / 4 + 1
            #expect(Double(loads[order[0]] ?? 0) <= limit)
            loads[order[0], default: 0] += 1
        }
    }

    @Test func `where the cache is not cheaper there is nothing to stay for`() throws {
        let resolved = try resolved(3)
        for conversation in UInt64(0)..<50 {
            let order = try Self.decide(resolved, conversation, seed: conversation) {
                $0.facts.hasCheaperCacheReads =
                    ["a": false, "b": true][$0.candidate.target.provider]
            }
            #expect(order[2].target.provider == "a")
        }
    }

    @Test func `a call without a conversation goes by the weights`() throws {
        let resolved = try resolved(2)
        let firsts = try Set((UInt64(0)..<30).map { try Self.decide(resolved, nil, seed: $0)[0] })
        #expect(firsts.count == 2)
    }
}
