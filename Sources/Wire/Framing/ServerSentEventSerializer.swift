// SPDX-License-Identifier: Apache-2.0

/// Writes events of a `text/event-stream`.
///
/// Shape: `[event: name LF] data: line LF … LF`. A reader gives back the same data, but that a
/// carriage return in it, alone or before a line feed, comes back as a line feed.
package enum ServerSentEventSerializer {
    /// Appends an event. Its `name` has no line end; an empty one is left out.
    package static func append(
        data: Span<UInt8>, name: String = "", to stream: inout [UInt8]
    ) {
        if !name.isEmpty {
            stream.append(contentsOf: "event: ".utf8)
            stream.append(contentsOf: name.utf8)
            stream.append(.lineFeed)
        }
        appendLines(of: data, field: "data: ", to: &stream)
        stream.append(.lineFeed)
    }

    /// Appends an event.
    package static func append(
        data: [UInt8], name: String = "", to stream: inout [UInt8]
    ) {
        append(data: data.span, name: name, to: &stream)
    }

    /// Appends a comment, one line for each of the text's, and a blank line: readers that cut the
    /// stream at blank lines would take it for the beginning of the next event otherwise. So it
    /// belongs between events.
    package static func append(comment: String, to stream: inout [UInt8]) {
        appendLines(of: comment.utf8.span, field: ": ", to: &stream)
        stream.append(.lineFeed)
    }

    /// Appends the event that ends an OpenAI stream, `data: [DONE]`.
    package static func appendDone(to stream: inout [UInt8]) {
        stream.append(contentsOf: "data: [DONE]\n\n".utf8)
    }

    private static func appendLines(
        of text: Span<UInt8>, field: String, to stream: inout [UInt8]
    ) {
        var position = 0
        while true {
            let end = text.firstLineEnd(from: position)
            stream.append(contentsOf: field.utf8)
            stream.append(text, position..<end)
            stream.append(.lineFeed)
            guard end < text.count else { return }
            position = end + 1
            let isPair = text[end] == .carriageReturn && position < text.count
            if isPair, text[position] == .lineFeed { position += 1 }
        }
    }
}
