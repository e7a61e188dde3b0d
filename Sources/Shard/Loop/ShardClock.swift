// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import Wire

/// The kernel's clocks and the timers of one shard.
///
/// All timers share one timerfd in the shard's epoll. It is armed only when the shard is about to
/// sleep, and only for a deadline earlier than the one it is armed for; where that deadline was
/// cancelled meanwhile, the shard wakes once for nothing. While events come it costs nothing.
final class ShardClock: Timekeeper, PollObserver {
    private var heap = TimerHeap<() -> Void>()
    private let descriptor: Int32
    private var armedDeadline = Instant.distantFuture

    init(in poll: EventPoll) throws(SystemFailure) {
        descriptor = timerfd_create(
            CLOCK_MONOTONIC, Int32(TFD_NONBLOCK | TFD_CLOEXEC))
        guard descriptor >= 0 else { throw .last("timerfd_create") }
        // Edge-triggered, so that the expirations need not be read.
        _ = try poll.add(descriptor, [.readable, .edgeTriggered], observer: self)
    }

    deinit { close(descriptor) }

    var now: Instant { Instant(nanoseconds: Self.nanoseconds(of: CLOCK_MONOTONIC)) }

    var wallTime: WallTime {
        WallTime(microseconds: Self.nanoseconds(of: CLOCK_REALTIME) / 1_000)
    }

    func schedule(at deadline: Instant, _ action: @escaping () -> Void) -> TimerID {
        heap.insert(action, at: deadline)
    }

    func cancel(_ timer: TimerID) {
        heap.remove(timer)
    }

    func descriptorIsReady(_ events: PollEvents) {
        armedDeadline = .distantFuture
    }

    /// Runs what is due; returns whether anything was.
    ///
    /// At most as many actions as were pending at the start, so that a timer which schedules
    /// itself at once does not keep the shard from its sockets.
    func fireDue() -> Bool {
        guard let earliest = heap.earliest else { return false }
        let present = now
        guard earliest <= present else { return false }
        for _ in 0..<heap.count {
            guard let action = heap.removeDue(present) else { break }
            action()
        }
        return true
    }

    /// Makes the epoll wake at the next deadline.
    func arm() {
        guard let earliest = heap.earliest, earliest < armedDeadline else { return }
        armedDeadline = earliest
        // An all-zero time disarms; the origin of the clock is long past, so one will do.
        let nanoseconds = max(earliest.nanoseconds, 1)
        var setting = itimerspec()
        setting.it_value.tv_sec = Int(nanoseconds / 1_000_000_000)
        setting.it_value.tv_nsec = Int(nanoseconds % 1_000_000_000)
        timerfd_settime(descriptor, Int32(TFD_TIMER_ABSTIME), &setting, nil)
    }

    private static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
