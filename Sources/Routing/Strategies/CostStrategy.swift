// SPDX-License-Identifier: Apache-2.0

/// The cheapest for this call first; one whose price is not known last.
struct CostStrategy: RankingStrategy {
    func rank(
        _ contenders: inout [Contender], using generator: inout some RandomNumberGenerator
    ) {
        contenders.sort(using: &generator) { one, other in
            guard let cost = one.estimatedCost else { return false }
            return other.estimatedCost.map { cost < $0 } ?? true
        }
    }

    func score(of contender: Contender) -> RouteDecision.Score { .cost(contender.estimatedCost) }
}
