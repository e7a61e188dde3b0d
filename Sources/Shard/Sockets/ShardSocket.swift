// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
package import Wire

/// An accepted connection on a shard.
///
/// Registered once, edge-triggered for everything: no epoll call for the rest of its life.
/// Held by the shard's poll until it is closed.
package final class ShardSocket: ByteSocket, PollObserver {
    /// Who is told about readiness; set before `onAccept` returns.
    package var observer: (any SocketObserver)?
    private let address: SocketAddress
    private let poll: EventPoll
    /// -1 once closed.
    private var descriptor: Int32
    private var registration: PollRegistration?
    /// Whether the kernel refused bytes, so that its next room is news.
    private var isSendBlocked = false

    init(_ descriptor: Int32, peer: SocketAddress, poll: EventPoll) {
        self.descriptor = descriptor
        self.poll = poll
        address = peer
    }

    deinit { close() }

    func watch() throws(SystemFailure) {
        registration = try poll.add(
            descriptor, [.readable, .writable, .peerClosed, .edgeTriggered], observer: self)
    }

    /// The peer as logs name it.
    package var peer: String { address.peerDescription }

    /// The descriptor is edge-triggered: what comes after a short read is told as an event.
    package var isDrainedByShortRead: Bool { true }

    /// Reads what is there.
    package func receive(into buffer: UnsafeMutableRawBufferPointer) -> SocketReceiveResult {
        while true {
            let count = Glibc.recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .endOfStream }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            default: return .failed
            }
        }
    }

    /// Sends a prefix of `bytes`.
    package func send(_ bytes: UnsafeRawBufferPointer) -> SocketSendResult {
        while true {
            let count = Glibc.send(
                descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if count >= 0 { return .bytes(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                isSendBlocked = true
                return .wouldBlock
            default: return .failed
            }
        }
    }

    /// Sends FIN.
    package func shutdownSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Closes with a reset, so that the peer cannot take what it has for the whole.
    package func reset() {
        guard descriptor >= 0 else { return }
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Closes the socket. Safe to call twice.
    package func close() {
        guard descriptor >= 0 else { return }
        if let registration { poll.removeBeforeClosing(registration) }
        registration = nil
        Glibc.close(descriptor)
        descriptor = -1
        observer = nil
    }

    /// Tells the observer: room to send, then bytes to read, then the end.
    package func descriptorIsReady(_ events: PollEvents) {
        if isSendBlocked, !events.isDisjoint(with: [.writable, .broken]) {
            isSendBlocked = false
            observer?.socketIsWritable()
        }
        if !events.isDisjoint(with: [.readable, .peerClosed, .broken]) {
            observer?.socketIsReadable()
        }
        if !events.isDisjoint(with: [.peerClosed, .broken]) {
            observer?.socketHungUp()
        }
    }
}
