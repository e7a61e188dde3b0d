// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// Runs the jobs of one shard, one after another, on whatever thread is inside `enter`.
///
/// A job enqueued on the shard goes into a plain array that `runPending` works off between batches
/// of events, so an `await` that resumes on the same shard costs no Dispatch hop. From elsewhere it
/// goes into an inbox, and `wake` is called. Nothing here knows Dispatch or epoll: a simulator
/// makes one with a `wake` of its own (or none) and calls `enter` and `runPending` itself.
package final class ShardExecutor: SerialExecutor, TaskExecutor {
    /// `pthread_self()` of the thread inside `enter`, else 0. Only that thread ever stores its own
    /// number, so another thread that compares with its own number cannot be deceived.
    private let insider = Atomic<UInt>(0)
    private let inbox = Mutex<[UnownedJob]>([])
    private let isInboxFilled = Atomic<Bool>(false)
    private let wake: @Sendable () -> Void

    /// Owned by the thread inside `enter`, of which there is one at a time.
    nonisolated(unsafe) private var queue: [UnownedJob] = []
    /// Owned by the thread inside `enter`: the other array, kept for its capacity.
    nonisolated(unsafe) private var spare: [UnownedJob] = []

    /// - Parameter wake: Makes somebody call `runPending` soon. Called from any thread.
    package init(wake: @escaping @Sendable () -> Void = {}) {
        self.wake = wake
    }

    /// Whether the caller is on the shard.
    package var isCurrent: Bool { insider.load(ordering: .relaxed) == pthread_self() }

    /// Runs `body` as the shard. The caller makes sure that nobody else is inside.
    package func enter<Result>(_ body: () throws -> Result) rethrows -> Result {
        let outer = insider.exchange(pthread_self(), ordering: .acquiring)
        defer { insider.store(outer, ordering: .releasing) }
        return try body()
    }

    /// Whether jobs wait.
    package var hasPending: Bool {
        !queue.isEmpty || isInboxFilled.load(ordering: .relaxed)
    }

    /// Runs the jobs that wait; those they cause wait for the next call. Returns whether there
    /// were any. Isolation: inside `enter`.
    @discardableResult
    package func runPending() -> Bool {
        if isInboxFilled.load(ordering: .relaxed) {
            isInboxFilled.store(false, ordering: .sequentiallyConsistent)
            inbox.withLock { jobs in
                queue.append(contentsOf: jobs)
                jobs.removeAll(keepingCapacity: true)
            }
        }
        guard !queue.isEmpty else { return false }
        swap(&queue, &spare)
        for job in spare {
            job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
        spare.removeAll(keepingCapacity: true)
        return true
    }

    /// Takes a job, from any thread.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            queue.append(job)
            return
        }
        inbox.withLock { $0.append(job) }
        if !isInboxFilled.exchange(true, ordering: .sequentiallyConsistent) { wake() }
    }

    /// Traps where the caller is not on the shard.
    package func checkIsolated() {
        precondition(isCurrent, "not on the shard")
    }

    /// Whether the caller is on the shard, for the runtime.
    package func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// The shard as the executor of an actor.
    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// The shard as the preference of a task.
    package func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        UnownedTaskExecutor(ordinary: self)
    }
}
