// SPDX-License-Identifier: Apache-2.0

/// Frames that are the messages of an `application/vnd.amazon.eventstream`.
///
/// A message is: total length, headers' length, CRC-32 of these two, headers, payload, CRC-32 of all
/// before it; numbers are big-endian, each of four bytes.
///
/// Rules:
///  1. Both checksums are checked; nothing of a message is handed out before its own is right.
///  2. Lengths are checked as soon as they are here, so that no false one makes anybody wait.
///  3. An event's name is its `:event-type`. What the service says of its failure is told apart by
///     `exception:` before the exception's type, or `error:` before an unmodelled error's code.
///
/// Source: Smithy, "Amazon Event Stream" specification.
package struct AWSEventStreamFrames: StreamFrameParser {
    /// The longest message. Units: bytes.
    static let longestMessage = 16 << 20
    /// The longest headers of one message. Units: bytes.
    static let longestHeaders = 128 << 10
    /// Lengths and their checksum. Units: bytes.
    private static let preludeLength = 12
    /// The checksum at the end. Units: bytes.
    private static let trailerLength = 4

    /// The beginning of a message that is not here as a whole.
    private var pending: [UInt8] = []
    /// The length of the pending message, once it is known.
    private var pendingLength: Int?
    private var failure: FramingError?

    package init() {}

    package mutating func receive(
        _ bytes: Span<UInt8>, _ handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) throws(FramingError) {
        if let failure { throw failure }
        do throws(FramingError) {
            try take(bytes, handler)
        } catch {
            pending = []
            failure = error
            throw error
        }
    }

    package mutating func finish(
        _ handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) throws(FramingError) {
        if let failure { throw failure }
        if !pending.isEmpty { throw FramingError("the body ended inside of a message") }
    }

    private mutating func take(
        _ bytes: Span<UInt8>, _ handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) throws(FramingError) {
        var position = 0
        while position < bytes.count {
            if pending.isEmpty, bytes.count - position >= Self.preludeLength {
                // A message that is here as a whole is read where it is.
                let rest = bytes.extracting(position...)
                let length = try Self.messageLength(rest)
                if length <= rest.count {
                    try Self.deliver(rest.extracting(..<length), handler)
                    position += length
                    continue
                }
            }
            let wanted = pendingLength ?? Self.preludeLength
            let end = position + min(wanted - pending.count, bytes.count - position)
            pending.append(bytesOf: bytes.extracting(position..<end))
            position = end
            guard pending.count == wanted else { return }
            if pendingLength == nil {
                pendingLength = try Self.messageLength(pending.span)
            } else {
                try Self.deliver(pending.span, handler)
                pending.removeAll(keepingCapacity: true)
                pendingLength = nil
            }
        }
    }

    /// The length of the message whose prelude `bytes` begin with.
    private static func messageLength(_ bytes: Span<UInt8>) throws(FramingError) -> Int {
        let total = bytes.bigEndian32(at: 0)
        let headers = bytes.bigEndian32(at: 4)
        guard total >= preludeLength + trailerLength else {
            throw FramingError("a message is shorter than its own frame")
        }
        guard total <= longestMessage else {
            throw FramingError("a message is too long", isTooLong: true)
        }
        guard headers <= longestHeaders else {
            throw FramingError("the headers of a message are too long")
        }
        guard headers <= total - preludeLength - trailerLength else {
            throw FramingError("the headers of a message are longer than the message")
        }
        guard CRC32.checksum(of: bytes.extracting(..<8)) == UInt32(bytes.bigEndian32(at: 8)) else {
            throw FramingError("the checksum of a message's lengths is wrong")
        }
        return total
    }

    /// Hands out one whole message.
    private static func deliver(
        _ message: Span<UInt8>, _ handler: (_ name: Span<UInt8>, _ data: Span<UInt8>) -> Void
    ) throws(FramingError) {
        let end = message.count - trailerLength
        guard
            CRC32.checksum(of: message.extracting(..<end))
                == UInt32(message.bigEndian32(at: end))
        else { throw FramingError("the checksum of a message is wrong") }
        let payload = preludeLength + message.bigEndian32(at: 4)
        let headers = try AWSEventHeaders(reading: message.extracting(preludeLength..<payload))
        let data = message.extracting(payload..<end)
        switch headers.messageType {
        case "exception":
            let name = "exception:" + headers.exceptionType
            handler(name.utf8.span, data)
        case "error":
            // An unmodelled error has no payload: its words are in a header.
            let name = "error:" + headers.errorCode
            if data.isEmpty {
                handler(name.utf8.span, headers.errorMessage.utf8.span)
            } else {
                handler(name.utf8.span, data)
            }
        default:
            handler(headers.eventType.utf8.span, data)
        }
    }
}

/// The headers of one message, as far as they say what it is.
private struct AWSEventHeaders {
    var messageType = ""
    var eventType = ""
    var exceptionType = ""
    var errorCode = ""
    var errorMessage = ""

    /// Shape: length of the name (1 byte), name, type (1 byte), value.
    init(reading bytes: Span<UInt8>) throws(FramingError) {
        var position = 0
        while position < bytes.count {
            let nameLength = Int(bytes[position])
            guard nameLength > 0, nameLength < bytes.count - position - 1 else {
                throw FramingError("a header's name has no length, or ends behind the headers")
            }
            let nameEnd = position + 1 + nameLength
            let name = bytes.extracting(position + 1..<nameEnd)
            let type = bytes[nameEnd]
            let value = try Self.valueRange(type: type, from: nameEnd + 1, in: bytes)
            if type == 7 {
                try take(name, bytes.extracting(value))
            }
            position = value.upperBound
        }
    }

    private static func valueRange(
        type: UInt8, from start: Int, in bytes: Span<UInt8>
    ) throws(FramingError) -> Range<Int> {
        var start = start
        let length: Int
        switch type {
        case 0, 1: length = 0  // true, false
        case 2: length = 1  // byte
        case 3: length = 2  // short
        case 4: length = 4  // integer
        case 5, 8: length = 8  // long, timestamp
        case 9: length = 16  // UUID
        case 6, 7:  // bytes, string
            guard bytes.count - start >= 2 else {
                throw FramingError("a header's value ends behind the headers")
            }
            length = Int(bytes[start]) << 8 | Int(bytes[start + 1])
            guard length <= Int(Int16.max) else {
                throw FramingError("a header's value is too long")
            }
            start += 2
        default: throw FramingError("a header has a type that is not known")
        }
        guard length <= bytes.count - start else {
            throw FramingError("a header's value ends behind the headers")
        }
        return start..<start + length
    }

    private mutating func take(_ name: Span<UInt8>, _ value: Span<UInt8>) throws(FramingError) {
        if name.isEqual(to: ":message-type") {
            messageType = try Self.text(value)
        } else if name.isEqual(to: ":event-type") {
            eventType = try Self.text(value)
        } else if name.isEqual(to: ":exception-type") {
            exceptionType = try Self.text(value)
        } else if name.isEqual(to: ":error-code") {
            errorCode = try Self.text(value)
        } else if name.isEqual(to: ":error-message") {
            errorMessage = try Self.text(value)
        }
    }

    private static func text(_ value: Span<UInt8>) throws(FramingError) -> String {
        guard let text = String(validating: value.indices.map { value[$0] }, as: UTF8.self) else {
            throw FramingError("a header is no UTF-8")
        }
        return text
    }
}

extension Span<UInt8> {
    /// The number in the four bytes at `position`, which the caller knows to be there.
    fileprivate func bigEndian32(at position: Int) -> Int {
        Int(self[position]) << 24 | Int(self[position + 1]) << 16 | Int(self[position + 2]) << 8
            | Int(self[position + 3])
    }

    fileprivate func isEqual(to text: String) -> Bool {
        let other = text.utf8.span
        guard count == other.count else { return false }
        for position in indices where self[position] != other[position] { return false }
        return true
    }
}
