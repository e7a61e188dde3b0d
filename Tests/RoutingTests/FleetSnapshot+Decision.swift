// SPDX-License-Identifier: Apache-2.0
import Routing

extension FleetSnapshot {
    /// A decision at the moment zero, with what a test has to say of each candidate.
    func decision(
        on name: String, _ preferences: RoutingPreferences = RoutingPreferences(),
        needs: CallNeeds = CallNeeds(), turn: UInt64 = 0, seed: UInt64 = 1,
        view edit: (inout CandidateView) -> Void = { _ in }
    ) throws -> RouteDecision {
        let resolved = try Router.resolve(model: name, preferences: preferences, among: self)
        let views = resolved.candidates.map { candidate in
            var view = CandidateView(candidate)
            edit(&view)
            return view
        }
        var dice = Dice(seed: seed)
        return try Router.decide(
            resolved, views: views, needs: needs, preferences: preferences, now: .zero, turn: turn,
            using: &dice)
    }
}

extension RouteDecision {
    /// The candidates in their order, as texts.
    var order: [String] { ranked.map(\.candidate.description) }
}

extension Target {
    /// A target that a test writes down.
    static func named(_ text: String) -> Target {
        Target(text) ?? Target(provider: text, model: "m")
    }
}

/// SplitMix64: the same numbers for the same seed.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
