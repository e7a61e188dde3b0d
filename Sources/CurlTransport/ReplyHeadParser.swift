// SPDX-License-Identifier: Apache-2.0
package import Wire

/// Makes a reply's head out of the lines that libcurl hands over one by one.
///
/// Interim replies (1xx) are skipped, lines after the final head (trailers) are ignored.
package struct ReplyHeadParser {
    /// Whether the status line of the final reply has come.
    package private(set) var hasStatus = false
    /// Whether the head has been returned.
    package private(set) var isComplete = false
    private var head = HTTPReplyHead(status: 0)
    private var isContentCoded = false
    private var byteCount = 0

    /// A parser that has seen nothing.
    package init() {}

    /// All lines together, interim replies included.
    static let maximumBytes = 64 * 1_024
    static let maximumFields = 256

    /// Takes the next line, its line end included; returns the head when this was its last line.
    ///
    /// Throws: `.malformed` for a line that is no field, or a head that breaks a limit.
    package mutating func receive(_ line: Span<UInt8>) throws(TransferFailure) -> HTTPReplyHead? {
        if isComplete { return nil }
        byteCount += line.count
        guard byteCount <= Self.maximumBytes else {
            throw Self.malformed("the head is longer than \(Self.maximumBytes) bytes")
        }
        let end = Self.contentEnd(of: line)
        if end == 0 {
            guard head.status >= 200 else { return nil }
            isComplete = true
            if isContentCoded {
                // The body is told decoded, so these would be lies.
                head.fields.remove("content-encoding")
                head.fields.remove("content-length")
            }
            return head
        }
        if Self.hasPrefix("HTTP/", line) {
            head = HTTPReplyHead(status: try Self.status(in: line, end: end))
            // Most heads fit, so that the arrays are allocated once.
            head.fields.reserve(fields: 16, bytes: 512)
            isContentCoded = false
            hasStatus = head.status >= 200
            return nil
        }
        try receiveField(line, end: end)
        return nil
    }

    private mutating func receiveField(_ line: Span<UInt8>, end: Int) throws(TransferFailure) {
        guard head.fields.count < Self.maximumFields else {
            throw Self.malformed("the head has more than \(Self.maximumFields) fields")
        }
        var colon = 0
        while colon < end, line[colon] != UInt8(ascii: ":") {
            // A name holds no space, and a line that begins with one continues the line before,
            // which RFC 9112 §5.2 forbids.
            guard line[colon] > 0x20, line[colon] != 0x7F else {
                throw Self.malformed("a field's name holds a space or a control byte")
            }
            colon += 1
        }
        guard colon > 0, colon < end else { throw Self.malformed("a line of the head has no name") }
        var first = colon + 1
        var last = end
        while first < last, Self.isSpace(line[first]) { first += 1 }
        while first < last, Self.isSpace(line[last - 1]) { last -= 1 }
        let name = line.extracting(0..<colon)
        let value = line.extracting(first..<last)
        if colon == 16, Self.hasPrefix("content-encoding", name), !Self.hasPrefix("identity", value)
        {
            isContentCoded = true
        }
        head.fields.append(name: name, value: value)
    }

    /// The status code of `HTTP/1.1 200 OK` or `HTTP/2 200`.
    private static func status(in line: Span<UInt8>, end: Int) throws(TransferFailure) -> Int {
        var index = 5
        while index < end, line[index] != 0x20 { index += 1 }
        while index < end, line[index] == 0x20 { index += 1 }
        guard index + 3 <= end, index + 3 == end || line[index + 3] == 0x20 else {
            throw malformed("the status line has no status")
        }
        var status = 0
        for digit in index..<index + 3 {
            guard line[digit] >= 0x30, line[digit] <= 0x39 else {
                throw malformed("the status is no number")
            }
            status = status * 10 + Int(line[digit] - 0x30)
        }
        guard status >= 100 else { throw malformed("the status is below 100") }
        return status
    }

    private static func malformed(_ detail: String) -> TransferFailure {
        TransferFailure(.malformed, detail: detail)
    }

    private static func contentEnd(of line: Span<UInt8>) -> Int {
        var end = line.count
        if end > 0, line[end - 1] == 0x0A { end -= 1 }
        if end > 0, line[end - 1] == 0x0D { end -= 1 }
        return end
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func hasPrefix(_ prefix: StaticString, _ bytes: Span<UInt8>) -> Bool {
        let count = prefix.utf8CodeUnitCount
        guard bytes.count >= count else { return false }
        for index in 0..<count
        where bytes[index].lowercasedASCII != prefix.utf8Start[index].lowercasedASCII {
            return false
        }
        return true
    }
}
