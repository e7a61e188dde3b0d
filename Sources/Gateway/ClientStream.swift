// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// The client's side of one streamed call.
///
/// Rules:
///  1. The head leaves at the commit point, or with the first keepalive comment if that is earlier.
///  2. `[DONE]` leaves only through `finish()`.
///  3. A failure after the head is one event with an `error` and `finish_reason: "error"`, then the
///     connection breaks off: neither `[DONE]` nor the end of the HTTP body.
///
/// States: `silent` → `open` (a comment came first) → `committed`; any of them → `over`.
final class ClientStream {
    private enum State { case silent, open, committed, over }

    private let reply: any ReplyWriter
    private let clock: any Timekeeper
    private let interval: Duration
    private var state: State = .silent
    private var lastSent: Instant
    private var timer: TimerID?
    /// Makes the head of the reply, at the moment when it leaves.
    private let makeHead: () -> HTTPReplyHead

    init(
        reply: any ReplyWriter, clock: any Timekeeper, keepaliveInterval: Duration,
        makeHead: @escaping () -> HTTPReplyHead
    ) {
        self.reply = reply
        self.clock = clock
        self.interval = keepaliveInterval
        self.makeHead = makeHead
        lastSent = clock.now
        arm()
    }

    /// Whether the client has been sent the status 200.
    var isOpen: Bool { state == .open || state == .committed }

    /// Whether it was sent at any time, also where the stream is over.
    private(set) var wasOpened = false

    /// Whether the client has been sent content.
    var isCommitted: Bool { state == .committed }

    /// Sends whole events; the first call commits.
    func send(_ events: Span<UInt8>, at now: Instant) {
        guard state != .over else { return }
        openIfSilent()
        state = .committed
        lastSent = now
        reply.send(events)
    }

    /// Ends the stream well.
    func finish() {
        guard state != .over else { return }
        openIfSilent()
        close()
        reply.send(Self.done.span)
        reply.finish()
    }

    /// Ends the stream badly. Called only once it is open: before that a status can still be sent.
    func fail(_ error: APIError, id: String, model: String, operation: CallOperation) {
        guard state != .over else { return }
        openIfSilent()
        close()
        let event = Self.errorEvent(
            error, id: id, model: model, created: clock.wallTime.seconds, operation: operation)
        reply.send(event.span)
        reply.abort()
    }

    /// Stops the timer; the stream sends nothing more.
    func close() {
        state = .over
        if let timer { clock.cancel(timer) }
        timer = nil
    }

    private func openIfSilent() {
        guard state == .silent else { return }
        state = .open
        wasOpened = true
        reply.send(makeHead())
    }

    private func arm() {
        timer = clock.schedule(at: lastSent.advanced(by: interval)) { [weak self] in
            self?.keepalive()
        }
    }

    private func keepalive() {
        timer = nil
        guard state != .over else { return }
        let now = clock.now
        if lastSent.advanced(by: interval) <= now {
            openIfSilent()
            lastSent = now
            reply.send(Self.comment.span)
        }
        arm()
    }

    private static let done: [UInt8] = Array("data: [DONE]\n\n".utf8)
    private static let comment: [UInt8] = Array(": keepalive\n\n".utf8)

    /// Shape: a chunk as OpenAI's, whose only choice has the finish reason `error`, with the error
    /// envelope's member beside it, where OpenAI's own clients look for it.
    private static func errorEvent(
        _ error: APIError, id: String, model: String, created: Int64, operation: CallOperation
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("object")
        writer.string(operation.chunkObject)
        writer.key("created")
        writer.integer(Int(created))
        writer.key("model")
        writer.string(model)
        writer.key("choices")
        let choices =
            operation == .completions
            ? #"[{"index":0,"text":"","logprobs":null,"finish_reason":"error"}]"#
            : #"[{"index":0,"delta":{},"finish_reason":"error"}]"#
        writer.raw(Array(choices.utf8))
        error.write(into: &writer)
        writer.endObject()
        return Array("data: ".utf8) + writer.bytes + Array("\n\n".utf8)
    }
}
