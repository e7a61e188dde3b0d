// SPDX-License-Identifier: Apache-2.0
package import Dispatch

/// Whether a turn of a shard's loop waits for an event.
package enum TurnPatience: Sendable {
    case none
    case untilEvent
}

/// What a turn found.
package enum TurnOutcome: Sendable {
    /// There were events, or there is more to do: turn again.
    case busy
    /// Nothing is left, and the epoll will wake at the next deadline.
    case quiet
    /// The shard was shut down: never turn again.
    case stopped
}

/// How a shard gets its thread.
package protocol ShardDriver: Sendable {
    /// Calls `turn` on `queue` whenever `descriptor`, an epoll, is readable, until `turn` says
    /// `stopped`; then calls `release`, after which it uses `descriptor` no more.
    func drive(
        _ descriptor: Int32, on queue: DispatchQueue,
        turn: @escaping @Sendable (TurnPatience) -> TurnOutcome,
        release: @escaping @Sendable () -> Void)
}

/// Turns while there is something to do, then gives the thread back to Dispatch, which watches the
/// epoll. Shares Dispatch's threads, at the price of a wake-up of its manager thread a batch.
package struct DispatchSourceDriver: ShardDriver {
    /// A driver; it holds nothing until it drives.
    package init() {}

    /// Drives a shard; see `ShardDriver`.
    package func drive(
        _ descriptor: Int32, on queue: DispatchQueue,
        turn: @escaping @Sendable (TurnPatience) -> TurnOutcome,
        release: @escaping @Sendable () -> Void
    ) {
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        // The handler holds the source, as nobody else does; cancelling drops the handler.
        source.setEventHandler {
            while true {
                switch turn(.none) {
                case .busy: continue
                case .quiet: return
                case .stopped: return source.cancel()
                }
            }
        }
        source.setCancelHandler(handler: release)
        source.activate()
    }
}

/// Keeps one thread of Dispatch for good and sleeps in `epoll_wait` itself. The default: a quarter
/// less CPU on paced streams and up to twice the calls (`docs/performance.md`).
package struct BlockingDriver: ShardDriver {
    /// A driver; it holds nothing until it drives.
    package init() {}

    /// Drives a shard; see `ShardDriver`.
    package func drive(
        _ descriptor: Int32, on queue: DispatchQueue,
        turn: @escaping @Sendable (TurnPatience) -> TurnOutcome,
        release: @escaping @Sendable () -> Void
    ) {
        queue.async {
            while turn(.untilEvent) != .stopped {}
            release()
        }
    }
}
