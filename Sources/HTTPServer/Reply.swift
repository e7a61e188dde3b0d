// SPDX-License-Identifier: Apache-2.0
import Wire

/// The way back for one request of a `Connection`.
///
/// States: `awaitsHead` → `sendsBody` → `ended`; a whole reply goes from the first to the last.
final class Reply: ReplyWriter {
    private enum State {
        case awaitsHead
        case sendsBody(ReplyFraming)
        case ended
    }

    var observer: (any ReplyObserver)?

    /// Nil once the reply has ended or the client has gone.
    private var connection: Connection?
    private var state = State.awaitsHead
    private let acceptsGzip: Bool
    private(set) var isClientGone = false

    init(connection: Connection, acceptsGzip: Bool) {
        self.connection = connection
        self.acceptsGzip = acceptsGzip
    }

    var queuedBytes: Int { connection?.output.count ?? 0 }

    func send(_ head: HTTPReplyHead) {
        guard case .awaitsHead = state, let connection else { return }
        let framing = connection.machine.beginReply(status: head.status, body: .pieces)
        state = .sendsBody(framing)
        connection.queue { [server = connection.server] output in
            server.serializer.append(
                head, framing: framing, wallTime: server.timekeeper.wallTime, to: &output)
        }
    }

    func send(_ bytes: Span<UInt8>) {
        guard case .sendsBody(let framing) = state, framing.sendsBody, let connection else {
            return
        }
        connection.queue { output in
            if framing.length == .chunked {
                ResponseSerializer.append(chunk: bytes, to: &output)
            } else {
                output.append(bytesOf: bytes)
            }
        }
    }

    func finish() {
        guard let connection else { return }
        // A handler that finishes without a head has nothing to say that would be true.
        guard case .sendsBody(let framing) = state else { return abort() }
        if framing.sendsBody, framing.length == .chunked {
            connection.queue { ResponseSerializer.appendLastChunk(to: &$0) }
        }
        release()
        connection.replyDidEnd()
    }

    func send(_ head: HTTPReplyHead, body: [UInt8]) {
        guard case .awaitsHead = state, let connection else { return }
        var head = head
        var body = body
        if isCompressible(head, body, connection.server.settings) {
            head.fields.append("vary", "accept-encoding")
            if acceptsGzip, let compressed = connection.server.compressor.compress(body) {
                head.fields.append("content-encoding", "gzip")
                body = compressed
            }
        }
        let framing = connection.machine.beginReply(
            status: head.status, body: .whole(count: body.count))
        connection.queue { [server = connection.server] output in
            server.serializer.append(
                head, framing: framing, wallTime: server.timekeeper.wallTime, to: &output)
            if framing.sendsBody { output.append(bytesOf: body.span) }
        }
        release()
        connection.replyDidEnd()
    }

    func abort() {
        guard let connection else { return }
        var framing: ReplyFraming?
        if case .sendsBody(let begun) = state { framing = begun }
        release()
        connection.replyDidAbort(framing)
    }

    /// Told by the connection that it has closed under the reply.
    func end() {
        isClientGone = true
        release()
    }

    private func release() {
        state = .ended
        connection = nil
        observer = nil
    }

    /// Whether the reply is JSON, large enough, and not compressed already.
    private func isCompressible(
        _ head: HTTPReplyHead, _ body: [UInt8], _ settings: ServerSettings
    ) -> Bool {
        guard body.count >= settings.gzipBytes, !head.fields.contains("content-encoding"),
            let type = head.fields.bytes("content-type")
        else { return false }
        return type.starts(with: "application/json".utf8)
    }
}
