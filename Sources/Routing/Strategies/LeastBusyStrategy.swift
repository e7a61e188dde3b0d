// SPDX-License-Identifier: Apache-2.0

/// The one with the fewest calls in flight first.
struct LeastBusyStrategy: RankingStrategy {
    func rank(
        _ contenders: inout [Contender], using generator: inout some RandomNumberGenerator
    ) {
        contenders.sort(using: &generator) { _, _ in false }
    }

    func score(of contender: Contender) -> RouteDecision.Score {
        .callsInFlight(contender.callsInFlight)
    }
}
