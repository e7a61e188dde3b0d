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
        if isSendBroken { return leave() }
        write()
        if isSendBroken { return leave() }
        if isFull, output.count <= server.settings.lowWaterBytes {
            isFull = false
            reply?.observer?.replyQueueDidDrain()
        }
        if output.isEmpty, case .closing(let lingers) = phase { finishClosing(lingers: lingers) }
        if !isClosed { updateTimer() }
    }

    /// Queues bytes of the reply, and tells its observer when that is too much.
    func queue(_ write: (inout [UInt8]) -> Void) {
        output.append(write)
        scheduleFlush()
        guard !isFull, output.count > server.settings.highWaterBytes else { return }
        // The client may be faster than the batch is long.
        self.write()
        guard output.count > server.settings.highWaterBytes else { return }
        isFull = true
        reply?.observer?.replyQueueDidFill()
    }

    /// Sends until the socket takes no more. A failure is only noted: callers may be producers.
    private func write() {
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
        closeAfterFlush(lingers: true)
    }

    /// Ends the current reply; the rest happens at the flush.
    func replyDidEnd() {
        reply = nil
        isFull = false
        switch machine.endReply(now: now) {
        case .awaitRequest: scheduleFlush()
        case .close: closeAfterFlush(lingers: isReadable || !unread.isEmpty)
        }
    }

    /// Ends the current reply without its end.
    func replyDidAbort() {
        reply = nil
        isFull = false
        machine.abortReply()
        closeAfterFlush(lingers: true)
    }

    func closeAfterFlush(lingers: Bool) {
        guard !isClosed else { return }
        phase = .closing(lingers: lingers)
        unread = []
        scheduleFlush()
    }

    private func finishClosing(lingers: Bool) {
        guard lingers else { return close() }
        socket.shutdownSending()
        phase = .lingering(discarded: 0, until: now.advanced(by: limits.lingerTime))
        isReadable = true
        readAvailable()
    }
}
