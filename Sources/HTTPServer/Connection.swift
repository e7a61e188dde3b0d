// SPDX-License-Identifier: Apache-2.0
import Wire

/// Drives one socket with a `ConnectionMachine`.
///
/// 1. Bytes are read as they come and given to the machine; a request goes to the handler.
/// 2. What is written waits in `output` until the end of the batch, then leaves in one send.
/// 3. While a request is answered, reading goes on up to a limit, so that a client that leaves is
///    noticed; its next requests wait in `unread`.
/// 4. After `close()` nothing is called any more, whoever calls.
///
/// Isolation: the shard that accepted the socket.
final class Connection: SocketObserver, Flushable {
    enum Phase {
        case open
        /// `output` still leaves, then the connection closes.
        case closing(Ending)
        /// FIN was sent, and what the client still sends is thrown away.
        case lingering(discarded: Int, until: Instant)
        case closed
    }

    /// How a connection closes.
    enum Ending {
        case plain
        /// After a FIN and a pause: the client may still be sending, and closing at once would
        /// destroy what it has not read.
        case lingering
        /// By a reset: the end of the stream would look like the end of the body.
        case reset
    }

    let socket: any ByteSocket
    let server: HTTPServer
    var machine: ConnectionMachine
    var phase = Phase.open

    /// Bytes that wait for the machine: part of a head, or requests before their turn.
    var unread: [UInt8] = []
    /// Whether the socket may have bytes that were not read.
    var isReadable = false
    var isParsing = false

    var output = WriteQueue()
    /// The reply under way.
    var reply: Reply?
    var isFlushScheduled = false
    var isSendBlocked = false
    /// Whether a send failed while a reply was being produced; dealt with at the flush.
    var isSendBroken = false
    /// Whether the producer was told to stop.
    var isFull = false
    /// When the socket last took no more. Only read while `isSendBlocked`.
    var blockedSince = Instant(nanoseconds: 0)

    private var timer: TimerID?
    /// When `timer` fires; `distantFuture` without one.
    private var timerDeadline = Instant.distantFuture

    init(socket: any ByteSocket, server: HTTPServer) {
        self.socket = socket
        self.server = server
        machine = ConnectionMachine(
            limits: server.settings.limits, now: server.timekeeper.now)
    }

    var now: Instant { server.timekeeper.now }
    var limits: HTTPLimits { server.settings.limits }
    var isReplying: Bool { reply != nil }

    var isOpen: Bool {
        if case .open = phase { return true }
        return false
    }

    var isClosed: Bool {
        if case .closed = phase { return true }
        return false
    }

    func start() {
        socket.observer = self
        updateTimer()
    }

    /// Closes once nothing is under way; at once where nothing is.
    func beginDraining() {
        guard isOpen, machine.beginDraining() else { return }
        closeAfterFlush(.plain)
    }

    /// Closes as if the client had: the reply's observer is told.
    func leave() {
        let observer = reply?.observer
        let wasReplying = reply != nil
        close()
        if wasReplying { observer?.clientDidLeave() }
    }

    func close() {
        guard !isClosed else { return }
        phase = .closed
        machine.abortReply()
        reply?.end()
        reply = nil
        unread = []
        if let timer { server.timekeeper.cancel(timer) }
        timer = nil
        socket.close()
        server.forget(self)
    }
}

// One timer a connection, armed lazily: a deadline that moves later is looked at when the timer
// fires, so that an ordinary request on a kept connection schedules nothing.
extension Connection {
    private var deadline: Instant {
        switch phase {
        case .closed: return .distantFuture
        case .lingering(_, let until): return until
        case .open, .closing:
            guard isSendBlocked else { return machine.deadline }
            return min(machine.deadline, blockedSince.advanced(by: limits.writeIdleTime))
        }
    }

    func updateTimer() {
        let wanted = deadline
        guard wanted < timerDeadline else { return }
        if let timer { server.timekeeper.cancel(timer) }
        timerDeadline = wanted
        // Strong, and broken by `close()`: a weak reference would slow every retain of this object.
        timer = server.timekeeper.schedule(at: wanted) { self.timerDidFire() }
    }

    private func timerDidFire() {
        timer = nil
        timerDeadline = .distantFuture
        let now = now
        guard now >= deadline else { return updateTimer() }
        guard isOpen, output.isEmpty else { return leave() }
        switch machine.passTime(now: now) {
        case .notLate: updateTimer()
        case .closeSilently: close()
        case .violation(let violation): refuse(violation)
        }
    }
}
