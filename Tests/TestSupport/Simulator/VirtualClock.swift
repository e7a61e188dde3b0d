// SPDX-License-Identifier: Apache-2.0
package import Wire

/// The time of a simulated world: it stands still while code runs and jumps to the next event.
package final class VirtualClock: Timekeeper {
    private struct Event {
        var deadline: Instant
        var order: UInt64
        var action: () -> Void
    }

    package private(set) var now = Instant(nanoseconds: 1_000_000_000)
    private var events: [TimerID: Event] = [:]
    private var lastOrder: UInt64 = 0

    package init() {}

    /// 2026-01-01T00:00:00Z plus the time that has passed.
    package var wallTime: WallTime {
        WallTime(microseconds: 1_767_225_600_000_000 + now.nanoseconds / 1_000)
    }

    /// How many timers and events are pending.
    package var pendingCount: Int { events.count }

    package func schedule(at deadline: Instant, _ action: @escaping () -> Void) -> TimerID {
        lastOrder += 1
        let timer = TimerID(rawValue: lastOrder)
        events[timer] = Event(deadline: max(deadline, now), order: lastOrder, action: action)
        return timer
    }

    package func cancel(_ timer: TimerID) { events[timer] = nil }

    /// Runs `action` after `delay`.
    package func after(_ delay: Duration, _ action: @escaping () -> Void) {
        _ = schedule(at: now.advanced(by: delay), action)
    }

    /// Jumps to the next event and runs it; false where there is none before `limit`.
    package func runNext(before limit: Instant) -> Bool {
        let next = events.min { left, right in
            (left.value.deadline, left.value.order) < (right.value.deadline, right.value.order)
        }
        guard let (timer, event) = next, event.deadline < limit else { return false }
        events[timer] = nil
        now = max(now, event.deadline)
        event.action()
        return true
    }
}
