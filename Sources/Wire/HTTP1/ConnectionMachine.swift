// SPDX-License-Identifier: Apache-2.0

/// The server's side of one HTTP/1.1 connection, without sockets or clocks.
///
/// 1. The driver gives it unread bytes; it says how many it has consumed and what happened.
/// 2. Between `.request` and `endReply` it consumes nothing: replies leave in order, and the
///    bytes of the next request wait, unread, with the driver.
/// 3. After `.violation`, `.close` or `abortReply` it consumes nothing any more.
/// 4. A violation is the same however the bytes before it were split.
///
/// States: `idle` → `head` → `body` → `replying` → `idle`, and from each of them → `closed`.
/// Source: RFC 9110, RFC 9112.
package struct ConnectionMachine: ~Copyable, Sendable {
    /// What the consumed bytes amounted to.
    package enum Event: Sendable {
        /// Nothing yet: more bytes are needed, or the current reply's end.
        case needsBytes
        /// The client waits for `HTTP/1.1 100 Continue`: write it, then call `receive` again.
        case continueWanted
        /// A whole request: reply to it.
        case request(HTTPRequest)
        /// Answer with an error, then close.
        case violation(HTTPViolation)
    }

    enum Phase: Sendable {
        case idle, head, body, replying, closed
    }

    let limits: HTTPLimits
    var phase = Phase.idle
    /// When the current phase began, for `idle` and `head`.
    var since: Instant
    var isDraining = false
    /// Whether the last head that was read allows another request.
    var persists = true
    var isHead = false
    var version = HTTPVersion.http11

    private var toleratedEmptyLine = false
    private var parser: RequestHeadParser
    private var head: RequestHead?
    var body: RequestBodyReader?

    /// Makes the machine of a connection that was accepted `now`.
    package init(limits: HTTPLimits, now: Instant) {
        self.limits = limits
        self.since = now
        self.parser = RequestHeadParser(limits: limits)
    }

    /// Consumes some of `unread`, the bytes after those it consumed before.
    package mutating func receive(
        _ unread: Span<UInt8>, now: Instant
    ) -> (consumed: Int, event: Event) {
        var position = 0
        do throws(HTTPViolation) {
            let event = try advance(unread, at: &position, now: now)
            return (position, event)
        } catch {
            refuse()
            return (position, .violation(error))
        }
    }

    private mutating func advance(
        _ unread: Span<UInt8>, at position: inout Int, now: Instant
    ) throws(HTTPViolation) -> Event {
        if phase == .idle {
            guard try skipEmptyLine(unread, at: &position) else { return .needsBytes }
            phase = .head
            since = now
        }
        if phase == .head {
            guard let parsed = try parser.parse(unread, at: &position) else { return .needsBytes }
            if try beginBody(parsed, now: now) { return .continueWanted }
        }
        guard phase == .body else { return .needsBytes }
        // Nil stands for no body at all.
        let isWhole =
            try body?.read(unread, at: &position, limits: limits, now: now) ?? true
        return isWhole ? takeRequest() : .needsBytes
    }

    /// True once `position` is at the first byte of a request.
    ///
    /// One empty line is skipped, as old clients send one after a body. Source: RFC 9112 §2.2.
    private mutating func skipEmptyLine(
        _ unread: Span<UInt8>, at position: inout Int
    ) throws(HTTPViolation) -> Bool {
        guard position < unread.count else { return false }
        guard unread[position] == ASCII.carriageReturn else { return true }
        guard !toleratedEmptyLine else { throw .malformedRequestLine }
        guard position + 1 < unread.count else { return false }
        guard unread[position + 1] == ASCII.lineFeed else { throw .bareCarriageReturn }
        toleratedEmptyLine = true
        position += 2
        return try skipEmptyLine(unread, at: &position)
    }

    /// Takes the head in; true where the client waits for permission to send its body.
    private mutating func beginBody(
        _ parsed: RequestHead, now: Instant
    ) throws(HTTPViolation) -> Bool {
        version = parsed.line.version
        isHead = parsed.line.method == "HEAD"
        let semantics = try RequestSemantics(parsed, limits: limits)
        persists = semantics.persists
        body = RequestBodyReader(semantics.framing, now: now)
        head = parsed
        phase = .body
        return semantics.expectsContinue
    }

    private mutating func takeRequest() -> Event {
        guard let head else { return .needsBytes }
        let request = HTTPRequest(
            method: head.line.method, target: head.line.target, fields: head.fields,
            body: body?.bytes ?? [], arrival: since)
        forgetRequest()
        phase = .replying
        return .request(request)
    }

    /// Drops what is held of a request and makes ready for the next one.
    private mutating func forgetRequest() {
        head = nil
        body = nil
        parser = RequestHeadParser(limits: limits)
        toleratedEmptyLine = false
    }

    /// Closes in the middle of a request, which is answered as far as its request line is known.
    mutating func refuse() {
        isHead = parser.line?.method == "HEAD"
        version = parser.line?.version ?? .http11
        close()
    }

    /// Consumes nothing from now on.
    mutating func close() {
        phase = .closed
        persists = false
        forgetRequest()
    }
}
