// SPDX-License-Identifier: Apache-2.0

/// A random order in which each is the first of those left by its share of their weights.
///
/// Complexity: O(n²) in the members of the route.
struct WeightedStrategy: RankingStrategy {
    func rank(
        _ contenders: inout [Contender], using generator: inout some RandomNumberGenerator
    ) {
        contenders[...].shuffleByWeight(using: &generator)
    }

    func score(of contender: Contender) -> RouteDecision.Score { .weight(contender.weight) }
}

extension ArraySlice<Contender> {
    /// Draws without putting back.
    mutating func shuffleByWeight(using generator: inout some RandomNumberGenerator) {
        var left = reduce(0) { $0 + $1.weight }
        for place in indices.dropLast() {
            var ticket = Double.random(in: 0..<1, using: &generator) * left
            var drawn = place
            while drawn < endIndex - 1, ticket >= self[drawn].weight {
                ticket -= self[drawn].weight
                drawn += 1
            }
            left -= self[drawn].weight
            swapAt(place, drawn)
        }
    }
}
