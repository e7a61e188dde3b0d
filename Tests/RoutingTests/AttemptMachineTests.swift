// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Routing
import Testing

@Suite struct AttemptMachineTests {
    /// A machine with what is passed to it.
    struct Trial {
        var machine: AttemptMachine
        var budget = RetryBudget()
        var generator = SystemRandomNumberGenerator()
        var now: Duration = .seconds(1_000)
        /// Those that run, the oldest first.
        var running: [Candidate] = []

        init(
            _ candidates: [Candidate], deadline: Duration? = nil,
            _ change: (inout RoutePolicy) -> Void = { _ in }
        ) {
            var policy = RoutePolicy()
            change(&policy)
            let moment = deadline.map { Duration.seconds(1_000) + $0 }
            machine = AttemptMachine(
                candidates: candidates,
                fallbacks: [
                    .contextLength: policy.contextFallbacks.map { Candidate($0) },
                    .contentFilter: policy.filterFallbacks.map { Candidate($0) },
                ], policy: policy, deadline: moment)
        }

        mutating func begin() -> AttemptMachine.Action { follow(machine.begin()) }

        mutating func failed(_ failure: UpstreamFailure) -> AttemptMachine.Action {
            let candidate = running.removeFirst()
            return follow(
                machine.failed(
                    failure, at: candidate, now: now, budget: &budget, using: &generator))
        }

        mutating func goOn(
            _ failure: UpstreamFailure, where isAble: (Candidate) -> Bool = { _ in true }
        ) -> AttemptMachine.Action? {
            let action = machine.goOn(
                after: failure, at: running[0], budget: &budget, where: isAble)
            guard let action else { return nil }
            running.removeFirst()
            return follow(action)
        }

        mutating func passedOver(until moment: Duration? = nil) -> AttemptMachine.Action? {
            let candidate = running.removeLast()
            return machine.passedOver(
                candidate, until: moment.map { now + $0 }, now: now, budget: &budget,
                using: &generator
            ).map { follow($0) }
        }

        mutating func waited(_ duration: Duration) -> AttemptMachine.Action {
            now += duration
            return follow(machine.waited())
        }

        mutating func hedge(_ hedges: inout RetryBudget) -> Candidate? {
            let candidate = machine.hedge(budget: &hedges)
            if let candidate { running.append(candidate) }
            return candidate
        }

        private mutating func follow(_ action: AttemptMachine.Action) -> AttemptMachine.Action {
            if case .send(let candidate, _) = action { running.append(candidate) }
            return action
        }
    }

    static func failure(
        _ retry: UpstreamFailure.Retry = .elsewhere, _ kind: UpstreamFailure.Kind = .server,
        _ reason: UpstreamFailure.Reason? = nil, after seconds: Int? = nil
    ) -> UpstreamFailure {
        UpstreamFailure(
            kind: kind, retry: retry, reason: reason,
            error: APIError(
                status: 502, kind: .upstream, code: "x", message: "x", retryAfterSeconds: seconds),
            detail: "x")
    }
    static let candidates = (0..<3).map { Candidate(Target(provider: "p\($0)", model: "m")) }
    let candidates = Self.candidates

    @Test func `each candidate is tried once, in order, and then it gives up`() {
        var trial = Trial(candidates) { $0.retries.limit = 0 }
        #expect(trial.begin() == .send(candidates[0], .first))
        #expect(trial.failed(Self.failure()) == .send(candidates[1], .failover))
        #expect(trial.failed(Self.failure()) == .send(candidates[2], .failover))
        #expect(trial.failed(Self.failure()) == .giveUp(Self.failure()))
    }

    @Test func `a failure that is the client's own is not tried elsewhere`() {
        var trial = Trial(candidates)
        _ = trial.begin()
        #expect(trial.failed(Self.failure(.never)) == .giveUp(Self.failure(.never)))
    }

    @Test func `nothing is tried after the commit point`() {
        var trial = Trial(candidates)
        _ = trial.begin()
        trial.machine.committed()
        #expect(trial.failed(Self.failure()) == .giveUp(Self.failure()))
    }

    @Test func `a target that cannot be asked is passed over`() {
        var trial = Trial(candidates) { $0.retries.limit = 0 }
        _ = trial.begin()
        #expect(trial.passedOver() == .send(candidates[1], .first))
        #expect(trial.failed(Self.failure()) == .send(candidates[2], .failover))
        #expect(trial.passedOver() == .giveUp(Self.failure()))
    }

    @Test func `where no target can be asked, there is nothing to tell but that`() {
        var trial = Trial(candidates)
        _ = trial.begin()
        #expect(trial.passedOver() == .send(candidates[1], .first))
        #expect(trial.passedOver() == .send(candidates[2], .first))
        #expect(trial.passedOver() == nil)
    }

    // MARK: Retries

    @Test func `a candidate that is held up for a moment is waited for, once`() {
        var trial = Trial(Array(candidates.prefix(1)))
        #expect(trial.begin() == .send(candidates[0], .first))
        #expect(trial.passedOver(until: .seconds(1)) == .wait(.seconds(1)))
        #expect(trial.waited(.seconds(1)) == .send(candidates[0], .first))
        #expect(trial.passedOver(until: .seconds(1)) == nil)
        #expect(trial.budget == RetryBudget())
    }

    @Test func `one that is held up for longer than the policy waits is passed over`() {
        var trial = Trial(Array(candidates.prefix(1)))
        #expect(trial.begin() == .send(candidates[0], .first))
        #expect(trial.passedOver(until: .seconds(6)) == nil)
    }

    @Test(arguments: 0..<50)
    func `a round of retries waits by chance, up to twice as long as the one before`(seed: Int) {
        var trial = Trial([candidates[0]]) {
            $0.retries.limit = 4
            $0.retries.base = .milliseconds(100)
            $0.retries.longest = .milliseconds(300)
        }
        _ = trial.begin()
        for most in [100, 200, 300, 300] {
            var action = trial.failed(Self.failure())
            if case .wait(let duration) = action {
                #expect(duration > .zero && duration <= .milliseconds(most))
                action = trial.waited(duration)
            }
            #expect(action == .send(candidates[0], .retry))
        }
        #expect(trial.failed(Self.failure()) == .giveUp(Self.failure()))
    }

    @Test func `only those that may have recovered are tried again, in their order`() {
        var trial = Trial(candidates) { $0.retries.base = .zero }
        _ = trial.begin()
        _ = trial.failed(Self.failure(.elsewhere, .stalled))
        _ = trial.failed(Self.failure(.elsewhere, .authentication))
        #expect(
            trial.failed(Self.failure(.elsewhere, .overloaded)) == .send(candidates[0], .retry))
        #expect(trial.failed(Self.failure()) == .send(candidates[2], .retry))
        #expect(trial.failed(Self.failure()) == .giveUp(Self.failure()))
    }

    @Test(arguments: [
        failure(.elsewhere, .authentication), failure(.elsewhere, .request),
        failure(.elsewhere, .rateLimited, .quota), failure(.elsewhere, .rateLimited, after: 6),
    ])
    func `a failure that does not pass is not tried again`(failure: UpstreamFailure) {
        var trial = Trial([candidates[0]])
        _ = trial.begin()
        #expect(trial.failed(failure) == .giveUp(failure))
    }

    @Test func `a provider that says when to come back is not asked before`() {
        var trial = Trial(candidates) { $0.retries.base = .zero }
        _ = trial.begin()
        _ = trial.failed(Self.failure(.elsewhere, .rateLimited, after: 3))
        _ = trial.failed(Self.failure(.elsewhere, .rateLimited, after: 2))
        // The third one is asked at once, then the second, then the first.
        #expect(trial.failed(Self.failure()) == .send(candidates[2], .retry))
        #expect(trial.failed(Self.failure()) == .wait(.seconds(2)))
        #expect(trial.waited(.seconds(2)) == .send(candidates[1], .retry))
        #expect(trial.failed(Self.failure()) == .wait(.seconds(1)))
        #expect(trial.waited(.seconds(1)) == .send(candidates[0], .retry))
    }

    @Test func `no wait leads to the deadline`() {
        var trial = Trial([candidates[0]], deadline: .seconds(2))
        _ = trial.begin()
        let failure = Self.failure(.elsewhere, .rateLimited, after: 2)
        #expect(trial.failed(failure) == .giveUp(failure))
    }

    @Test func `an empty budget refuses retries and no failover`() {
        var trial = Trial(candidates)
        while trial.budget.withdraw() {}
        _ = trial.begin()
        #expect(trial.failed(Self.failure()) == .send(candidates[1], .failover))
        #expect(trial.failed(Self.failure()) == .send(candidates[2], .failover))
        #expect(trial.failed(Self.failure()) == .giveUp(Self.failure()))
    }

    @Test func `every attempt but the first is taken from the budget`() {
        var trial = Trial(candidates) { $0.retries.base = .zero }
        _ = trial.begin()
        for _ in 0..<5 { _ = trial.failed(Self.failure()) }
        #expect(trial.budget.tokens == 5)
    }

    @Test func `without a share of the budget nothing is retried`() {
        var trial = Trial([candidates[0]]) { $0.retries.budgetShare = 0 }
        _ = trial.begin()
        #expect(trial.failed(Self.failure()) == .giveUp(Self.failure()))
    }

    // MARK: Fallbacks

    let large = [Target(provider: "l0", model: "m"), Target(provider: "l1", model: "m")]

    @Test func `an input that is too long goes to the fallbacks for that, and to no others`() {
        var trial = Trial(candidates) { $0.contextFallbacks = large }
        let failure = Self.failure(.never, .request, .contextLength)
        _ = trial.begin()
        #expect(trial.failed(failure) == .send(Candidate(large[0]), .failover))
        #expect(trial.failed(failure) == .send(Candidate(large[1]), .failover))
        #expect(trial.failed(failure) == .giveUp(failure))
    }

    @Test func `a filtered call that then is too long goes on, and not around`() {
        var trial = Trial([candidates[0]]) {
            $0.contextFallbacks = [large[0]]
            $0.filterFallbacks = [large[1]]
        }
        let filtered = Self.failure(.never, .request, .contentFilter)
        let tooLong = Self.failure(.never, .request, .contextLength)
        _ = trial.begin()
        #expect(trial.failed(filtered) == .send(Candidate(large[1]), .failover))
        #expect(trial.failed(tooLong) == .send(Candidate(large[0]), .failover))
        #expect(trial.failed(filtered) == .giveUp(filtered))
    }

    @Test func `a fallback that fails is tried again as any other`() {
        var trial = Trial([candidates[0]]) {
            $0.contextFallbacks = [large[0]]
            $0.retries.base = .zero
        }
        _ = trial.begin()
        _ = trial.failed(Self.failure(.never, .request, .contextLength))
        #expect(trial.failed(Self.failure()) == .send(Candidate(large[0]), .retry))
    }

    @Test func `without fallbacks the client is told`() {
        var trial = Trial(candidates)
        let failure = Self.failure(.never, .request, .contextLength)
        _ = trial.begin()
        #expect(trial.failed(failure) == .giveUp(failure))
    }

    // MARK: Hedges

    @Test func `a second attempt goes to the next candidate, once`() {
        var trial = Trial(candidates) { $0.hedge = HedgePolicy() }
        var hedges = RetryBudget()
        _ = trial.begin()
        #expect(trial.hedge(&hedges) == candidates[1])
        #expect(hedges.tokens == 9)
        #expect(trial.hedge(&hedges) == nil)
    }

    @Test func `one that fails leaves the call to the other, and both to the next`() {
        var trial = Trial(candidates) { $0.hedge = HedgePolicy() }
        var hedges = RetryBudget()
        _ = trial.begin()
        _ = trial.hedge(&hedges)
        #expect(trial.failed(Self.failure(.never)) == .goOn)
        #expect(trial.failed(Self.failure()) == .send(candidates[2], .failover))
    }

    @Test func `the winner's failure ends the call`() {
        var trial = Trial(candidates) { $0.hedge = HedgePolicy() }
        var hedges = RetryBudget()
        _ = trial.begin()
        _ = trial.hedge(&hedges)
        trial.machine.committed()
        #expect(trial.failed(Self.failure()) == .giveUp(Self.failure()))
    }

    @Test func `there is no second attempt without a policy, a budget or a candidate`() {
        var hedges = RetryBudget()
        var trial = Trial(candidates)
        _ = trial.begin()
        #expect(trial.hedge(&hedges) == nil)
        trial = Trial([candidates[0]]) { $0.hedge = HedgePolicy() }
        _ = trial.begin()
        #expect(trial.hedge(&hedges) == nil)
        while hedges.withdraw() {}
        trial = Trial(candidates) { $0.hedge = HedgePolicy() }
        _ = trial.begin()
        #expect(trial.hedge(&hedges) == nil)
    }

    // MARK: Walks

    @Test(arguments: 0..<500)
    func `a random walk keeps to its bounds`(seed: Int) {
        var generator = SystemRandomNumberGenerator()
        func chance(_ n: Int) -> Bool { Int.random(in: 0..<n, using: &generator) == 0 }
        let limit = Int.random(in: 0...2, using: &generator)
        var trial = Trial(candidates) {
            $0.retries.limit = limit
            $0.hedge = HedgePolicy()
            $0.contextFallbacks = large
            $0.resume = chance(2) ? .prefill : .off
        }
        var hedges = RetryBudget()
        var sent: [Candidate: Int] = [:]
        var isCommitted = false
        var action = trial.begin()
        var steps = 0
        walk: while true {
            steps += 1
            #expect(steps < 100)
            switch action {
            case .giveUp: break walk
            case .wait(let duration):
                #expect(duration > .zero && duration <= .seconds(5) && trial.running.isEmpty)
                action = trial.waited(duration)
                continue
            case .send(let candidate, _):
                #expect(!isCommitted && trial.running.count == 1)
                sent[candidate, default: 0] += 1
            case .goOn:
                #expect(trial.running.count == 1)
            }
            if trial.running.count == 1, chance(3), let candidate = trial.hedge(&hedges) {
                sent[candidate, default: 0] += 1
            }
            if chance(6) {
                isCommitted = true
                trial.machine.committed()
            }
            let failure =
                chance(4)
                ? Self.failure(.never, .request, chance(2) ? .contextLength : nil)
                : Self.failure(.elsewhere, .rateLimited, after: chance(3) ? 2 : nil)
            action = trial.failed(failure)
            if isCommitted { #expect(action == .giveUp(failure)) }
        }
        #expect(sent.values.allSatisfy { $0 <= limit + 1 })
        trial.running = [candidates[0]]
        #expect(trial.failed(Self.failure()) == .giveUp(Self.failure()))
    }
}
