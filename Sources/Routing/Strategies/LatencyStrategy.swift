// SPDX-License-Identifier: Apache-2.0

/// The quickest of late first: to the first content of a stream, to the end of a whole answer.
struct LatencyStrategy: RankingStrategy {
    func rank(
        _ contenders: inout [Contender], using generator: inout some RandomNumberGenerator
    ) {
        contenders.sort(using: &generator, byMeasure: \.latency, isBetter: <)
    }

    func score(of contender: Contender) -> RouteDecision.Score { .latency(contender.latency) }

    var explores: Bool { true }
}

/// The one that writes fastest of late first.
struct ThroughputStrategy: RankingStrategy {
    func rank(
        _ contenders: inout [Contender], using generator: inout some RandomNumberGenerator
    ) {
        contenders.sort(using: &generator, byMeasure: \.tokensPerSecond, isBetter: >)
    }

    func score(of contender: Contender) -> RouteDecision.Score {
        .throughput(contender.tokensPerSecond)
    }

    var explores: Bool { true }
}

extension [Contender] {
    /// Sorts by what calls have measured. One of which nothing is known goes first, so that
    /// something becomes known; while a call is finding it out it goes last, and also where a few
    /// calls have shown that it cannot be found out: they fail, or the provider does not count.
    fileprivate mutating func sort<Measure>(
        using generator: inout some RandomNumberGenerator,
        byMeasure measure: (Contender) -> Measure?, isBetter: (Measure, Measure) -> Bool
    ) {
        sort(using: &generator) { one, other in
            switch (measure(one), measure(other)) {
            case (let one?, let other?): isBetter(one, other)
            case (nil, nil): false
            case (nil, _?): one.isUntried
            case (_?, nil): !other.isUntried
            }
        }
    }
}

extension Contender {
    /// Calls after which what is not known will not be.
    private static let mostTrials = 3

    fileprivate var isUntried: Bool { callsInFlight == 0 && callsEnded < Self.mostTrials }
}
