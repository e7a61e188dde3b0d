// SPDX-License-Identifier: Apache-2.0
import Shard
package import Wire

/// A shard of one thread and no clock: it turns only when the world tells it to.
package final class SimulatedShard: TaskStarter, FlushScheduler {
    private let executor = ShardExecutor()
    private let island: Island
    private var flushes: [any Flushable] = []

    package init() { island = Island(executor: executor) }

    /// Runs `body` as the shard, and then everything that it caused.
    package func run(_ body: () -> Void) {
        executor.enter {
            body()
            settle()
        }
    }

    /// Lets time pass, with all that happens in it.
    package func pass(_ duration: Duration, by clock: VirtualClock) {
        let end = clock.now.advanced(by: duration)
        clock.after(duration) {}
        while clock.now < end { run { _ = clock.runNext(before: .distantFuture) } }
    }

    /// Works off tasks and flushes until both are quiet.
    private func settle() {
        while true {
            if executor.runPending() { continue }
            guard !flushes.isEmpty else { return }
            let batch = flushes
            flushes = []
            for target in batch { target.flush() }
        }
    }

    package func start(_ work: nonisolated(nonsending) @escaping () async -> Void) {
        let carried = Carried(work: work)
        Task(executorPreference: executor) { [island] in await island.run(carried) }
    }

    package func scheduleFlush(_ target: any Flushable) { flushes.append(target) }
}

/// The isolation of the work on a simulated shard.
private actor Island {
    private let executor: ShardExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    init(executor: ShardExecutor) { self.executor = executor }

    func run(_ carried: Carried) async { await carried.work() }
}

/// Owned by the simulated shard's executor, which has one thread.
private struct Carried: @unchecked Sendable {
    let work: nonisolated(nonsending) () async -> Void
}
