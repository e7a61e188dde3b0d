// SPDX-License-Identifier: Apache-2.0
import Wire

/// Starts tasks that are isolated to one shard.
final class ShardTaskStarter: TaskStarter {
    // The shard owns the loop that owns this object, and outlives it.
    private unowned let shard: Shard

    init(shard: Shard) { self.shard = shard }

    func start(_ work: nonisolated(nonsending) @escaping () async -> Void) {
        // Owned by this shard's queue before and after: the task is isolated to the same actor. The
        // compiler sees a closure that leaves, and cannot see that it arrives where it was.
        nonisolated(unsafe) let work = work
        shard.assumeIsolated { shard in
            // The preference is for what the task starts itself: children stay here too.
            _ = Task(executorPreference: shard.executor) {
                _ = shard
                await work()
            }
        }
    }
}
