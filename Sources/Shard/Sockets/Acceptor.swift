// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import Wire

/// Accepts the connections of one listening socket on one shard.
///
/// Where the process or the system runs out of descriptors or memory it stops asking for a short
/// while, instead of being woken without end by a connection that it cannot take.
final class Acceptor: PollObserver {
    private let socket: ListeningSocket
    private let poll: EventPoll
    private let clock: any Timekeeper
    private let onAccept: (ShardSocket) -> Void
    private let onTrouble: (SystemFailure) -> Void
    private var registration: PollRegistration?
    private var pause: TimerID?
    private var isClosed = false
    private var lastTrouble: Instant?

    /// Connections taken in one event: with a shared socket, so few that the other shards get some.
    private static let batchSize = 64
    private static let pauseLength = Duration.milliseconds(100)
    private static let troubleInterval = Duration.seconds(10)

    init(
        socket: ListeningSocket, poll: EventPoll, clock: any Timekeeper,
        onAccept: @escaping (ShardSocket) -> Void, onTrouble: @escaping (SystemFailure) -> Void
    ) {
        self.socket = socket
        self.poll = poll
        self.clock = clock
        self.onAccept = onAccept
        self.onTrouble = onTrouble
    }

    func resume() throws(SystemFailure) {
        guard !isClosed, registration == nil else { return }
        let interest: PollEvents = socket.isShared ? [.readable, .exclusive] : .readable
        registration = try poll.add(socket.descriptor, interest, observer: self)
    }

    /// Stops for good and lets go of the socket.
    func close() {
        isClosed = true
        stopWatching()
        if let pause { clock.cancel(pause) }
    }

    func descriptorIsReady(_ events: PollEvents) {
        for _ in 0..<Self.batchSize where !isClosed {
            let (descriptor, peer) = SocketAddress.accept(from: socket.descriptor)
            guard descriptor >= 0 else {
                switch errno {
                case EAGAIN: return
                case EMFILE, ENFILE, ENOBUFS, ENOMEM: return pauseAccepting(.last("accept4"))
                // The connection broke while it waited, or another one of accept(2)'s
                // network errors that concern it alone.
                default: continue
                }
            }
            accept(descriptor, peer)
        }
    }

    private func accept(_ descriptor: Int32, _ peer: SocketAddress) {
        let accepted = ShardSocket(descriptor, peer: peer, poll: poll)
        do throws(SystemFailure) {
            try accepted.watch()
        } catch {
            accepted.close()
            return pauseAccepting(error)
        }
        onAccept(accepted)
    }

    private func pauseAccepting(_ reason: SystemFailure) {
        stopWatching()
        let now = clock.now
        pause = clock.schedule(at: now.advanced(by: Self.pauseLength)) { [weak self] in
            guard let self else { return }
            pause = nil
            do throws(SystemFailure) { try resume() } catch { pauseAccepting(error) }
        }
        if let lastTrouble, lastTrouble.duration(to: now) < Self.troubleInterval { return }
        lastTrouble = now
        onTrouble(reason)
    }

    private func stopWatching() {
        guard let registration else { return }
        poll.remove(registration, socket.descriptor)
        self.registration = nil
    }
}
