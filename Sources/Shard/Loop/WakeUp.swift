// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// An eventfd in a shard's epoll, by which other threads end its sleep.
///
/// Edge-triggered, so it is written and never read: the counter would overflow after 2⁶⁴ wake-ups.
final class WakeUp: Sendable {
    private let descriptor: Int32

    init() throws(SystemFailure) {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard descriptor >= 0 else { throw .last("eventfd") }
    }

    deinit { close(descriptor) }

    /// Wakes the shard. Isolation: any thread.
    func signal() {
        eventfd_write(descriptor, 1)
    }

    func watch(in poll: EventPoll) throws(SystemFailure) {
        _ = try poll.add(descriptor, [.readable, .edgeTriggered], observer: Silence())
    }

    /// The wake-up itself is all that is wanted: what woke the shard lies in an inbox.
    private final class Silence: PollObserver {
        func descriptorIsReady(_ events: PollEvents) {}
    }
}
