// SPDX-License-Identifier: Apache-2.0
import Wire

extension Connection {
    /// Reads of one event before others have their turn.
    private static let readsPerEvent = 16

    func socketIsReadable() {
        isReadable = true
        readAvailable()
    }

    func socketHungUp() {
        switch phase {
        case .closed: return
        case .closing:
            // A half-closed client can still read; a broken one shows at the next send.
            isSendBlocked = false
            flush()
        case .open where isReplying: leave()
        case .lingering: close()
        case .open:
            // A request may have come before the FIN; where its reply is immediate, it is sent.
            isReadable = true
            readAvailable()
        }
    }

    /// Reads until there is nothing, or until enough waits behind the current reply.
    func readAvailable() {
        guard !isParsing else { return }
        var reads = 0
        while isReadable, mayRead {
            guard reads < Self.readsPerEvent else {
                continueLater()
                break
            }
            reads += 1
            let buffer = room
            switch socket.receive(into: buffer) {
            case .bytes(let count):
                let isShort = count < buffer.count
                if isShort, socket.isDrainedByShortRead { isReadable = false }
                take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            case .wouldBlock: isReadable = false
            case .endOfStream: streamDidEnd()
            case .failed: leave()
            }
        }
        if !isClosed { updateTimer() }
    }

    /// Where the next read goes: no more than may wait, while a reply is under way.
    private var room: UnsafeMutableRawBufferPointer {
        let buffer = server.receiveBuffer
        guard isOpen, !takesRequests else { return buffer }
        let count = min(limits.pipelinedBytes - unread.count, buffer.count)
        return UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    }

    /// Whether the machine may go on: not while a reply is under way, nor while a client that does
    /// not read its replies has many of them waiting.
    private var takesRequests: Bool { machine.wantsBytes && hasRoom }

    private var mayRead: Bool {
        switch phase {
        case .open: takesRequests || unread.count < limits.pipelinedBytes
        case .lingering: true
        // What comes now is read, and thrown away, once the last reply has left.
        case .closing, .closed: false
        }
    }

    /// Goes on in a later event of the shard.
    private func continueLater() {
        _ = server.timekeeper.schedule(at: now) { self.readAvailable() }
    }

    private func streamDidEnd() {
        isReadable = false
        if isReplying || output.isEmpty {
            leave()
        } else {
            closeAfterFlush(.plain)
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        if case .lingering(let discarded, let until) = phase {
            let total = discarded + bytes.count
            phase = .lingering(discarded: total, until: until)
            if total > limits.lingerBytes { close() }
            return
        }
        guard unread.isEmpty else {
            unread.append(contentsOf: bytes)
            return parseUnread()
        }
        let consumed = bytes.withMemoryRebound(to: UInt8.self) { parse($0.span) }
        if isOpen, consumed < bytes.count {
            unread.append(contentsOf: bytes[consumed...])
        }
    }

    /// Goes on with what waits, once a reply has ended.
    func parseUnread() {
        guard isOpen, !isParsing, !unread.isEmpty, takesRequests else { return }
        var bytes: [UInt8] = []
        swap(&bytes, &unread)
        let consumed = parse(bytes.span)
        guard isOpen, consumed < bytes.count else { return }
        bytes.removeFirst(consumed)
        unread = bytes
    }

    /// Lets the machine consume; returns how many bytes it has.
    private func parse(_ bytes: Span<UInt8>) -> Int {
        isParsing = true
        defer { isParsing = false }
        var consumed = 0
        while isOpen, takesRequests {
            let step = machine.receive(bytes.extracting(consumed...), now: now)
            consumed += step.consumed
            switch step.event {
            case .needsBytes: return consumed
            case .continueWanted:
                output.append { ResponseSerializer.appendContinue(to: &$0) }
                scheduleFlush()
            case .request(let request): deliver(request)
            case .violation(let violation): refuse(violation)
            }
        }
        return consumed
    }

    private func deliver(_ request: HTTPRequest) {
        let reply = Reply(connection: self, acceptsGzip: request.fields.acceptsGzip)
        self.reply = reply
        guard !request.body.isEmpty, request.fields.contentCoding != .identity else {
            return server.handler.handle(request, reply: reply)
        }
        var request = request
        do throws(HTTPViolation) {
            request.body = try GzipExpander.expand(request.body, limits: limits)
        } catch {
            return reply.send(error.replyHead, body: error.envelope)
        }
        request.fields.remove("content-encoding")
        server.handler.handle(request, reply: reply)
    }
}

extension HTTPViolation {
    /// The head of the answer to the violation.
    var replyHead: HTTPReplyHead {
        HTTPReplyHead(status: status, fields: HTTPFields(["content-type": "application/json"]))
    }
}
