// SPDX-License-Identifier: Apache-2.0

/// Finds one field line after the other and checks each byte once.
///
/// It remembers how far it has looked into a line that has not wholly arrived, so a line that
/// comes byte by byte costs no more than one that comes at once.
/// Source: RFC 9112 §5 (no space before the colon, no folding) and §2.2 (CRLF only: a recipient
/// may accept a bare LF, and we do not, because peers that differ here can be smuggled past).
struct FieldLineScanner: Sendable {
    enum Outcome {
        /// The line has not wholly arrived.
        case incomplete
        /// A field; `end` is the start of the next line. Ranges are of the scanned bytes.
        case field(name: Range<Int>, value: Range<Int>, end: Int)
        /// The empty line after the last field.
        case emptyLine(end: Int)
    }

    /// Bytes of the current line that have been checked.
    private var position = 0
    /// Where the current line's colon is, once it was seen.
    private var colon: Int?

    /// Scans the line that begins at `start`.
    ///
    /// Throws: the rule that is broken first, or `tooLarge` when the line with its CRLF is longer
    /// than `limit`; the same one however the bytes are split.
    mutating func scan(
        _ bytes: Span<UInt8>, from start: Int, limit: Int, tooLarge: HTTPViolation
    ) throws(HTTPViolation) -> Outcome {
        let line = bytes.extracting(start..<start + min(bytes.count - start, limit))
        let atLimit = line.count == limit
        if colon == nil {
            while position < line.count, line[position].isTokenByte { position += 1 }
            guard position < line.count else { return try wait(atLimit, tooLarge) }
            if position == 0, line[0] == ASCII.carriageReturn {
                guard line.count > 1 else { return try wait(atLimit, tooLarge) }
                guard line[1] == ASCII.lineFeed else { throw .bareCarriageReturn }
                return .emptyLine(end: start + 2)
            }
            try checkColon(line[position])
            colon = position
            position += 1
        }
        position = line.endOfFieldValue(from: position)
        guard position < line.count else { return try wait(atLimit, tooLarge) }
        guard line[position] == ASCII.carriageReturn else {
            throw line[position] == ASCII.lineFeed ? .bareLineFeed : .invalidFieldValue
        }
        guard position + 1 < line.count else { return try wait(atLimit, tooLarge) }
        guard line[position + 1] == ASCII.lineFeed else { throw .bareCarriageReturn }
        return take(line, from: start)
    }

    private func wait(
        _ atLimit: Bool, _ tooLarge: HTTPViolation
    ) throws(HTTPViolation) -> Outcome {
        if atLimit { throw tooLarge }
        return .incomplete
    }

    /// Throws unless `byte`, the first that is not of a name, is the colon after a name.
    private func checkColon(_ byte: UInt8) throws(HTTPViolation) {
        switch byte {
        case ASCII.colon where position > 0: return
        case ASCII.colon: throw .emptyFieldName
        case ASCII.space, ASCII.tab: throw position == 0 ? .foldedField : .spaceInFieldName
        case ASCII.lineFeed: throw .bareLineFeed
        case ASCII.carriageReturn: throw .fieldWithoutColon
        default: throw .invalidFieldName
        }
    }

    /// The field of the line that ends at `position`, white space around its value left out.
    private mutating func take(_ line: Span<UInt8>, from start: Int) -> Outcome {
        let nameEnd = colon ?? 0
        var from = nameEnd + 1
        var to = position
        while from < to, line[from].isWhitespace { from += 1 }
        while to > from, line[to - 1].isWhitespace { to -= 1 }
        let end = start + position + 2
        position = 0
        colon = nil
        return .field(
            name: start..<start + nameEnd, value: start + from..<start + to, end: end)
    }
}
