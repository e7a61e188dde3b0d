// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Shard
import Synchronization
import Testing
import Wire

/// The ways to drive a shard, as arguments.
enum Driver: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case dispatchSource, blocking

    var testDescription: String { rawValue }

    var driver: any ShardDriver {
        switch self {
        case .dispatchSource: DispatchSourceDriver()
        case .blocking: BlockingDriver()
        }
    }

    func makeShard() throws -> Shard {
        let shard = try Shard(name: "test.\(rawValue)", driver: driver)
        shard.start()
        return shard
    }
}

extension Shard {
    /// Runs `body` on the shard and waits until it calls its argument.
    nonisolated func wait<Value: Sendable>(
        _ body: @escaping @Sendable (isolated Shard, @escaping @Sendable (Value) -> Void) -> Void
    ) async -> Value {
        await withCheckedContinuation { continuation in
            post { shard in body(shard) { continuation.resume(returning: $0) } }
        }
    }
}

/// Collects what happens on one shard.
final class Log<Entry> {
    var entries: [Entry] = []
}

@Suite(.timeLimit(.minutes(1)))
struct ShardLoopTests {
    @Test(arguments: Driver.allCases)
    func `work runs on the shard and returns its value`(_ driver: Driver) async throws {
        let shard = try driver.makeShard()
        let isOnShard = await shard.run { $0.executor.isCurrent }
        #expect(isOnShard)
        #expect(!shard.executor.isCurrent)
        await shard.shutdown()
    }

    @Test(arguments: Driver.allCases)
    func `posted work runs in order`(_ driver: Driver) async throws {
        let shard = try driver.makeShard()
        let seen = Mutex<[Int]>([])
        await withCheckedContinuation { continuation in
            for value in 0..<1_000 {
                shard.post { _ in
                    seen.withLock { $0.append(value) }
                    if value == 999 { continuation.resume() }
                }
            }
        }
        #expect(seen.withLock { $0 } == Array(0..<1_000))
        await shard.shutdown()
    }

    @Test(arguments: Driver.allCases)
    func `timers fire in order, not early, and not after they are cancelled`(
        _ driver: Driver
    ) async throws {
        let shard = try driver.makeShard()
        let order: [Int] = await shard.wait { shard, done in
            let clock = shard.clock
            let start = clock.now
            let log = Log<Int>()
            for milliseconds in [30, 10, 20, 5, 15] {
                let deadline = start.advanced(by: .milliseconds(milliseconds))
                _ = clock.schedule(at: deadline) {
                    #expect(clock.now >= deadline)
                    log.entries.append(milliseconds)
                }
            }
            let cancelled = clock.schedule(at: start.advanced(by: .milliseconds(12))) {
                log.entries.append(-1)
            }
            _ = clock.schedule(at: start.advanced(by: .milliseconds(7))) {
                clock.cancel(cancelled)
            }
            _ = clock.schedule(at: start.advanced(by: .milliseconds(60))) { done(log.entries) }
        }
        #expect(order == [5, 10, 15, 20, 30])
        await shard.shutdown()
    }

    @Test(arguments: Driver.allCases)
    func `a timer that is due already fires after the call, also ten thousand times`(
        _ driver: Driver
    ) async throws {
        let shard = try driver.makeShard()
        let count: Int = await shard.wait { shard, done in
            let clock = shard.clock
            let log = Log<Int>()
            func again() {
                log.entries.append(0)
                guard log.entries.count < 10_000 else { return done(log.entries.count) }
                _ = clock.schedule(at: clock.now) { again() }
            }
            again()
            #expect(log.entries.count == 1)
        }
        #expect(count == 10_000)
        await shard.shutdown()
    }

    @Test(arguments: Driver.allCases)
    func `thousands of timers at random all fire, none early`(_ driver: Driver) async throws {
        let shard = try driver.makeShard()
        let fired: Int = await shard.wait { shard, done in
            let clock = shard.clock
            var generator = SplitMix(state: 9)
            let log = Log<Instant>()
            let start = clock.now
            for _ in 0..<5_000 {
                let delay = Duration.microseconds(Int64(generator.next() % 50_000))
                let deadline = start.advanced(by: delay)
                _ = clock.schedule(at: deadline) {
                    #expect(clock.now >= deadline)
                    if let last = log.entries.last { #expect(last <= deadline) }
                    log.entries.append(deadline)
                }
            }
            _ = clock.schedule(at: start.advanced(by: .milliseconds(60))) {
                done(log.entries.count)
            }
        }
        #expect(fired == 5_000)
        await shard.shutdown()
    }

    @Test func `flushes come at the end of the batch, each once, in order`() async throws {
        final class Target: Flushable {
            let name: Int
            let log: Log<Int>
            var onFlush: () -> Void = {}
            init(_ name: Int, _ log: Log<Int>) { (self.name, self.log) = (name, log) }
            func flush() {
                log.entries.append(name)
                onFlush()
            }
        }
        let shard = try Driver.dispatchSource.makeShard()
        let order: [Int] = await shard.wait { shard, done in
            let log = Log<Int>()
            let flushes = shard.flushes
            let first = Target(1, log)
            let second = Target(2, log)
            let last = Target(3, log)
            first.onFlush = {
                first.onFlush = {}
                flushes.scheduleFlush(first)
            }
            last.onFlush = { if log.entries.count < 5 { flushes.scheduleFlush(last) } }
            for target in [second, first, second, first, last] { flushes.scheduleFlush(target) }
            #expect(log.entries.isEmpty)
            let clock = shard.clock
            _ = clock.schedule(at: clock.now.advanced(by: .milliseconds(5))) { done(log.entries) }
        }
        #expect(order == [2, 1, 3, 1, 3])
        await shard.shutdown()
    }

    @Test(arguments: Driver.allCases)
    func `closing actions run, the last first, and the descriptors go`(
        _ driver: Driver
    ) async throws {
        let log = Mutex<[Int]>([])
        let shard = try driver.makeShard()
        await shard.run { shard in
            shard.onShutdown { log.withLock { $0.append(1) } }
            shard.onShutdown { log.withLock { $0.append(2) } }
        }
        await shard.shutdown()
        await shard.shutdown()
        #expect(log.withLock { $0 } == [2, 1])
    }

    @Test(arguments: Driver.allCases)
    func `a shard that was shut down goes, with all that lived on it`(
        _ driver: Driver
    ) async throws {
        weak let gone = try await leave(driver)
        for _ in 0..<200 where gone != nil { try await Task.sleep(for: .milliseconds(5)) }
        #expect(gone == nil)
    }

    private func leave(_ driver: Driver) async throws -> Shard {
        let shard = try driver.makeShard()
        await shard.run { shard in
            let clock = shard.clock
            _ = clock.schedule(at: clock.now.advanced(by: .seconds(600))) {}
            shard.tasks.start { await Task.yield() }
        }
        await shard.shutdown()
        return shard
    }

    @Test func `wall time is the kernel's`() async throws {
        let shard = try Driver.dispatchSource.makeShard()
        let wallTime = await shard.run { $0.clock.wallTime }
        // 2023 or later, before 2100.
        #expect((1_672_531_200...4_102_444_800).contains(wallTime.seconds))
        await shard.shutdown()
    }
}
