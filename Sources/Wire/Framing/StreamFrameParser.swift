// SPDX-License-Identifier: Apache-2.0

/// Cuts the body of a streamed answer into frames, whatever pieces it comes in.
///
/// Any split of the same bytes gives the same frames and the same failure. After a failure the
/// parser takes nothing more.
package protocol StreamFrameParser: Sendable {
    /// A parser of a body of which nothing was received.
    init()

    /// Takes the next bytes and calls `handler` for each frame that ends in them, with its name
    /// (empty where the framing has none) and its data, both lent for the call.
    mutating func receive(
        _ bytes: Span<UInt8>, _ handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) throws(FramingError)

    /// The body ended: a frame that only its end ends is handed out. Throws where it ended inside
    /// of one.
    mutating func finish(
        _ handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) throws(FramingError)
}

/// Why a body is not read any further.
package struct FramingError: Error, Sendable, Equatable {
    /// For the log and the client: what is wrong, without the bytes themselves.
    package var problem: String
    /// Whether a frame is longer than is held, and may be right.
    package var isTooLong: Bool

    package init(_ problem: String, isTooLong: Bool = false) {
        self.problem = problem
        self.isTooLong = isTooLong
    }
}

/// Frames that are the events of a `text/event-stream`; comments are none.
package struct ServerSentEventFrames: StreamFrameParser {
    private var parser = ServerSentEventParser()

    package init() {}

    package mutating func receive(
        _ bytes: Span<UInt8>, _ handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) throws(FramingError) {
        do throws(ServerSentEventError) {
            try parser.receive(bytes) { event in
                if event.kind == .event { handler(event.name, event.data) }
            }
        } catch {
            throw FramingError("an event is too long", isTooLong: true)
        }
    }

    /// Some providers end without the last blank line: what is pending then is an event.
    package mutating func finish(
        _ handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) throws(FramingError) {
        do throws(ServerSentEventError) {
            try parser.finish(deliveringPendingTo: { event in
                if event.kind == .event { handler(event.name, event.data) }
            })
        } catch {
            throw FramingError("an event is too long", isTooLong: true)
        }
    }
}
