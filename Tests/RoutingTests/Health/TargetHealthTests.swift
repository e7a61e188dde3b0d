// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Routing
import Testing

@Suite struct TargetHealthTests {
    static func streamed(
        _ firstToken: Duration, whole: Duration = .seconds(2), tokens: Int? = nil
    ) -> AttemptOutcome {
        var outcome = AttemptOutcome(.success, isStream: true)
        outcome.firstToken = firstToken
        outcome.whole = whole
        outcome.outputTokens = tokens
        return outcome
    }

    static func failed(
        _ kind: UpstreamFailure.Kind, status: Int? = nil, isQuota: Bool = false,
        retryAfter: Duration? = nil
    ) -> AttemptOutcome {
        AttemptOutcome(
            .failed(
                .init(
                    kind, status: status, isQuota: isQuota || status == 402,
                    retryAfter: retryAfter)))
    }

    /// One call from begin to end; false where it may not be made.
    @discardableResult
    static func call(
        _ health: inout TargetHealth, _ outcome: AttemptOutcome, at now: Duration = .zero
    ) -> Bool {
        guard case .permitted(let permit) = health.begin(at: now) else { return false }
        health.end(permit, outcome, at: now)
        return true
    }

    /// What five failures of each kind do: the decision of the design, as a table.
    @Test(arguments: [
        (
            UpstreamFailure.Kind.unreachable, nil as Int?,
            Obstacle.Kind.breakerOpen as Obstacle.Kind?
        ),
        (.stalled, nil, .breakerOpen), (.cut, nil, .breakerOpen), (.malformed, 200, .breakerOpen),
        (.overloaded, 529, .breakerOpen), (.server, 500, .breakerOpen),
        (.request, 400, nil), (.authentication, 401, nil),
        (.authentication, 403, .credentialRefused), (.rateLimited, 429, .rateLimited),
        (.rateLimited, 402, nil),
    ])
    func `each kind of failure has its own consequence for the target`(
        kind: UpstreamFailure.Kind, status: Int?, obstacle: Obstacle.Kind?
    ) {
        var health = TargetHealth()
        for _ in 0..<5 { Self.call(&health, Self.failed(kind, status: status)) }
        #expect(health.condition(at: .zero).obstacle?.kind == obstacle)
        if obstacle == nil { #expect(Self.call(&health, Self.failed(.request))) }
    }

    @Test func `what the client is at fault for, and calls it left, never count`() {
        var health = TargetHealth()
        for _ in 0..<100 {
            Self.call(&health, Self.failed(.request, status: 400))
            Self.call(&health, AttemptOutcome(.abandoned))
        }
        var expected = TargetCondition()
        expected.callsEnded = 200
        #expect(health.condition(at: .zero) == expected)
        #expect(health.counts.failed == [.request: 100])
        #expect(health.counts.abandoned == 100)
        #expect(health.counts.ended == 200)
    }

    @Test func `calls are in flight from their begin to their end`() throws {
        var health = TargetHealth()
        let permits = try (0..<3).map { _ in
            guard case .permitted(let permit) = health.begin(at: .zero) else {
                throw Held()
            }
            return permit
        }
        #expect(health.condition(at: .zero).callsInFlight == 3)
        for permit in permits { health.end(permit, AttemptOutcome(.abandoned), at: .zero) }
        #expect(health.condition(at: .zero).callsInFlight == 0)
    }
    struct Held: Error {}

    @Test func `a refusal for its rate is kept to for as long as it says, up to an hour`() {
        var health = TargetHealth()
        Self.call(&health, Self.failed(.rateLimited, status: 429, retryAfter: .seconds(7)))
        let obstacle = health.condition(at: .zero).obstacle
        #expect(obstacle?.kind == .rateLimited && obstacle?.until == .seconds(7))
        #expect(!Self.call(&health, Self.streamed(.zero), at: .milliseconds(6_999)))
        #expect(Self.call(&health, Self.streamed(.zero), at: .seconds(7)))
        Self.call(
            &health, Self.failed(.rateLimited, retryAfter: .seconds(1_000_000)), at: .seconds(8))
        #expect(health.condition(at: .seconds(8)).obstacle?.until == .seconds(3_608))
    }

    @Test func `refusals that name no time double it, until a call succeeds`() {
        var health = TargetHealth()
        var now = Duration.zero
        var lengths: [Duration] = []
        for _ in 0..<8 {
            Self.call(&health, Self.failed(.rateLimited, status: 429), at: now)
            let until = health.condition(at: now).obstacle?.until ?? now
            lengths.append(until - now)
            now = until
        }
        #expect(lengths == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        Self.call(&health, Self.streamed(.zero), at: now)
        Self.call(&health, Self.failed(.rateLimited, status: 429), at: now)
        #expect(health.condition(at: now).obstacle?.until == now + .seconds(1))
    }

    @Test func `many refusals at once count as one`() throws {
        var health = TargetHealth()
        let permits = (0..<20).compactMap { _ -> TargetHealth.Permit? in
            guard case .permitted(let permit) = health.begin(at: .zero) else { return nil }
            return permit
        }
        for permit in permits { health.end(permit, Self.failed(.rateLimited), at: .zero) }
        #expect(health.condition(at: .zero).obstacle?.until == .seconds(1))
    }

    @Test func `an allowance used up by a good answer is waited for`() {
        var health = TargetHealth()
        var outcome = Self.streamed(.zero)
        outcome.rateLimits = RateLimitReading(.requests, reset: .seconds(60), limit: 30)
        Self.call(&health, outcome)
        #expect(health.condition(at: .zero).obstacle?.until == .seconds(2))
        #expect(health.condition(at: .seconds(2)).obstacle == nil)
    }

    @Test(arguments: [
        (RateLimitReading(.requests, reset: .seconds(86_400), limit: 1_000), Duration.seconds(60)),
        (RateLimitReading(.requests, reset: .seconds(60), limit: 500), .milliseconds(120)),
        (RateLimitReading(.requests, reset: .seconds(19)), .seconds(19)),
        (RateLimitReading(.requests, reset: .seconds(3_000)), .seconds(60)),
        (RateLimitReading(.requests, reset: .seconds(5), limit: 0), .seconds(5)),
        (RateLimitReading(.tokens, reset: .seconds(60), limit: 200_000), .seconds(6)),
    ])
    func `the next request is not as far as the whole allowance`(
        reading: RateLimitReading, pause: Duration
    ) {
        #expect(reading.pause == pause)
    }

    @Test func `of two obstacles the longer one is told`() {
        var health = TargetHealth()
        let permits = (0..<6).compactMap { _ -> TargetHealth.Permit? in
            guard case .permitted(let permit) = health.begin(at: .zero) else { return nil }
            return permit
        }
        for permit in permits[1...] { health.end(permit, Self.failed(.server), at: .zero) }
        #expect(health.condition(at: .zero).obstacle?.kind == .breakerOpen)
        health.end(
            permits[0], Self.failed(.rateLimited, retryAfter: .seconds(9)), at: .zero)
        #expect(health.condition(at: .zero).obstacle?.kind == .rateLimited)
        #expect(health.condition(at: .zero).obstacle?.until == .seconds(9))
    }

    @Test func `a changed latency is believed after five calls`() {
        var health = TargetHealth()
        #expect(health.condition(at: .zero).firstToken == nil)
        for _ in 0..<1_000 { Self.call(&health, Self.streamed(.milliseconds(100))) }
        for _ in 0..<4 { Self.call(&health, Self.streamed(.milliseconds(900)), at: .seconds(1)) }
        #expect(health.condition(at: .zero).firstToken == .milliseconds(100))
        Self.call(&health, Self.streamed(.milliseconds(900)), at: .seconds(2))
        let condition = health.condition(at: .seconds(2))
        #expect(condition.firstToken == .milliseconds(900))
        #expect(condition.lastSample == .seconds(2))
        #expect(condition.wholeAnswer == nil, "streams are not comparable with whole answers")
    }

    @Test func `whole answers are measured to their end, and tokens by the second`() {
        var health = TargetHealth()
        var outcome = AttemptOutcome(.success)
        outcome.whole = .milliseconds(500)
        outcome.outputTokens = 40
        Self.call(&health, outcome)
        let condition = health.condition(at: .zero)
        #expect(condition.wholeAnswer == .milliseconds(500) && condition.firstToken == nil)
        #expect(condition.tokensPerSecond == 80)
    }

    @Test func `a percentile needs twenty samples and is at most 6.3 % too high`() throws {
        var health = TargetHealth()
        for number in 1...19 { Self.call(&health, Self.streamed(.milliseconds(number * 10))) }
        #expect(health.percentile95(ofStreams: true) == nil)
        for number in 20...100 { Self.call(&health, Self.streamed(.milliseconds(number * 10))) }
        let percentile = try #require(health.percentile95(ofStreams: true))
        #expect(percentile >= .milliseconds(950) && percentile <= .milliseconds(1_010))
        let summary = try #require(
            health.report(on: Candidate(Target(provider: "p", model: "m")), at: .zero).firstToken)
        #expect(summary.median >= .milliseconds(500) && summary.median <= .milliseconds(532))
        #expect(summary.percentile99 >= .milliseconds(990))
        #expect(summary.percentile99 <= .milliseconds(1_053))
    }

    @Test func `a percentile follows what changes`() throws {
        var health = TargetHealth()
        for _ in 0..<100_000 { Self.call(&health, Self.streamed(.seconds(2))) }
        for _ in 0..<6_000 { Self.call(&health, Self.streamed(.milliseconds(50))) }
        #expect(try #require(health.percentile95(ofStreams: true)) < .milliseconds(60))
    }

    @Test(arguments: [
        Duration.zero, .seconds(-1), .nanoseconds(1), .seconds(1_800), .seconds(Int64.max / 2),
    ])
    func `no latency is too odd to be counted`(latency: Duration) {
        var health = TargetHealth()
        for _ in 0..<20 { Self.call(&health, Self.streamed(latency, whole: latency, tokens: 5)) }
        #expect(health.percentile95(ofStreams: true) != nil)
    }

    @Test func `a slow answer that lost to a hedge does not hide how slow it was`() throws {
        var health = TargetHealth()
        for turn in 0..<2_000 {
            if turn % 5 == 0 {
                var lost = AttemptOutcome(.abandoned, isStream: true)
                lost.whole = .milliseconds(300)
                Self.call(&health, lost)
            } else {
                Self.call(&health, Self.streamed(.milliseconds(100)))
            }
        }
        #expect(try #require(health.percentile95(ofStreams: true)) >= .milliseconds(300))
    }

    @Test func `a client that left early says nothing of the latency`() throws {
        var health = TargetHealth()
        var left = AttemptOutcome(.abandoned, isStream: true)
        left.whole = .milliseconds(1)
        for _ in 0..<50 { Self.call(&health, left) }
        #expect(health.condition(at: .zero).firstToken == nil)
        for _ in 0..<50 { Self.call(&health, Self.streamed(.milliseconds(100))) }
        for _ in 0..<50 { Self.call(&health, left) }
        #expect(health.condition(at: .zero).firstToken == .milliseconds(100))
    }

    @Test(arguments: UInt64(1)...200)
    func `a random walk never calls what is held up, and loses no call`(seed: UInt64) {
        var dice = Dice(seed: seed)
        var health = TargetHealth()
        var now = Duration.zero
        var running: [TargetHealth.Permit] = []
        var (begun, held) = (0, 0)
        for _ in 0..<500 {
            now += .milliseconds(Int.random(in: 0...1_500, using: &dice))
            let condition = health.condition(at: now)
            #expect(condition.callsInFlight == running.count)
            #expect(condition.obstacle.map { $0.until > now } ?? true)
            if Bool.random(using: &dice) || running.isEmpty {
                switch health.begin(at: now) {
                case .permitted(let permit):
                    #expect(condition.obstacle == nil)
                    running.append(permit)
                    begun += 1
                case .held(let obstacle):
                    #expect(condition.obstacle == obstacle)
                    held += 1
                }
            } else {
                let permit = running.remove(at: Int.random(in: 0..<running.count, using: &dice))
                health.end(permit, Self.outcome(using: &dice), at: now)
            }
        }
        #expect(health.counts.ended == begun - running.count)
        #expect(held > 0 && begun > 10)
        // Whatever was, it is asked again in the end.
        for permit in running { health.end(permit, AttemptOutcome(.abandoned), at: now) }
        #expect(health.condition(at: now + .seconds(3_600)).obstacle == nil)
    }

    static func outcome(using dice: inout Dice) -> AttemptOutcome {
        let outcomes = [
            streamed(.milliseconds(Int.random(in: 0...5_000, using: &dice))),
            AttemptOutcome(.success), AttemptOutcome(.abandoned, isStream: true),
            failed(.server, status: 500), failed(.unreachable), failed(.request, status: 400),
            failed(.authentication, status: 403), failed(.rateLimited, status: 429),
            failed(.rateLimited, status: 429, retryAfter: .seconds(2)),
        ]
        return outcomes[Int.random(in: 0..<outcomes.count, using: &dice)]
    }
}
