// SPDX-License-Identifier: Apache-2.0

/// A member of a route as its strategy sees it: an inner route by its own first candidate.
struct Contender {
    /// Its place among the members of the route, from 0.
    let place: Int
    /// Its own first candidate, and what of the order so far is its own.
    let best: Int
    let span: Range<Int>
    let weight: Double
    /// The same in every process.
    let identity: UInt64
    let callsInFlight: Int
    let callsEnded: Int
    /// To the first content of a stream, or to the end of a whole answer.
    let latency: Duration?
    let tokensPerSecond: Double?
    let lastSample: Duration?
    let estimatedCost: Int128?
    let hasCheaperCacheReads: Bool?

    init(
        member: ResolvedModel.Member, place: Int, best: Int, span: Range<Int>, view: CandidateView,
        isStream: Bool
    ) {
        self.place = place
        self.best = best
        self.span = span
        weight = member.weight
        identity = member.identity
        let condition = view.condition
        callsInFlight = condition.callsInFlight
        callsEnded = condition.callsEnded
        latency = isStream ? condition.firstToken : condition.wholeAnswer
        tokensPerSecond = condition.tokensPerSecond
        lastSample = condition.lastSample
        estimatedCost = view.estimatedCost
        hasCheaperCacheReads = view.facts.hasCheaperCacheReads
    }
}

/// One way to put the members of a route in order: a small value without a state of its own.
protocol RankingStrategy {
    /// Puts the contenders in order, the best one first.
    func rank(
        _ contenders: inout [Contender], using generator: inout some RandomNumberGenerator)

    /// The measure that gave a contender its place.
    func score(of contender: Contender) -> RouteDecision.Score

    /// Whether it goes by what calls have measured, so that others than the best need some, too.
    var explores: Bool { get }
}

extension RankingStrategy {
    var explores: Bool { false }
}

extension [Contender] {
    /// Sorts by a measure; equal ones go by their calls in flight, and then at random.
    mutating func sort(
        using generator: inout some RandomNumberGenerator,
        by isBetter: (Contender, Contender) -> Bool
    ) {
        shuffle(using: &generator)
        // Sorting by a measure alone is stable, so that those alike stay shuffled.
        sort { one, other in
            if isBetter(one, other) { return true }
            if isBetter(other, one) { return false }
            return one.callsInFlight < other.callsInFlight
        }
    }
}

extension Strategy {
    /// What follows the strategy for one call.
    func ranking(for needs: CallNeeds) -> any RankingStrategy {
        switch self {
        case .ordered: OrderedStrategy()
        case .weighted: WeightedStrategy()
        case .latency: LatencyStrategy()
        case .throughput: ThroughputStrategy()
        case .cost: CostStrategy()
        case .leastBusy: LeastBusyStrategy()
        case .affinity:
            if let conversation = needs.conversation {
                AffinityStrategy(conversation: conversation)
            } else {
                WeightedStrategy()
            }
        }
    }
}

extension RoutingPreferences.Sort {
    /// What a route goes by instead of its own strategy.
    var strategy: Strategy {
        switch self {
        case .price: .cost
        case .throughput: .throughput
        case .latency: .latency
        }
    }
}
