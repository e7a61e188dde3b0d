// SPDX-License-Identifier: Apache-2.0

/// A request before its body.
struct RequestHead: Sendable, Equatable {
    var line: RequestLine
    var fields: HTTPFields
}

/// Parses the head of one request, line by line as it arrives.
struct RequestHeadParser: Sendable {
    private let limits: HTTPLimits
    /// Bytes of the request line that have been checked.
    private var checked = 0
    private(set) var line: RequestLine?
    private var fields = HTTPFields()
    private var scanner = FieldLineScanner()
    private var fieldBytes = 0

    init(limits: HTTPLimits) { self.limits = limits }

    /// Consumes whole lines from `position` on; returns the head once the empty line was seen.
    ///
    /// Throws: the first broken rule, the same one however the bytes are split.
    mutating func parse(
        _ bytes: Span<UInt8>, at position: inout Int
    ) throws(HTTPViolation) -> RequestHead? {
        if line == nil { try parseRequestLine(bytes, at: &position) }
        guard let line else { return nil }
        while true {
            let outcome = try scanner.scan(
                bytes, from: position, limit: limits.fieldBytes - fieldBytes,
                tooLarge: .fieldsTooLarge(limit: limits.fieldBytes))
            switch outcome {
            case .incomplete: return nil
            case .emptyLine(let end):
                position = end
                return RequestHead(line: line, fields: fields)
            case .field(let name, let value, let end):
                try append(bytes, name: name, value: value, end: end)
                fieldBytes += end - position
                position = end
            }
        }
    }

    private mutating func append(
        _ bytes: Span<UInt8>, name: Range<Int>, value: Range<Int>, end: Int
    ) throws(HTTPViolation) {
        guard fields.count < limits.fieldCount else {
            throw .tooManyFields(limit: limits.fieldCount)
        }
        // White space after a value is legal and means nothing, but parsers are known to differ
        // about it after this one, and a difference here moves the end of the request.
        if value.upperBound < end - 2, bytes.extracting(name).matches("content-length") {
            throw .invalidContentLength
        }
        fields.append(name: bytes.extracting(name), value: bytes.extracting(value))
    }

    /// Consumes the request line where it has wholly arrived.
    private mutating func parseRequestLine(
        _ bytes: Span<UInt8>, at position: inout Int
    ) throws(HTTPViolation) {
        let limit = limits.requestLineBytes
        let text = bytes.extracting(position..<position + min(bytes.count - position, limit))
        while checked < text.count, text[checked] == ASCII.space || text[checked].isVisibleASCII {
            checked += 1
        }
        guard checked + 1 < text.count else {
            if checked < text.count { try checkLineEnd(text[checked]) }
            if text.count == limit { throw .requestLineTooLong(limit: limit) }
            return
        }
        try checkLineEnd(text[checked])
        guard text[checked + 1] == ASCII.lineFeed else { throw .bareCarriageReturn }
        line = try RequestLine(text.extracting(..<checked))
        position += checked + 2
        // Most heads fit, so that the arrays are allocated once.
        fields.reserve(fields: 16, bytes: min(max(bytes.count - position, 256), 1024))
    }

    private func checkLineEnd(_ byte: UInt8) throws(HTTPViolation) {
        switch byte {
        case ASCII.carriageReturn: return
        case ASCII.lineFeed: throw .bareLineFeed
        case 0x7F...: throw .invalidTarget
        default: throw .malformedRequestLine
        }
    }
}
