// SPDX-License-Identifier: Apache-2.0

/// As the configuration lists them.
struct OrderedStrategy: RankingStrategy {
    func rank(
        _ contenders: inout [Contender], using generator: inout some RandomNumberGenerator
    ) {}

    func score(of contender: Contender) -> RouteDecision.Score { .place(contender.place + 1) }
}
