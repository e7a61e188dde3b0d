// SPDX-License-Identifier: Apache-2.0
import Accounting
import Testing

@Suite struct LimitBookTests {
    private func book(_ limits: Limits) -> LimitBook {
        var book = LimitBook()
        book.replaceLimits(with: [.key("k"): limits])
        return book
    }

    @Test func `waiting as long as told is long enough, and a second less is not`() throws {
        var book = book(Limits(requestsPerMinute: 2))
        _ = try book.admit(tokens: 0, for: [.key("k")], at: .milliseconds(10_900))
        _ = try book.admit(tokens: 0, for: [.key("k")], at: .milliseconds(20_100))
        let now = Duration.milliseconds(30_250)
        let refusal = try #require(
            #expect(throws: LimitRefusal.self) {
                try book.admit(tokens: 0, for: [.key("k")], at: now)
            })
        #expect(refusal.kind == .requests)
        #expect(refusal.used == 2)
        #expect(refusal.retryAfter == .milliseconds(39_750))
        #expect(refusal.retryAfterSeconds == 40)
        let wait = try #require(refusal.retryAfter)
        #expect(throws: LimitRefusal.self) {
            var copy = book
            _ = try copy.admit(tokens: 0, for: [.key("k")], at: now + wait - .seconds(1))
        }
        #expect(throws: LimitRefusal.self) {
            var copy = book
            _ = try copy.admit(tokens: 0, for: [.key("k")], at: now + wait - .nanoseconds(1))
        }
        _ = try book.admit(tokens: 0, for: [.key("k")], at: now + wait)
    }

    @Test func `sixty a minute is one every second, for ever`() throws {
        var book = book(Limits(requestsPerMinute: 60))
        for second in 0..<300 {
            _ = try book.admit(tokens: 0, for: [.key("k")], at: .seconds(second))
        }
    }

    @Test func `tokens are reserved, and corrected to what was used`() throws {
        var book = book(Limits(tokensPerMinute: 100))
        let grant = try book.admit(tokens: 80, for: [.key("k")], at: .seconds(1))
        #expect(throws: LimitRefusal.self) {
            try book.admit(tokens: 21, for: [.key("k")], at: .seconds(2))
        }
        let settled = [true, false].map { _ in book.settle(grant, tokens: 30, at: .seconds(3)) }
        #expect(settled == [true, false])
        let second = try book.admit(tokens: 70, for: [.key("k")], at: .seconds(4))
        let isReleased = book.release(second, at: .seconds(5))
        #expect(isReleased)
        let third = try book.admit(tokens: 70, for: [.key("k")], at: .seconds(6))
        // More than was reserved: the minute stands above its limit, and nothing else is let in.
        _ = book.settle(third, tokens: 90, at: .seconds(7))
        let refusal = #expect(throws: LimitRefusal.self) {
            try book.admit(tokens: 0, for: [.key("k")], at: .seconds(8))
        }
        #expect(refusal?.used == 120)
        #expect(refusal?.retryAfter == .seconds(53))
    }

    @Test func `what is beyond a limit is told without a time`() {
        var book = book(Limits(tokensPerMinute: 100))
        let refusal = #expect(throws: LimitRefusal.self) {
            try book.admit(tokens: 101, for: [.key("k")], at: .zero)
        }
        #expect(refusal?.isBeyondLimit == true)
        #expect(refusal?.retryAfter == nil)
        #expect(refusal?.retryAfterSeconds == nil)
    }

    @Test func `so many calls at once and no more`() throws {
        var book = book(Limits(concurrentCalls: 1))
        let grant = try book.admit(tokens: 5, for: [.key("k"), .key("k")], at: .zero)
        let refusal = #expect(throws: LimitRefusal.self) {
            try book.admit(tokens: 5, for: [.key("k")], at: .seconds(600))
        }
        #expect(refusal?.kind == .concurrency)
        #expect(refusal?.isBeyondLimit == false)
        _ = book.settle(grant, tokens: 5, at: .seconds(600))
        _ = try book.admit(tokens: 5, for: [.key("k")], at: .seconds(600))
    }

    @Test func `limits that change keep what was used`() throws {
        var book = book(Limits(requestsPerMinute: 1, concurrentCalls: 1))
        let grant = try book.admit(tokens: 5, for: [.key("k")], at: .zero)
        book.replaceLimits(with: [:])
        _ = try book.admit(tokens: 5, for: [.key("k")], at: .zero)
        _ = book.settle(grant, tokens: 5, at: .zero)
        book.replaceLimits(with: [.key("k"): Limits(concurrentCalls: 2)])
        _ = try book.admit(tokens: 5, for: [.key("k")], at: .zero)
        #expect(throws: LimitRefusal.self) {
            try book.admit(tokens: 5, for: [.key("k")], at: .zero)
        }
    }

    @Test func `answers tell of the limit with the least left`() throws {
        var book = LimitBook()
        book.replaceLimits(with: [
            .key("k"): Limits(requestsPerMinute: 10, tokensPerMinute: 1_000),
            .team("t"): Limits(requestsPerMinute: 5),
        ])
        let scopes: [BudgetScope] = [.key("k"), .team("t"), .route("r")]
        _ = try book.admit(tokens: 300, for: scopes, at: .milliseconds(500))
        _ = try book.admit(tokens: 200, for: scopes, at: .milliseconds(2_500))
        let allowances = book.allowances(for: scopes, at: .milliseconds(3_250))
        #expect(
            allowances.fields.map { "\($0.name): \($0.value)" } == [
                "x-ratelimit-limit-requests: 5", "x-ratelimit-remaining-requests: 3",
                "x-ratelimit-reset-requests: 58.75s", "x-ratelimit-limit-tokens: 1000",
                "x-ratelimit-remaining-tokens: 500", "x-ratelimit-reset-tokens: 58.75s",
            ])
        #expect(book.allowances(for: scopes, at: .seconds(62)).requests?.reset == .zero)
        #expect(book.allowances(for: [.route("r")], at: .zero).fields.isEmpty)
    }

    @Test(
        arguments: [
            (.zero, "0s"), (.milliseconds(120), "120ms"), (.nanoseconds(1), "1ms"),
            (.seconds(1), "1s"), (.seconds(60), "1m0s"), (.milliseconds(60_020), "1m0.02s"),
            (.milliseconds(8_640), "8.64s"), (.microseconds(999_001), "1s"),
        ] as [(Duration, String)])
    func `a reset is written as OpenAI writes it`(reset: Duration, text: String) {
        #expect(LimitAllowance(limit: 1, remaining: 1, reset: reset).resetText == text)
    }

    /// Against a list of all calls, which is added up anew each time.
    @Test func `random traffic is let in exactly where a list of it has room`() throws {
        for seed in 0..<500 as Range<UInt64> {
            var walk = LimitWalk(seed: seed)
            for _ in 0..<120 { try walk.step() }
            if let problem = walk.problem {
                Issue.record("seed \(seed): \(problem)")
                return
            }
        }
    }
}

/// A book beside a list of the calls that it let in.
private struct LimitWalk {
    struct Call {
        var grant: LimitGrant
        var second: Int64
        var tokens: Int
        var scopes: [BudgetScope]
        var isOpen = true
    }

    private var generator: SeededGenerator
    private var now = Duration.zero
    private var book = LimitBook()
    private let limits: [BudgetScope: Limits]
    private var calls: [Call] = []
    private(set) var problem: String?

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        limits = [
            .key("a"): Limits(
                requestsPerMinute: .random(in: 1...12, using: &generator),
                tokensPerMinute: .random(in: 100...600, using: &generator)),
            .team("t"): Limits(
                tokensPerMinute: .random(in: 100...900, using: &generator),
                concurrentCalls: .random(in: 1...6, using: &generator)),
            .target("p/m"): Limits(requestsPerMinute: .random(in: 5...20, using: &generator)),
        ]
        book.replaceLimits(with: limits)
    }

    mutating func step() throws {
        now += .milliseconds(Int.random(in: 0..<4_000, using: &generator))
        if Int.random(in: 0..<30, using: &generator) == 0 { now += .seconds(70) }
        let open = calls.indices.filter { calls[$0].isOpen }
        if Bool.random(using: &generator), let index = open.randomElement(using: &generator) {
            return end(index)
        }
        var scopes: [BudgetScope] = [.key("a"), .team("t"), .target("p/m"), .route("r")]
        scopes.removeAll { _ in Int.random(in: 0..<4, using: &generator) == 0 }
        let tokens = Int.random(in: 0...200, using: &generator)
        let hasRoom = hasRoom(tokens: tokens, for: scopes, at: now, besides: true)
        do throws(LimitRefusal) {
            let grant = try book.admit(tokens: tokens, for: scopes, at: now)
            if !hasRoom { problem = "let in without room" }
            calls.append(
                Call(
                    grant: grant, second: now.components.seconds, tokens: tokens, scopes: scopes))
        } catch {
            if hasRoom { problem = "refused with room: \(error)" }
            check(error, tokens: tokens, for: scopes)
        }
    }

    /// Waiting exactly as long as told is long enough, and a second less is not.
    private mutating func check(_ refusal: LimitRefusal, tokens: Int, for scopes: [BudgetScope]) {
        guard let wait = refusal.retryAfter else {
            let isFull = refusal.kind == .concurrency || refusal.isBeyondLimit
            if !isFull { problem = "no time is told: \(refusal)" }
            return
        }
        if !hasRoom(tokens: tokens, for: scopes, at: now + wait, besides: false) {
            problem = "\(wait) is too short: \(refusal)"
        }
        let sooner = now + wait - .seconds(1)
        if hasRoom(tokens: tokens, for: scopes, at: sooner, besides: false) {
            problem = "\(wait) is too long: \(refusal)"
        }
    }

    private mutating func end(_ index: Int) {
        let call = calls[index]
        calls[index].isOpen = false
        if Int.random(in: 0..<4, using: &generator) == 0 {
            calls.remove(at: index)
            if !book.release(call.grant, at: now) { problem = "not released" }
        } else {
            let tokens = Int.random(in: 0...(call.tokens + 20), using: &generator)
            calls[index].tokens = tokens
            if !book.settle(call.grant, tokens: tokens, at: now) { problem = "not settled" }
        }
        if book.release(call.grant, at: now) { problem = "ended twice" }
    }

    private func hasRoom(
        tokens: Int, for scopes: [BudgetScope], at moment: Duration, besides concurrency: Bool
    ) -> Bool {
        scopes.allSatisfy { scope in
            guard let limits = limits[scope] else { return true }
            let all = calls.filter { $0.scopes.contains(scope) }
            let recent = all.filter { $0.second > moment.components.seconds - 60 }
            let used = recent.reduce(0) { $0 + $1.tokens }
            let isFull =
                recent.count >= limits.requestsPerMinute ?? .max
                || used + tokens > limits.tokensPerMinute ?? .max
            let atOnce = all.count { $0.isOpen }
            return !isFull && (!concurrency || atOnce < limits.concurrentCalls ?? .max)
        }
    }
}
