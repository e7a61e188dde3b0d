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
        Self.appendStatusLine(head.status, to: &output)
        if wallTime.seconds != dateSecond {
            dateSecond = wallTime.seconds
            date = HTTPDate(seconds: dateSecond).bytes
        }
        output.append(contentsOf: "date: ".utf8)
        output.append(contentsOf: date)
        switch framing.length {
        case .none, .untilClose: break
        case .chunked: output.append(contentsOf: "\r\ntransfer-encoding: chunked".utf8)
        case .contentLength(let count):
            output.append(contentsOf: "\r\ncontent-length: ".utf8)
            output.append(decimal: count)
        }
        if !framing.persists {
            output.append(contentsOf: "\r\nconnection: close".utf8)
        } else if framing.version == .http10 {
            output.append(contentsOf: "\r\nconnection: keep-alive".utf8)
        }
        Self.append(head.fields, to: &output)
        output.append(contentsOf: "\r\n\r\n".utf8)
    }

    /// Writes one chunk; nothing for no bytes, which would end the body.
    package static func append(chunk bytes: Span<UInt8>, to output: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        var digits = (Int.bitWidth - bytes.count.leadingZeroBitCount + 3) / 4
        while digits > 0 {
            digits -= 1
            let digit = UInt8(truncatingIfNeeded: bytes.count >> (4 * digits)) & 0xF
            output.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
        output.append(contentsOf: "\r\n".utf8)
        output.append(bytesOf: bytes)
        output.append(contentsOf: "\r\n".utf8)
    }

    /// Ends a chunked body.
    package static func appendLastChunk(to output: inout [UInt8]) {
        output.append(contentsOf: "0\r\n\r\n".utf8)
    }

    /// Tells a client to send its body. Source: RFC 9110 §15.2.1.
    package static func appendContinue(to output: inout [UInt8]) {
        output.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
    }

    private static func appendStatusLine(_ status: Int, to output: inout [UInt8]) {
        if status == 200 {
            output.append(contentsOf: "HTTP/1.1 200 OK\r\n".utf8)
            return
        }
        let written = (200...599).contains(status) ? status : 500
        output.append(contentsOf: "HTTP/1.1 ".utf8)
        output.append(decimal: written)
        output.append(ASCII.space)
        output.append(contentsOf: reasonPhrase(written).utf8)
        output.append(contentsOf: "\r\n".utf8)
    }

    private static func append(_ fields: HTTPFields, to output: inout [UInt8]) {
        let storage = fields.storage.span
        for (index, entry) in fields.entries.enumerated() {
            let name = storage.extracting(entry.name)
            guard isToken(name), !isAboutFraming(fields, index) else { continue }
            output.append(contentsOf: "\r\n".utf8)
            output.append(bytesOf: name)
            output.append(contentsOf: ": ".utf8)
            let valueStart = output.count
            output.append(bytesOf: storage.extracting(entry.value))
            for position in valueStart..<output.count where !output[position].isFieldValueByte {
                output[position] = ASCII.space
            }
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
