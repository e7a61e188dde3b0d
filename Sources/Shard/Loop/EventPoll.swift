// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// What a descriptor is watched for, or ready for.
package struct PollEvents: OptionSet, Sendable, Hashable {
    /// The bits of `epoll_event.events`.
    package var rawValue: UInt32
    /// Events from their bits.
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Bytes, a connection or an end of stream can be read.
    package static let readable = PollEvents(rawValue: EPOLLIN.rawValue)
    /// Bytes can be sent, or the connection is made.
    package static let writable = PollEvents(rawValue: EPOLLOUT.rawValue)
    /// The peer sent FIN.
    package static let peerClosed = PollEvents(rawValue: EPOLLRDHUP.rawValue)
    /// Reset or closed both ways. Reported whether or not it is asked for.
    package static let broken = PollEvents(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
    /// Reported once for each change instead of for as long as it lasts.
    static let edgeTriggered = PollEvents(rawValue: EPOLLET.rawValue)
    /// Wakes one of the polls that watch the same listening socket, not all of them.
    static let exclusive = PollEvents(rawValue: EPOLLEXCLUSIVE.rawValue)
}

/// Who is told about a descriptor.
package protocol PollObserver: AnyObject {
    func descriptorIsReady(_ events: PollEvents)
}

/// The name of one registration. Its generation tells it from later ones in the same place.
package struct PollRegistration: Sendable, Hashable {
    fileprivate var slot: UInt32
    fileprivate var generation: UInt32

    fileprivate var token: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// The descriptors of one shard, in one epoll.
///
/// An event names its registration, not its descriptor: where a descriptor is closed and its
/// number used again within one batch, events still queued for the old one reach nobody.
/// Observers are held until they are removed. Isolation: the shard that owns it.
package final class EventPoll {
    private struct Slot {
        var observer: (any PollObserver)?
        var generation: UInt32 = 0
    }

    /// The epoll descriptor itself, readable while an event waits.
    package let descriptor: Int32
    private var slots: [Slot] = []
    private var freeSlots: [UInt32] = []
    private let events: UnsafeMutableBufferPointer<epoll_event>

    /// Events taken from the kernel at once: enough to spread one wake-up over many connections,
    /// few enough that what they cause is written soon.
    private static let batchSize = 256

    /// Makes the epoll. Throws: where the process has no descriptors left.
    package init() throws(SystemFailure) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw .last("epoll_create1") }
        events = .allocate(capacity: Self.batchSize)
        events.initialize(repeating: epoll_event())
    }

    deinit {
        events.deallocate()
        close(descriptor)
    }

    /// Watches `descriptor`, which must not be watched already.
    package func add(
        _ descriptor: Int32, _ interest: PollEvents, observer: any PollObserver
    ) throws(SystemFailure) -> PollRegistration {
        let slot = freeSlots.popLast() ?? makeSlot()
        let index = Int(slot)
        slots[index].observer = observer
        let registration = PollRegistration(slot: slot, generation: slots[index].generation)
        guard control(EPOLL_CTL_ADD, descriptor, interest, registration) else {
            let failure = SystemFailure.last("epoll_ctl")
            release(registration)
            throw failure
        }
        return registration
    }

    /// Watches for `interest` instead.
    package func modify(
        _ registration: PollRegistration, _ descriptor: Int32, _ interest: PollEvents
    ) {
        _ = control(EPOLL_CTL_MOD, descriptor, interest, registration)
    }

    /// Stops watching and forgets the observer. Events already taken from the kernel are dropped.
    package func remove(_ registration: PollRegistration, _ descriptor: Int32) {
        _ = control(EPOLL_CTL_DEL, descriptor, [], registration)
        release(registration)
    }

    /// Forgets the observer of a descriptor that is closed next, which makes the kernel forget it.
    package func removeBeforeClosing(_ registration: PollRegistration) {
        release(registration)
    }

    /// Waits up to `timeoutMilliseconds` (0: not at all; -1: for ever), tells the observers, and
    /// returns how many events there were.
    func wait(timeoutMilliseconds: Int32) -> Int {
        let count = epoll_wait(
            descriptor, events.baseAddress, Int32(Self.batchSize), timeoutMilliseconds)
        guard count > 0 else { return 0 }
        for index in 0..<Int(count) {
            let token = events[index].data.u64
            let slot = slots[Int(token & 0xFFFF_FFFF)]
            guard slot.generation == UInt32(token >> 32), let observer = slot.observer else {
                continue
            }
            observer.descriptorIsReady(PollEvents(rawValue: events[index].events))
        }
        return Int(count)
    }

    private func makeSlot() -> UInt32 {
        slots.append(Slot())
        return UInt32(slots.count - 1)
    }

    private func release(_ registration: PollRegistration) {
        let index = Int(registration.slot)
        guard slots[index].generation == registration.generation else { return }
        slots[index].observer = nil
        slots[index].generation &+= 1
        freeSlots.append(registration.slot)
    }

    private func control(
        _ operation: Int32, _ descriptor: Int32, _ interest: PollEvents,
        _ registration: PollRegistration
    ) -> Bool {
        var event = epoll_event()
        event.events = interest.rawValue
        event.data.u64 = registration.token
        return epoll_ctl(self.descriptor, operation, descriptor, &event) == 0
    }
}
