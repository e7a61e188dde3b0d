// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// Where a call may go, in order, and where not: with the reasons for both.
///
/// Every candidate of the name is in one of the two lists, once.
package struct RouteDecision: Sendable {
    /// What was decided upon.
    package let resolved: ResolvedModel
    /// What the route goes by for this call, or nil where the name is a target itself.
    package var strategy: Strategy?
    /// Never empty; the first is tried first.
    package var ranked: [Ranked]
    package var excluded: [Exclusion]

    /// The route that the name stands for, or nil where the name is a target itself.
    package var route: String? { resolved.route }
    /// The order that the name itself asks for: by `:floor`, for example.
    package var sort: RoutingPreferences.Sort? { resolved.stages[0].sort }
    /// How hard the call is tried.
    package var policy: RoutePolicy { resolved.policy }

    /// A candidate in its place.
    package struct Ranked: Sendable, Equatable {
        package var candidate: Candidate
        package var score: Score
        /// What this call would cost there, where it can be told. Units: 10⁻¹² USD.
        package var estimatedCost: Int128?
        /// Whether it is first only so that something is learnt of it again.
        package var isExploration = false
    }

    /// A candidate that was passed over.
    package struct Exclusion: Sendable, Equatable {
        package var candidate: Candidate
        package var reason: Reason
        /// When the reason ends by itself, where it does.
        package var until: Duration? {
            if case .obstacle(let obstacle) = reason { obstacle.until } else { nil }
        }
    }

    /// The measure by which a strategy gave a candidate its place.
    package enum Score: Sendable, Equatable {
        /// Its place in the route, from 1.
        case place(Int)
        /// Its share among the members of the route.
        case weight(Double)
        /// Start of a call to its first content, or to the end of a whole answer; nil where unknown.
        case latency(Duration?)
        /// Tokens a second; nil where unknown.
        case throughput(Double?)
        /// What the call would cost; nil where unknown. Units: 10⁻¹² USD.
        case cost(Int128?)
        case callsInFlight(Int)
        /// Where the conversation falls at this candidate, 0 ..< 1: the highest one is its home,
        /// unless that has too many calls in flight.
        case affinity(Double, callsInFlight: Int)
    }

    /// Why a candidate was passed over, in the order in which it is looked at.
    package enum Reason: Sendable, Equatable {
        /// Its provider cannot be called; with what to do about it.
        case notConfigured(String)
        /// It has a place only where the target that it stands in for is retired.
        case notNeeded(standsInFor: Target)
        /// The provider lacks the call's operation.
        case operation
        /// Its price is not known, and this gateway refuses such calls.
        case unpriced
        /// The call's `provider.ignore` lists it, …
        case ignored
        /// … `provider.only` does not, …
        case notAllowed
        /// … or `provider.order` does not, and others than those are not wanted.
        case notInOrder
        /// The model lacks what the call needs.
        case incapable(Capabilities)
        /// It costs more than the call's `provider.max_price`, or nobody knows its price.
        case tooExpensive
        /// The operator has not declared that the provider keeps nothing of the call.
        case collectsData
        /// The vendor has shut the model down.
        case retired(on: String)
        case obstacle(Obstacle)
        /// The call may need more tokens than the model's context has.
        case contextTooSmall(tokens: Int, needed: Int)
        /// The call wants the first candidate or its error.
        case fallbackForbidden
    }
}

extension RouteDecision.Reason {
    /// Snake case, stable: programs switch on it.
    package var code: String {
        switch self {
        case .notConfigured: "not_configured"
        case .notNeeded: "not_needed"
        case .operation: "unsupported_operation"
        case .unpriced: "unpriced"
        case .ignored: "ignored"
        case .notAllowed: "not_in_only"
        case .notInOrder: "not_in_order"
        case .incapable: "incapable"
        case .tooExpensive: "too_expensive"
        case .collectsData: "data_collection"
        case .retired: "retired"
        case .obstacle(let obstacle): obstacle.kind.rawValue
        case .contextTooSmall: "context_too_small"
        case .fallbackForbidden: "fallback_forbidden"
        }
    }
}

extension RouteDecision.Reason: CustomStringConvertible {
    /// One sentence for the client and the operator; no keys, no hosts.
    package var description: String {
        switch self {
        case .notConfigured(let advice): advice
        case .notNeeded(let target): "It stands in for \(target), which is not retired."
        case .operation: "Its provider does not have this operation."
        case .unpriced: "Its price is not known, and calls that cannot be priced are refused."
        case .ignored: "provider.ignore lists it."
        case .notAllowed: "provider.only does not list it."
        case .notInOrder: "provider.order does not list it, and provider.allow_fallbacks is false."
        case .incapable(let lacking): "It lacks \(lacking.names.joined(separator: ", "))."
        case .tooExpensive: "It costs more than provider.max_price, or its price is not known."
        case .collectsData: "It is not declared that its provider keeps no data."
        case .retired(let date): "It was retired on \(date)."
        case .obstacle(let obstacle): obstacle.reason
        case .contextTooSmall(let tokens, let needed):
            "Its context has \(tokens) tokens, and the call may need \(needed)."
        case .fallbackForbidden: "The call wants no fallback."
        }
    }
}

extension RouteDecision.Score: CustomStringConvertible {
    /// A few words for the operator: `320 ms`, `0.00021 USD`.
    package var description: String {
        switch self {
        case .place(let place): "place \(place)"
        case .weight(let weight): "weight \(weight)"
        case .latency(let time): time.map { "\($0.wholeMilliseconds) ms" } ?? "not measured yet"
        case .throughput(let rate):
            rate.map { "\($0 < 1e9 ? Int(max(0, $0) + 0.5) : .max) tokens/s" } ?? "not measured yet"
        case .cost(let cost): cost.map { "\(decimalText(of: $0)) USD" } ?? "unknown price"
        case .callsInFlight(let count): "\(count) in flight"
        case .affinity(let share, let count):
            "affinity 0.\(digits(of: Int(share * 1000), count: 3)), \(count) in flight"
        }
    }

    /// Units: 10⁻¹² in, 1 out.
    private func decimalText(of amount: Int128) -> String {
        let (whole, parts) = amount.quotientAndRemainder(dividingBy: 1_000_000_000_000)
        var fraction = digits(of: Int(parts), count: 12)
        while fraction.count > 2, fraction.last == "0" { fraction.removeLast() }
        return "\(whole).\(fraction)"
    }

    private func digits(of number: Int, count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
