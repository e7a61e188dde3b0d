// SPDX-License-Identifier: Apache-2.0

/// Finds the events of a `text/event-stream` in bytes that come in any pieces.
///
/// 1. Any split of the same bytes gives the same events, comments and failure.
/// 2. Each byte is looked at once. An event that lies wholly in one piece, with one data line, is
///    lent from there; otherwise its lines are kept until it ends.
/// 3. Without a data line there is no event; the end of the stream does not end an event.
/// 4. Unknown fields are ignored, and so is white space before a field's name.
///
/// After a failure the parser takes nothing more.
/// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
package struct ServerSentEventParser: Sendable {
    /// What of the current event lies in the piece that is being received, not copied yet.
    private struct InPiece {
        var name: Range<Int>?
        var data: Range<Int>?
    }

    private let maximumBytes: Int

    /// The line that has not ended yet.
    private var line: [UInt8] = []
    /// The data of the event that has not ended yet, kept from lines that have.
    private var data: [UInt8] = []
    private var hasData = false
    private var name: [UInt8] = []

    private var isFirstLine = true
    /// Whether the last byte was a carriage return: a line feed now belongs to it.
    private var followsCarriageReturn = false
    private var isTooLarge = false

    /// The last `id` field, or empty. It holds for all later events.
    package private(set) var lastEventID: [UInt8] = []

    /// The last `retry` field. Units: milliseconds.
    package private(set) var retryMilliseconds: Int?

    /// A parser of a stream of which nothing was received.
    ///
    /// `maximumBytes` limits each line, without its end, and the data of each event.
    package init(maximumBytes: Int = 16 << 20) { self.maximumBytes = maximumBytes }

    /// Whether an event has begun that no blank line has ended.
    package var hasPendingEvent: Bool { hasData || !line.isEmpty || !name.isEmpty }

    /// Takes the next piece of the stream and calls `handler` for each event and comment that ends
    /// in it.
    ///
    /// The handler cannot stop the parser: one that is done remembers it and ignores the rest of
    /// the piece. Throws: `eventTooLarge`, from then on at each call.
    package mutating func receive(
        _ bytes: Span<UInt8>,
        _ handler: (borrowing ServerSentEvent) -> Void
    ) throws(ServerSentEventError) {
        if isTooLarge { throw .eventTooLarge(maximumBytes: maximumBytes) }
        var inPiece = InPiece()
        var position = 0
        if followsCarriageReturn, !bytes.isEmpty {
            followsCarriageReturn = false
            if bytes[0] == .lineFeed { position = 1 }
        }
        while position < bytes.count {
            let end = bytes.firstLineEnd(from: position)
            guard end - position <= maximumBytes - line.count else { throw tooLarge() }
            guard end < bytes.count else { break }
            if line.isEmpty {
                try take(bytes, position..<end, &inPiece, handler)
            } else {
                try takeKeptLine(endingWith: bytes, position..<end, handler)
            }
            position = end + 1
            guard bytes[end] == .carriageReturn else { continue }
            if position == bytes.count { followsCarriageReturn = true }
            if position < bytes.count, bytes[position] == .lineFeed { position += 1 }
        }
        line.append(bytes, position..<bytes.count)
        keep(inPiece, of: bytes)
    }

    /// Ends the stream, as the standard has it: an event that is pending is dropped. Returns
    /// whether there was one.
    @discardableResult
    package mutating func finish() -> Bool {
        let wasPending = hasPendingEvent
        self = ServerSentEventParser(maximumBytes: maximumBytes)
        return wasPending
    }

    /// Ends the stream as some providers do, without a last blank line: a pending event is handed
    /// out as if it had ended. Its data may be cut. Returns whether one was pending.
    @discardableResult
    package mutating func finish(
        deliveringPendingTo handler: (borrowing ServerSentEvent) -> Void
    ) throws(ServerSentEventError) -> Bool {
        let wasPending = hasPendingEvent && !isTooLarge
        if wasPending {
            let end: [UInt8] = [.lineFeed, .lineFeed]
            try receive(end.span, handler)
        }
        finish()
        return wasPending
    }

    /// Takes the line whose beginning was kept from earlier pieces.
    private mutating func takeKeptLine(
        endingWith bytes: Span<UInt8>, _ range: Range<Int>,
        _ handler: (borrowing ServerSentEvent) -> Void
    ) throws(ServerSentEventError) {
        line.append(bytes, range)
        var whole: [UInt8] = []
        swap(&line, &whole)
        var inLine = InPiece()
        try take(whole.span, 0..<whole.count, &inLine, handler)
        keep(inLine, of: whole.span)
        whole.removeAll(keepingCapacity: true)
        swap(&line, &whole)
    }

    /// Takes one whole line, which is `range` of `text`.
    private mutating func take(
        _ text: Span<UInt8>, _ range: Range<Int>, _ inPiece: inout InPiece,
        _ handler: (borrowing ServerSentEvent) -> Void
    ) throws(ServerSentEventError) {
        let range = isFirstLine ? text.withoutByteOrderMark(range) : range
        isFirstLine = false
        if range.isEmpty { return dispatch(text, &inPiece, handler) }
        let (field, value) = EventStreamField.read(text, range)
        switch field {
        case .data:
            if hasData || inPiece.data != nil {
                keep(inPiece, of: text)
                inPiece = InPiece()
                guard value.count < maximumBytes - data.count else { throw tooLarge() }
                data.append(.lineFeed)
                data.append(text, value)
            } else {
                inPiece.data = value
            }
        case .event:
            inPiece.name = value
        case .comment:
            let comment = ServerSentEvent(
                .comment, name: text.extracting(0..<0), data: text.extracting(value))
            handler(comment)
        case .id:
            if !text.extracting(value).hasZero {
                lastEventID.removeAll(keepingCapacity: true)
                lastEventID.append(text, value)
            }
        case .retry:
            retryMilliseconds = text.extracting(value).decimal ?? retryMilliseconds
        case .unknown:
            break
        }
    }

    /// Hands out the event that a blank line ends.
    private mutating func dispatch(
        _ text: Span<UInt8>, _ inPiece: inout InPiece,
        _ handler: (borrowing ServerSentEvent) -> Void
    ) {
        if let data = inPiece.data, name.isEmpty || inPiece.name != nil {
            let name = text.extracting(inPiece.name ?? 0..<0)
            let event = ServerSentEvent(.event, name: name, data: text.extracting(data))
            handler(event)
        } else {
            keep(inPiece, of: text)
            if hasData {
                let event = ServerSentEvent(.event, name: name.span, data: data.span)
                handler(event)
            }
        }
        inPiece = InPiece()
        hasData = false
        data.removeAll(keepingCapacity: true)
        name.removeAll(keepingCapacity: true)
    }

    /// Copies what lies in a piece that will be gone.
    private mutating func keep(_ inPiece: InPiece, of text: Span<UInt8>) {
        if let range = inPiece.name {
            name.removeAll(keepingCapacity: true)
            name.append(text, range)
        }
        if let range = inPiece.data {
            hasData = true
            data.append(text, range)
        }
    }

    private mutating func tooLarge() -> ServerSentEventError {
        isTooLarge = true
        return .eventTooLarge(maximumBytes: maximumBytes)
    }
}
