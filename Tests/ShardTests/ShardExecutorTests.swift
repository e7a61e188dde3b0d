// SPDX-License-Identifier: Apache-2.0
import Shard
import Synchronization
import Testing
import Wire

/// An actor on an executor that the test drives, as the simulator does.
private actor Stage {
    nonisolated let executor: ShardExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    var log: [String] = []

    init(_ executor: ShardExecutor) { self.executor = executor }

    func say(_ word: String) { log.append(word) }
}

@Suite(.timeLimit(.minutes(1)))
struct ShardExecutorTests {
    @Test func `a test drives an executor without Dispatch, one step at a time`() {
        let executor = ShardExecutor()
        let stage = Stage(executor)
        let log = executor.enter {
            Task(executorPreference: executor) {
                await stage.say("one")
                await Task.yield()
                await stage.say("two")
            }
            var steps = 0
            while executor.runPending() { steps += 1 }
            #expect(steps > 1)
            #expect(!executor.hasPending)
            return stage.assumeIsolated { $0.log }
        }
        #expect(log == ["one", "two"])
    }

    @Test func `a job from elsewhere wakes the shard once until it is taken`() async {
        let wakeUps = Atomic<Int>(0)
        let executor = ShardExecutor { wakeUps.add(1, ordering: .relaxed) }
        let tasks = (0..<10).map { _ in Task(executorPreference: executor) {} }
        #expect(wakeUps.load(ordering: .relaxed) == 1)
        #expect(executor.hasPending)
        executor.enter { while executor.runPending() {} }
        for task in tasks { await task.value }
        #expect(wakeUps.load(ordering: .relaxed) == 1)
    }

    @Test(arguments: Driver.allCases)
    func `started work stays on the shard across every await`(_ driver: Driver) async throws {
        let shard = try driver.makeShard()
        let places: [Bool] = await shard.wait { shard, done in
            let executor = shard.executor
            // Lives on the shard and is not Sendable, and yet the work may use it.
            let log = Log<Bool>()
            let clock = shard.clock
            shard.tasks.start {
                log.entries.append(executor.isCurrent)
                await withCheckedContinuation { continuation in
                    _ = clock.schedule(at: clock.now.advanced(by: .milliseconds(2))) {
                        continuation.resume()
                    }
                }
                log.entries.append(executor.isCurrent)
                await Task.yield()
                log.entries.append(executor.isCurrent)
                async let child = executor.isCurrent
                log.entries.append(await child)
                await Elsewhere.shared.visit()
                log.entries.append(executor.isCurrent)
                done(log.entries)
            }
            #expect(log.entries.isEmpty)
        }
        #expect(places == [true, true, true, true, true])
        await shard.shutdown()
    }

    @Test(arguments: Driver.allCases)
    func `starting a task and resuming one is cheap`(_ driver: Driver) async throws {
        let shard = try driver.makeShard()
        let count = 20_000
        let elapsed: Duration = await shard.wait { shard, done in
            let tasks = shard.tasks
            let clock = shard.clock
            let start = clock.now
            let log = Log<Int>()
            for index in 0..<count {
                tasks.start {
                    await Task.yield()
                    log.entries.append(index)
                    if log.entries.count == count { done(start.duration(to: clock.now)) }
                }
            }
        }
        // A hundred times what it takes in a release build: a hop a job would show.
        #expect(elapsed < .microseconds(100) * count)
        await shard.shutdown()
    }

    private actor Elsewhere {
        static let shared = Elsewhere()
        func visit() {}
    }
}
