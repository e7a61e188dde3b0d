// SPDX-License-Identifier: Apache-2.0
import Routing
import Testing

@Suite struct CircuitBreakerTests {
    /// A breaker and the time, for tables of what happens.
    struct Bench {
        var breaker = CircuitBreaker()
        var now: Duration = .zero

        mutating func call(_ verdict: CircuitBreaker.Verdict, after wait: Duration = .zero) {
            now += wait
            guard let permit = breaker.begin(at: now) else { return }
            breaker.end(permit, verdict, at: now)
        }

        /// A call that goes on.
        mutating func begin(at now: Duration) throws -> CircuitBreaker.Permit {
            let permit = breaker.begin(at: now)
            return try #require(permit)
        }

        var state: CircuitBreaker.State { breaker.state(at: now) }
    }

    @Test func `five failures in a row open it for five seconds`() {
        var bench = Bench()
        for _ in 0..<4 { bench.call(.failure) }
        #expect(bench.state == .closed)
        bench.call(.failure)
        #expect(bench.state == .open(until: .seconds(5)))
        #expect(bench.breaker.begin(at: .milliseconds(4_999)) == nil)
        #expect(bench.breaker.begin(at: .seconds(5))?.isProbe == true)
    }

    @Test func `half of ten calls open it, and of nine do not`() {
        var bench = Bench()
        for turn in 0..<9 { bench.call(turn.isMultiple(of: 2) ? .failure : .success) }
        #expect(bench.state == .closed)
        bench.call(.success)
        #expect(bench.state == .closed, "a success opens nothing, whatever the share")
        bench.call(.failure)
        #expect(bench.state == .open(until: .seconds(5)))
    }

    @Test func `a share below the limit leaves it closed, for however long`() {
        var bench = Bench()
        for turn in 0..<10_000 {
            bench.call(turn % 5 < 3 ? .success : .failure, after: .milliseconds(7))
        }
        #expect(bench.state == .closed)
    }

    @Test func `failures older than the window do not count`() {
        var bench = Bench()
        for _ in 0..<4 { bench.call(.failure) }
        bench.call(.success)
        for _ in 0..<4 { bench.call(.failure) }
        // 8 of 9 failed; the tenth call comes when that is past.
        bench.call(.success, after: .seconds(31))
        bench.call(.failure)
        #expect(bench.state == .closed)
    }

    @Test func `calls without a verdict count for nothing`() {
        var bench = Bench()
        for _ in 0..<4 { bench.call(.failure) }
        for _ in 0..<100 { bench.call(.none) }
        #expect(bench.state == .closed)
        bench.call(.failure)
        #expect(bench.state == .open(until: .seconds(5)))
    }

    @Test func `half open, two probes at once and two successes close it`() throws {
        var bench = Bench()
        for _ in 0..<5 { bench.call(.failure) }
        let now = Duration.seconds(5)
        let first = try bench.begin(at: now)
        let second = try bench.begin(at: now)
        #expect(bench.breaker.begin(at: now) == nil)
        bench.breaker.end(first, .none, at: now)
        // A lost probe makes room.
        let third = try bench.begin(at: now)
        bench.breaker.end(second, .success, at: now)
        #expect(bench.breaker.state(at: now) == .halfOpen)
        bench.breaker.end(third, .success, at: now)
        #expect(bench.breaker.state(at: now) == .closed)
    }

    @Test func `each failed probe doubles the time, up to two minutes`() {
        var bench = Bench()
        for _ in 0..<5 { bench.call(.failure) }
        var lengths: [Duration] = []
        for _ in 0..<7 {
            guard case .open(let until) = bench.state else { break }
            lengths.append(until - bench.now)
            bench.now = until
            bench.call(.failure)
        }
        #expect(lengths == [5, 10, 20, 40, 80, 120, 120].map { .seconds($0) })
    }

    @Test(arguments: [(Duration.seconds(30), Duration.seconds(10)), (.seconds(31), .seconds(5))])
    func `opening soon after closing goes on doubling, later it starts afresh`(
        wait: Duration, length: Duration
    ) {
        var bench = Bench()
        for _ in 0..<5 { bench.call(.failure) }
        bench.call(.success, after: .seconds(5))
        bench.call(.success)
        #expect(bench.state == .closed)
        bench.call(.failure, after: wait)
        for _ in 0..<4 { bench.call(.failure) }
        #expect(bench.state == .open(until: bench.now + length))
    }

    @Test func `what was begun before a change of state changes nothing`() throws {
        var bench = Bench()
        let late = try (0..<10).map { _ in try bench.begin(at: .zero) }
        for _ in 0..<5 { bench.call(.failure) }
        for permit in late[..<3] { bench.breaker.end(permit, .success, at: .seconds(1)) }
        #expect(bench.breaker.state(at: .seconds(1)) == .open(until: .seconds(5)))
        bench.call(.success, after: .seconds(5))
        bench.call(.success)
        for permit in late[3...] { bench.breaker.end(permit, .failure, at: bench.now) }
        #expect(bench.state == .closed)
    }

    @Test(arguments: UInt64(1)...300)
    func `a random walk keeps to the rules`(seed: UInt64) {
        var dice = Dice(seed: seed)
        var policy = BreakerPolicy()
        policy.calls = Int.random(in: 1...20, using: &dice)
        policy.consecutive = Int.random(in: 1...8, using: &dice)
        policy.share = Double.random(in: 0.1...1, using: &dice)
        policy.probes = Int.random(in: 1...4, using: &dice)
        policy.successes = Int.random(in: 1...4, using: &dice)
        var walk = Walk(policy)
        for _ in 0..<400 {
            walk.now += .milliseconds(Int.random(in: 0...3_000, using: &dice))
            if Bool.random(using: &dice) || walk.running.isEmpty {
                walk.begin()
            } else {
                let index = Int.random(in: 0..<walk.running.count, using: &dice)
                let verdicts = [CircuitBreaker.Verdict.success, .failure, .none]
                walk.end(index, verdicts[Int.random(in: 0..<3, using: &dice)])
            }
        }
        walk.recover()
    }

    /// A breaker under a walk, with what it must keep to.
    struct Walk {
        let policy: BreakerPolicy
        var breaker: CircuitBreaker
        var now: Duration = .seconds(1)
        var running: [CircuitBreaker.Permit] = []
        /// Probes of the current half-open time.
        var probes: [CircuitBreaker.Permit] = []

        init(_ policy: BreakerPolicy) {
            self.policy = policy
            breaker = CircuitBreaker(policy)
        }

        mutating func begin() {
            let before = breaker.state(at: now)
            let permits = breaker.permits(at: now)
            let permit = breaker.begin(at: now)
            #expect((permit != nil) == permits)
            switch before {
            case .closed: #expect(permit?.isProbe == false)
            case .open: #expect(permit == nil)
            case .halfOpen: #expect((permit?.isProbe == true) == (probes.count < policy.probes))
            }
            #expect(breaker.state(at: now) == before)
            guard let permit else { return }
            running.append(permit)
            if permit.isProbe { probes.append(permit) }
        }

        mutating func end(_ index: Int, _ verdict: CircuitBreaker.Verdict) {
            let permit = running.remove(at: index)
            let before = breaker.state(at: now)
            breaker.end(permit, verdict, at: now)
            let after = breaker.state(at: now)
            if let place = probes.firstIndex(of: permit) { probes.remove(at: place) }
            guard before != after else { return }
            probes = []
            switch after {
            case .halfOpen: Issue.record("only time makes it half open")
            case .closed: #expect(before == .halfOpen && verdict == .success && permit.isProbe)
            case .open(let until):
                #expect(verdict == .failure)
                #expect(permit.isProbe == (before == .halfOpen))
                #expect(until - now >= policy.open && until - now <= policy.longest)
            }
        }

        /// From wherever it is, patience and successes close it.
        mutating func recover() {
            while !running.isEmpty { end(0, .none) }
            now += policy.longest
            for _ in 0..<policy.successes {
                begin()
                if !running.isEmpty { end(0, .success) }
            }
            #expect(breaker.state(at: now) == .closed)
        }
    }
}
