// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// How a candidate is doing, learned from the calls it was given.
///
/// Rules:
///  1. It is asked unless its breaker, its rate limit or the provider's refusal of the model is in
///     the way; of several obstacles the one that lasts longest is told.
///  2. Each call that was begun ends once, and is in flight until then.
///  3. Only what the provider is to answer for counts against it: not what the client has asked,
///     nor that it left.
///  4. Latencies are those of successes. One that was not waited for counts with the wait.
/// Isolation: whoever holds it; shards share it behind a lock.
package struct TargetHealth: Sendable {
    /// That a call may be made; given back by `end`.
    package struct Permit: Sendable {
        /// Nil where the call was made though it was held up.
        fileprivate let breaker: CircuitBreaker.Permit?
        fileprivate let access: CircuitBreaker.Permit?
    }

    /// Fewer latencies than this have no 95th percentile.
    private static let fewestForPercentile = 20

    private var breaker: CircuitBreaker
    private var access = CircuitBreaker(.forbiddenModel)
    private var rateLimit = RateLimitWindow()
    private var firstToken = LatencyTrack()
    private var wholeAnswer = LatencyTrack()
    private var tokensPerSecond = RecentSamples<Double>()
    private var lastSample: Duration?
    package private(set) var counts = CallCounts()
    package private(set) var callsInFlight = 0
    /// When the newest call began.
    package private(set) var lastBegin: Duration?

    package init(_ policy: BreakerPolicy = BreakerPolicy()) { breaker = CircuitBreaker(policy) }

    /// When the breaker opens from now on.
    package var policy: BreakerPolicy {
        get { breaker.policy }
        set { breaker.policy = newValue }
    }

    /// A call is to be made: its permit, or why it must not be.
    package mutating func begin(at now: Duration) -> Admission<Permit> {
        if let obstacle = obstacle(at: now) { return .held(obstacle) }
        guard let works = breaker.begin(at: now), let allowed = access.begin(at: now) else {
            preconditionFailure("a breaker without an obstacle permits a call")
        }
        callsInFlight += 1
        lastBegin = now
        return .permitted(Permit(breaker: works, access: allowed))
    }

    /// A call is made, whatever is in the way: there is nowhere else to go. It counts, but opens and
    /// closes nothing that is not closed.
    package mutating func beginAnyway(at now: Duration) -> Permit {
        callsInFlight += 1
        lastBegin = now
        return Permit(breaker: nil, access: nil)
    }

    /// What is behind the candidate's name may be another thing now: nothing is held against it.
    package mutating func forgive() {
        breaker.close()
        access.close()
        rateLimit = RateLimitWindow()
    }

    /// A call has ended.
    package mutating func end(_ permit: Permit, _ outcome: AttemptOutcome, at now: Duration) {
        precondition(callsInFlight > 0, "a permit is given back once")
        callsInFlight -= 1
        counts.count(outcome.result)
        breaker.end(permit.breaker, outcome.targetVerdict, at: now)
        access.end(permit.access, outcome.modelAccessVerdict, at: now)
        switch outcome.result {
        case .success:
            rateLimit.succeeded(outcome.rateLimits, at: now)
            measure(outcome, at: now)
        case .failed(let failure):
            guard failure.kind == .rateLimited, !failure.isQuota else { break }
            rateLimit.refused(retryAfter: failure.retryAfter, outcome.rateLimits, at: now)
        case .abandoned:
            guard outcome.isStream, outcome.firstToken == nil, let wait = outcome.whole else {
                break
            }
            if firstToken.abandoned(after: wait) { lastSample = now }
        }
    }

    private mutating func measure(_ outcome: AttemptOutcome, at now: Duration) {
        lastSample = now
        if outcome.isStream {
            if let latency = outcome.firstToken { firstToken.record(latency) }
        } else if let latency = outcome.whole {
            wholeAnswer.record(latency)
        }
        // Over the whole answer, not from the first token on: some providers send all at once.
        if let tokens = outcome.outputTokens, tokens > 0, let whole = outcome.whole, whole > .zero {
            tokensPerSecond.record(Double(tokens) / (whole / .seconds(1)))
        }
    }

    private func obstacle(at now: Duration) -> Obstacle? {
        var longest = breaker.obstacle(
            .breakerOpen, at: now, reason: "too many of its last calls failed")
        if let until = rateLimit.end(at: now), until > longest?.until ?? now {
            longest = Obstacle(
                .rateLimited, until: until, reason: "the provider's rate limit is used up")
        }
        if let refused = access.obstacle(
            .credentialRefused, at: now, reason: "the provider keeps the model from the credential"),
            refused.until > longest?.until ?? now
        {
            longest = refused
        }
        return longest
    }

    /// How it does now.
    package func condition(at now: Duration) -> TargetCondition {
        var condition = TargetCondition()
        condition.obstacle = obstacle(at: now)
        condition.callsInFlight = callsInFlight
        condition.firstToken = firstToken.recent.median
        condition.wholeAnswer = wholeAnswer.recent.median
        condition.tokensPerSecond = tokensPerSecond.median
        condition.lastSample = lastSample
        condition.callsEnded = counts.ended
        return condition
    }

    /// What 95 of 100 calls need at most: streams to their first content, others to their end. Nil
    /// with fewer than 20 known.
    package func percentile95(ofStreams: Bool) -> Duration? {
        let latencies = (ofStreams ? firstToken : wholeAnswer).latencies
        return latencies.count < Self.fewestForPercentile ? nil : latencies.quantile(percent: 95)
    }

    /// All of it, for people.
    package func report(on candidate: Candidate, at now: Duration) -> TargetReport {
        TargetReport(
            candidate: candidate, condition: condition(at: now),
            breaker: breaker.state(at: now).name, counts: counts,
            firstToken: LatencySummary(firstToken.latencies),
            wholeAnswer: LatencySummary(wholeAnswer.latencies))
    }
}
