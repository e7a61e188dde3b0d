// SPDX-License-Identifier: Apache-2.0

/// Writes replies.
///
/// What a caller puts into a field cannot end the field: control bytes of values are written as
/// spaces, and a field whose name is not a token, or that is about framing, is left out.
/// Source: RFC 9112 §4 and §6, RFC 9110 §5.5.
package struct ResponseSerializer: Sendable {
    private var dateSecond: Int64 = .min
    private var date: [UInt8] = []

    /// Makes a serializer; one serves all connections of a shard.
    package init() {}

    /// Writes the status line and all fields.
    ///
    /// A status outside of 200–599 is a fault of ours and is written as 500. `Date` is made once
    /// a second.
    package mutating func append(
        _ head: HTTPReplyHead, framing: ReplyFraming, wallTime: WallTime,
        to output: inout [UInt8]
    ) {
        if wallTime.seconds != dateSecond {
            dateSecond = wallTime.seconds
            date = HTTPDate(seconds: dateSecond).bytes
        }
        let fields = head.fields
        // A field stands between a line end and its value, with a colon and a space.
        let room = Self.ownRoom + fields.storage.count + 4 * fields.count
        output.append(addingCapacity: room) { [date] output in
            Self.appendStatusLine(head.status, to: &output)
            output.append(literal: "date: ")
            output.append(copying: date.span)
            Self.append(framing, to: &output)
            Self.append(fields, to: &output)
            output.append(literal: "\r\n\r\n")
        }
    }

    /// More than the status line and the serializer's own fields take: 46, 35, 38 and 24 bytes.
    private static let ownRoom = 256

    /// Writes one chunk; nothing for no bytes, which would end the body.
    package static func append(chunk bytes: Span<UInt8>, to output: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        var digits = (Int.bitWidth - bytes.count.leadingZeroBitCount + 3) / 4
        while digits > 0 {
            digits -= 1
            let digit = UInt8(truncatingIfNeeded: bytes.count >> (4 * digits)) & 0xF
            output.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
        output.append(literal: "\r\n")
        output.append(bytesOf: bytes)
        output.append(literal: "\r\n")
    }

    /// Ends a chunked body.
    package static func appendLastChunk(to output: inout [UInt8]) {
        output.append(literal: "0\r\n\r\n")
    }

    /// Tells a client to send its body. Source: RFC 9110 §15.2.1.
    package static func appendContinue(to output: inout [UInt8]) {
        output.append(literal: "HTTP/1.1 100 Continue\r\n\r\n")
    }

    private static func appendStatusLine(_ status: Int, to output: inout OutputSpan<UInt8>) {
        if status == 200 { return output.append(literal: "HTTP/1.1 200 OK\r\n") }
        let written = (200...599).contains(status) ? status : 500
        output.append(literal: "HTTP/1.1 ")
        output.append(decimal: written)
        output.append(ASCII.space)
        output.append(copying: reasonPhrase(written).utf8.span)
        output.append(literal: "\r\n")
    }

    private static func append(_ framing: ReplyFraming, to output: inout OutputSpan<UInt8>) {
        switch framing.length {
        case .none, .untilClose: break
        case .chunked: output.append(literal: "\r\ntransfer-encoding: chunked")
        case .contentLength(let count):
            output.append(literal: "\r\ncontent-length: ")
            output.append(decimal: count)
        }
        if !framing.persists {
            output.append(literal: "\r\nconnection: close")
        } else if framing.version == .http10 {
            output.append(literal: "\r\nconnection: keep-alive")
        }
    }

    private static func append(_ fields: HTTPFields, to output: inout OutputSpan<UInt8>) {
        let storage = fields.storage.span
        for (index, entry) in fields.entries.enumerated() {
            let name = storage.extracting(entry.name)
            guard isToken(name), !isAboutFraming(fields, index) else { continue }
            output.append(literal: "\r\n")
            output.append(copying: name)
            output.append(literal: ": ")
            append(value: storage.extracting(entry.value), to: &output)
        }
    }

    private static func append(value: Span<UInt8>, to output: inout OutputSpan<UInt8>) {
        var rest = value
        while true {
            let end = rest.endOfFieldValue(from: 0)
            output.append(copying: rest.extracting(..<end))
            guard end < rest.count else { return }
            output.append(ASCII.space)
            rest = rest.extracting((end + 1)...)
        }
    }

    private static func isToken(_ name: Span<UInt8>) -> Bool {
        for index in name.indices where !name[index].isTokenByte { return false }
        return !name.isEmpty
    }

    /// Whether the field is the writer's own, or belongs to one connection only.
    private static func isAboutFraming(_ fields: HTTPFields, _ index: Int) -> Bool {
        switch fields.entries[index].nameLength {
        case 2: fields.isNamed(index, "te")
        case 4: fields.isNamed(index, "date")
        case 7: fields.isNamed(index, "trailer") || fields.isNamed(index, "upgrade")
        case 10: fields.isNamed(index, "connection") || fields.isNamed(index, "keep-alive")
        case 14: fields.isNamed(index, "content-length")
        case 16: fields.isNamed(index, "proxy-connection")
        case 17: fields.isNamed(index, "transfer-encoding")
        default: false
        }
    }
}
