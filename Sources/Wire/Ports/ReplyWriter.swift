// SPDX-License-Identifier: Apache-2.0

/// The way back to one client, for one request.
///
/// Bytes are queued and leave in one write at the end of the shard's current batch of events.
/// Order of calls: `send(head)` once, `send(body)` any number of times, then `finish()` or
/// `abort()` once; calls after that, or after the client has gone, do nothing.
/// Isolation: the shard of the connection.
package protocol ReplyWriter: AnyObject {
    /// Who is told about the client. Set before the request's handler returns.
    var observer: (any ReplyObserver)? { get set }

    /// Whether nothing that is sent can reach the client any more.
    var isClientGone: Bool { get }

    /// Sends the head of a reply whose body comes in pieces (chunked for HTTP/1.1). Framing fields
    /// (`content-length`, `transfer-encoding`, `connection`, `date`) are the writer's own.
    func send(_ head: HTTPReplyHead)

    /// Sends the next piece of the body.
    func send(_ bytes: Span<UInt8>)

    /// Ends the reply well.
    func finish()

    /// Sends a whole reply at once, with `content-length`, gzipped where asked and worth it.
    func send(_ head: HTTPReplyHead, body: [UInt8])

    /// Ends the reply badly: what is queued still leaves, then the connection closes without the
    /// end of the body, so that the client's HTTP library sees a broken transfer.
    func abort()

    /// Bytes queued and not yet taken by the kernel.
    var queuedBytes: Int { get }
}

/// What a client does while its request is served.
package protocol ReplyObserver: AnyObject {
    /// The client closed or broke its connection before the reply was finished. Told once.
    func clientDidLeave()
    /// The queue passed the high-water mark: stop producing.
    func replyQueueDidFill()
    /// The queue fell under the low-water mark again.
    func replyQueueDidDrain()
}

/// Takes whole requests from connections.
package protocol RequestHandler: AnyObject {
    /// Called once for each request, in order; the next one of the same connection comes after
    /// this one's reply has ended. The handler keeps `reply` as long as it needs it.
    func handle(_ request: HTTPRequest, reply: any ReplyWriter)
}
