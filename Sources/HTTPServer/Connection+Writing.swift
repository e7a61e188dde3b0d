// SPDX-License-Identifier: Apache-2.0
import Wire

extension Connection {
    func socketIsWritable() {
        guard isSendBlocked else { return }
        isSendBlocked = false
        flush()
    }

    func scheduleFlush() {
        guard !isFlushScheduled, !isClosed else { return }
        isFlushScheduled = true
        server.flushScheduler.scheduleFlush(self)
    }

    /// Goes on with the next request where a reply has ended, then writes what is queued.
    func flush() {
        parseUnread()
        if isOpen, !isReplying { readAvailable() }
        // Cleared late: replies that were made just now leave in this flush already.
        isFlushScheduled = false
        guard !isClosed else { return }
        let wasHeldBack = !hasRoom
        write()
        if isSendBroken { return leave() }
        if wasHeldBack, hasRoom { scheduleFlush() }
        if isFull, output.count <= server.settings.lowWaterBytes {
            isFull = false
            reply?.observer?.replyQueueDidDrain()
        }
        if output.isEmpty, case .closing(let ending) = phase { finishClosing(ending) }
        if !isClosed { updateTimer() }
    }

    /// Whether less is queued than the high-water mark.
    var hasRoom: Bool { output.count <= server.settings.highWaterBytes }

    /// Queues bytes of the reply, and tells its observer when that is too much.
    func queue(_ write: (inout [UInt8]) -> Void) {
        output.append(write)
        scheduleFlush()
        guard !isFull, !hasRoom else { return }
        // The client may be faster than the batch is long.
        self.write()
        guard !hasRoom else { return }
        isFull = true
        reply?.observer?.replyQueueDidFill()
    }

    /// Sends until the socket takes no more. A failure is only noted: callers may be producers.
    private func write() {
        server.willSend()
        while !output.isEmpty, !isSendBlocked, !isSendBroken {
            output.send { bytes in
                switch socket.send(bytes) {
                case .bytes(let count): return count
                case .wouldBlock:
                    isSendBlocked = true
                    blockedSince = now
                case .failed: isSendBroken = true
                }
                return 0
            }
        }
    }

    /// Answers a violation and closes.
    func refuse(_ violation: HTTPViolation) {
        let body = violation.envelope
        let framing = machine.beginReply(
            status: violation.status, body: .whole(count: body.count))
        queue { [server] output in
            server.serializer.append(
                violation.replyHead, framing: framing, wallTime: server.timekeeper.wallTime,
                to: &output)
            if framing.sendsBody { output.append(bytesOf: body.span) }
        }
        closeAfterFlush(.lingering)
    }

    /// Ends the current reply; the rest happens at the flush.
    func replyDidEnd() {
        reply = nil
        isFull = false
        switch machine.endReply(now: now) {
        case .awaitRequest: scheduleFlush()
        case .close: closeAfterFlush(unread.isEmpty ? .plain : .lingering)
        }
    }

    /// Ends the current reply without its end.
    func replyDidAbort(_ framing: ReplyFraming?) {
        reply = nil
        isFull = false
        machine.abortReply()
        closeAfterFlush(framing?.length == .untilClose ? .reset : .lingering)
    }

    func closeAfterFlush(_ ending: Ending) {
        guard !isClosed else { return }
        phase = .closing(ending)
        unread = []
        scheduleFlush()
    }

    /// Whether the kernel holds bytes that a close would answer with a reset. Reads some of them.
    private func hasUnreadBytes() -> Bool {
        guard isReadable, case .bytes = socket.receive(into: server.receiveBuffer) else {
            return false
        }
        return true
    }

    private func finishClosing(_ ending: Ending) {
        switch ending {
        case .reset:
            socket.reset()
            return close()
        case .plain where !hasUnreadBytes(): return close()
        case .plain, .lingering: socket.shutdownSending()
        }
        phase = .lingering(discarded: 0, until: now.advanced(by: limits.lingerTime))
        isReadable = true
        readAvailable()
    }
}
