// SPDX-License-Identifier: Apache-2.0

/// The clock and the timers of one shard.
///
/// Isolation: every member is called on the shard that owns it, and timers fire there.
package protocol Timekeeper: AnyObject {
    /// The present on the monotonic clock.
    var now: Instant { get }

    /// The present in civil time. May jump; never subtract two of them.
    var wallTime: WallTime { get }

    /// Runs `action` once, at `deadline` or soon after, unless cancelled before.
    ///
    /// Never runs it before this call returns, also where the deadline has passed.
    /// Complexity: O(log n) in the pending timers.
    func schedule(at deadline: Instant, _ action: @escaping () -> Void) -> TimerID

    /// Forgets a timer. One that has fired or was cancelled is no error.
    func cancel(_ timer: TimerID)
}

/// The name of one scheduled timer, never used again by the same `Timekeeper`.
package struct TimerID: Hashable, Sendable {
    package var rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A source of random bits that the simulator can seed.
///
/// Isolation: the shard that owns it.
package protocol RandomSource: AnyObject {
    /// The next 64 bits, uniformly distributed.
    func next() -> UInt64
}
