// SPDX-License-Identifier: Apache-2.0

/// Takes the chunked coding off a request's body.
///
/// Extensions and trailers are checked, bounded and thrown away.
/// Shape: `5;name=value CRLF hello CRLF 0 CRLF [trailer CRLF] CRLF`. Source: RFC 9112 §7.1.
struct ChunkedDecoder: Sendable {
    private enum State: Sendable {
        case size, spaceAfterSize, chunkExtension, endOfSizeLine
        case data, endOfData, lineFeedAfterData
        case trailers
    }

    private var state = State.size
    private var size = 0
    private var lineBytes = 0
    private var overhead = 0
    private var trailerBytes = 0
    private var scanner = FieldLineScanner()

    /// Consumes bytes from `position` on and appends data to `body`; true at the coding's end.
    ///
    /// Throws: the first broken rule, the same one however the bytes are split; `bodyTooLarge` as
    /// soon as a size line passes what is left of the limit.
    mutating func decode(
        _ bytes: Span<UInt8>, at position: inout Int, into body: inout [UInt8], limits: HTTPLimits
    ) throws(HTTPViolation) -> Bool {
        while position < bytes.count {
            switch state {
            case .data:
                let end = position + min(size, bytes.count - position)
                body.append(bytesOf: bytes.extracting(position..<end))
                size -= end - position
                position = end
                if size == 0 { state = .endOfData }
            case .endOfData, .lineFeedAfterData:
                try endData(bytes[position])
                position += 1
            case .trailers:
                guard try skipTrailers(bytes, at: &position, limits: limits) else { return false }
                return true
            case .size, .spaceAfterSize, .chunkExtension, .endOfSizeLine:
                lineBytes += 1
                guard lineBytes <= limits.chunkLineBytes else {
                    throw .chunkLineTooLong(limit: limits.chunkLineBytes)
                }
                try readSizeLine(
                    bytes[position], room: limits.bodyBytes - body.count, limits: limits)
                position += 1
            }
        }
        return false
    }

    private mutating func readSizeLine(
        _ byte: UInt8, room: Int, limits: HTTPLimits
    ) throws(HTTPViolation) {
        switch (state, byte) {
        case (.endOfSizeLine, ASCII.lineFeed): try endSizeLine(limits)
        case (.endOfSizeLine, _): throw .bareCarriageReturn
        case (_, ASCII.lineFeed): throw .bareLineFeed
        case (.size, _) where byte.hexadecimalValue != nil:
            let (scaled, overflow) = size.multipliedReportingOverflow(by: 16)
            guard !overflow, scaled <= room, scaled + (byte.hexadecimalValue ?? 0) <= room else {
                throw .bodyTooLarge(limit: limits.bodyBytes)
            }
            size = scaled + (byte.hexadecimalValue ?? 0)
        case (.size, _) where lineBytes == 1: throw .invalidChunkSize
        case (.size, ASCII.carriageReturn), (.chunkExtension, ASCII.carriageReturn):
            state = .endOfSizeLine
        case (.size, UInt8(ascii: ";")), (.spaceAfterSize, UInt8(ascii: ";")):
            state = .chunkExtension
        case (.size, ASCII.space), (.size, ASCII.tab): state = .spaceAfterSize
        // §7.1.1: white space is bad but must be read, where an extension follows it.
        case (.spaceAfterSize, ASCII.space), (.spaceAfterSize, ASCII.tab): return
        case (.chunkExtension, _) where byte.isFieldValueByte: return
        default: throw .invalidChunkSize
        }
    }

    /// Starts the chunk's data, unless too many size lines carry too little of it.
    private mutating func endSizeLine(_ limits: HTTPLimits) throws(HTTPViolation) {
        // An honest chunk needs some 16 bytes, and may waste twice its data.
        overhead = max(0, overhead + lineBytes - 16 - 2 * min(size, limits.chunkOverheadBytes))
        guard overhead <= limits.chunkOverheadBytes else { throw .chunkOverhead }
        lineBytes = 0
        state = size == 0 ? .trailers : .data
    }

    private mutating func endData(_ byte: UInt8) throws(HTTPViolation) {
        let isCarriageReturn = state == .endOfData
        guard byte == (isCarriageReturn ? ASCII.carriageReturn : ASCII.lineFeed) else {
            throw .chunkWithoutEnd
        }
        state = isCarriageReturn ? .lineFeedAfterData : .size
    }

    private mutating func skipTrailers(
        _ bytes: Span<UInt8>, at position: inout Int, limits: HTTPLimits
    ) throws(HTTPViolation) -> Bool {
        while true {
            let outcome = try scanner.scan(
                bytes, from: position, limit: limits.trailerBytes - trailerBytes,
                tooLarge: .trailersTooLarge(limit: limits.trailerBytes))
            switch outcome {
            case .incomplete: return false
            case .field(_, _, let end):
                trailerBytes += end - position
                position = end
            case .emptyLine(let end):
                position = end
                return true
            }
        }
    }
}
