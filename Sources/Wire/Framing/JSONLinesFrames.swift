// SPDX-License-Identifier: Apache-2.0

/// Frames that are the lines of an `application/x-ndjson` body; blank lines are none.
///
/// A line ends at a line feed; a carriage return before it is white space of the line's JSON. The
/// end of the body ends the last line too, which its writer may have cut.
/// Source: https://github.com/ndjson/ndjson-spec.
package struct JSONLinesFrames: StreamFrameParser {
    private let maximumBytes: Int
    /// The line that has not ended yet.
    private var line: [UInt8] = []
    private var isTooLarge = false

    package init() { self.init(maximumBytes: 16 << 20) }

    /// `maximumBytes` limits each line, without its line feed.
    package init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    package mutating func receive(
        _ bytes: Span<UInt8>, _ handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) throws(FramingError) {
        if isTooLarge { throw Self.tooLarge }
        var position = 0
        while position < bytes.count {
            let end = Self.lineFeed(in: bytes, from: position)
            guard end - position <= maximumBytes - line.count else {
                isTooLarge = true
                line = []
                throw Self.tooLarge
            }
            guard end < bytes.count else { break }
            if line.isEmpty {
                Self.deliver(bytes.extracting(position..<end), to: handler)
            } else {
                line.append(bytes, position..<end)
                Self.deliver(line.span, to: handler)
                line.removeAll(keepingCapacity: true)
            }
            position = end + 1
        }
        line.append(bytes, position..<bytes.count)
    }

    package mutating func finish(
        _ handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) throws(FramingError) {
        if isTooLarge { throw Self.tooLarge }
        Self.deliver(line.span, to: handler)
        line = []
    }

    private static let tooLarge = FramingError("a line is too long", isTooLong: true)

    /// The offset of the first line feed at or after `start`, or `count`.
    private static func lineFeed(in bytes: Span<UInt8>, from start: Int) -> Int {
        var end = bytes.firstLineEnd(from: start)
        while end < bytes.count, bytes[end] != .lineFeed {
            end = bytes.firstLineEnd(from: end + 1)
        }
        return end
    }

    private static func deliver(
        _ line: Span<UInt8>, to handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) {
        var position = 0
        while position < line.count, line[position] <= 0x20 { position += 1 }
        if position < line.count { handler(line.extracting(0..<0), line) }
    }
}
