// SPDX-License-Identifier: Apache-2.0
import CLinux
package import Wire

/// The event loop of one shard: everything on it that is not thread-safe.
///
/// One turn takes a batch of events from the kernel, tells their observers, and then settles:
/// 1. jobs of the executor, 2. timers that are due, 3. `transfers` (libcurl's multis that were
/// touched), 4. `flushes` (output held back), again until nothing is left to do.
/// So a batch's consequences leave together, and an `await` resumed by an event runs before the
/// next batch. Isolation: the shard.
package final class ShardLoop {
    /// The descriptors of the shard.
    package let poll: EventPoll
    /// The clock and the timers of the shard.
    package var clock: any Timekeeper { shardClock }
    /// Work of the transport that waits for the end of a batch, done before `flushes`.
    package let transfers = FlushQueue()
    /// Output that waits for the end of a batch.
    package let flushes = FlushQueue()
    /// The operating system's randomness.
    package let random: any RandomSource = SystemRandomSource()

    private let shardClock: ShardClock
    private let executor: ShardExecutor
    private var closingActions: [() -> Void] = []
    private(set) var acceptors: [Acceptor] = []
    private(set) var isClosed = false

    /// Rounds of settling after which the kernel is asked again, so that work which makes work
    /// for ever cannot shut out the sockets.
    private static let maximumRounds = 64

    init(executor: ShardExecutor, wakeUp: WakeUp) throws(SystemFailure) {
        self.executor = executor
        poll = try EventPoll()
        shardClock = try ShardClock(in: poll)
        try wakeUp.watch(in: poll)
    }

    /// Accepts on `socket` from now on.
    func listen(
        on socket: ListeningSocket, onAccept: @escaping (ShardSocket) -> Void,
        onTrouble: @escaping (SystemFailure) -> Void
    ) throws(SystemFailure) {
        let acceptor = Acceptor(
            socket: socket, poll: poll, clock: clock, onAccept: onAccept, onTrouble: onTrouble)
        try acceptor.resume()
        acceptors.append(acceptor)
    }

    func stopAccepting() {
        for acceptor in acceptors { acceptor.close() }
        acceptors = []
    }

    /// Runs `action` when the shard shuts down; the last one added runs first.
    func onClose(_ action: @escaping () -> Void) {
        closingActions.append(action)
    }

    /// Stops accepting and runs the closing actions. The next turn is the last.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        stopAccepting()
        while let action = closingActions.popLast() { action() }
    }

    /// Does one turn.
    func turn(_ patience: TurnPatience) -> TurnOutcome {
        if isClosed { return .stopped }
        var timeoutMilliseconds: Int32 = 0
        if patience == .untilEvent, !hasPending {
            shardClock.arm()
            timeoutMilliseconds = -1
        }
        let eventCount = poll.wait(timeoutMilliseconds: timeoutMilliseconds)
        settle()
        if isClosed { return .stopped }
        if eventCount > 0 || hasPending { return .busy }
        shardClock.arm()
        return .quiet
    }

    private var hasPending: Bool {
        executor.hasPending || !transfers.isEmpty || !flushes.isEmpty
    }

    private func settle() {
        for _ in 0..<Self.maximumRounds {
            let hasRun = executor.runPending()
            let hasFired = shardClock.fireDue()
            let hasTransferred = transfers.flushAll()
            let hasFlushed = flushes.flushAll()
            guard hasRun || hasFired || hasTransferred || hasFlushed else { return }
        }
    }
}

/// The operating system's random numbers, fetched 64 at a time: a system call for each would show.
final class SystemRandomSource: RandomSource {
    private var numbers: [UInt64] = []

    func next() -> UInt64 {
        if let number = numbers.popLast() { return number }
        var fresh = [UInt64](repeating: 0, count: 64)
        let wanted = fresh.count * MemoryLayout<UInt64>.size
        guard getrandom(&fresh, wanted, 0) == wanted else { return .random(in: 0...UInt64.max) }
        numbers = fresh
        return numbers.removeLast()
    }
}
