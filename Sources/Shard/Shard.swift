// SPDX-License-Identifier: Apache-2.0
import Dispatch
package import Wire

/// One event loop on one serial queue, and the isolation of everything that lives on it.
///
/// A shard owns an epoll, a timer heap and a run queue. What lives on it (sockets, connections,
/// transfers) is plain non-`Sendable` classes made inside `run`, and never leaves it; the handlers
/// of events enter through `assumeIsolated`. There is one a core.
/// Order of calls: `start` once, then `run`, `listen` and `post` at will, `shutdown` once.
package actor Shard {
    /// Runs the shard's jobs. Also a task executor, so that a whole task can prefer it.
    package nonisolated let executor: ShardExecutor
    private nonisolated let queue: DispatchQueue
    private nonisolated let driver: any ShardDriver
    private nonisolated let wakeUp: WakeUp

    /// The loop, for those who watch descriptors of their own (`CurlTransport`).
    package let loop: ShardLoop

    /// The executor of this actor.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// Throws: where the process has no descriptors left.
    package init(
        name: String, driver: any ShardDriver = BlockingDriver()
    ) throws(SystemFailure) {
        let wakeUp = try WakeUp()
        self.wakeUp = wakeUp
        executor = ShardExecutor { wakeUp.signal() }
        queue = DispatchQueue(label: name)
        self.driver = driver
        loop = try ShardLoop(executor: executor, wakeUp: wakeUp)
    }

    /// Begins to turn. The shard then lives until `shutdown`.
    package nonisolated func start() {
        let descriptor = executor.enter { assumeIsolated { $0.loop.poll.descriptor } }
        driver.drive(
            descriptor, on: queue,
            turn: { [self] patience in
                executor.enter { assumeIsolated { $0.loop.turn(patience) } }
            },
            release: { [self] in
                // What came after the last turn still runs: a task never hangs for a closed shard.
                executor.enter { while executor.runPending() {} }
            })
    }

    /// Runs `body` on the shard, where it may make and call what lives there.
    package func run<Value: Sendable>(
        _ body: @Sendable (isolated Shard) throws -> Value
    ) async rethrows -> Value {
        try body(self)
    }

    /// Runs `body` on the shard soon, from any thread (a signal's Dispatch source, a store's
    /// queue). Bodies from one thread run in order.
    package nonisolated func post(_ body: @escaping @Sendable (isolated Shard) -> Void) {
        Task(executorPreference: executor) { await self.run(body) }
    }

    /// The clock and the timers of this shard.
    package var clock: any Timekeeper { loop.clock }
    /// Where output waits for the end of a batch.
    package var flushes: any FlushScheduler { loop.flushes }
    /// The operating system's randomness.
    package var random: any RandomSource { loop.random }
    /// Starts tasks on this shard.
    package var tasks: any TaskStarter { ShardTaskStarter(shard: self) }

    /// Accepts connections on `socket` from now on.
    ///
    /// - Parameters:
    ///   - onAccept: Gets each connection; sets its observer before it returns.
    ///   - onTrouble: Told where accepting has to pause (no descriptors left), for the log, at most
    ///     once every ten seconds.
    package func listen(
        on socket: ListeningSocket, onAccept: @escaping (ShardSocket) -> Void,
        onTrouble: @escaping (SystemFailure) -> Void = { _ in }
    ) throws(SystemFailure) {
        try loop.listen(on: socket, onAccept: onAccept, onTrouble: onTrouble)
    }

    /// Closes the listening sockets. Connections go on.
    package func stopAccepting() { loop.stopAccepting() }

    /// Runs `action` on the shard when it shuts down; the last one added runs first.
    package func onShutdown(_ action: @escaping () -> Void) { loop.onClose(action) }

    /// Stops accepting, runs the closing actions, and ends the loop. Nothing lives on the shard
    /// after that; jobs that are enqueued later do not run.
    package func shutdown() async { loop.close() }
}
