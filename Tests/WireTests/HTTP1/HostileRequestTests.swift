// SPDX-License-Identifier: Apache-2.0
import Testing
import Wire

/// A request that must be refused, and the clause that says so.
struct HostileRow: Sendable, CustomTestStringConvertible {
    let clause: String
    let text: String
    let violation: HTTPViolation
    var testDescription: String { "\(clause): \(text.prefix(70).debugDescription)" }

    init(_ clause: String, _ text: String, _ violation: HTTPViolation) {
        self.clause = clause
        self.text = text
        self.violation = violation
    }

    /// A POST with `fields` and something behind it that a smuggler wants served.
    init(_ clause: String, fields: String, body: String = "", _ violation: HTTPViolation) {
        self.init(
            clause,
            "POST /v1/a HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)GET /evil HTTP/1.1\r\n\r\n",
            violation)
    }
}

@Suite struct HostileRequestTests {
    static let lengths: [HostileRow] = [
        // Who believes which length: the pairs that smuggling lives on.
        HostileRow(
            "9112 §6.3 CL.TE", fields: "Content-Length: 6\r\nTransfer-Encoding: chunked",
            body: "0\r\n\r\nX", .contentLengthWithTransferEncoding),
        HostileRow(
            "9112 §6.3 TE.CL", fields: "Transfer-Encoding: chunked\r\nContent-Length: 4",
            body: "5c\r\n", .contentLengthWithTransferEncoding),
        HostileRow(
            "9112 §6.3 CL.0", fields: "Content-Length: 0\r\nTransfer-Encoding: chunked",
            .contentLengthWithTransferEncoding),
        HostileRow(
            "9112 §6.1 TE.TE", fields: "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
            .chunkedNotLast),
        HostileRow(
            "9112 §6.1 TE.TE", fields: "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
            .unknownTransferCoding),
        HostileRow(
            "9112 §6.1", fields: "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            .chunkedNotLast),
        HostileRow("9112 §6.1", fields: "Transfer-Encoding: chunked, chunked", .chunkedNotLast),
        HostileRow("9112 §6.1", fields: "Transfer-Encoding: chunked, identity", .chunkedNotLast),
        HostileRow(
            "9112 §6.1", fields: "Transfer-Encoding: gzip, chunked", .unknownTransferCoding),
        HostileRow("9112 §6.1", fields: "Transfer-Encoding: xchunked", .unknownTransferCoding),
        HostileRow("9112 §6.1", fields: "Transfer-Encoding: identity", .unknownTransferCoding),
        HostileRow("9112 §7", fields: "Transfer-Encoding: chunked;q=1", .unknownTransferCoding),
        HostileRow("9112 §6.1", fields: "Transfer-Encoding: \"chunked\"", .unknownTransferCoding),
        HostileRow("9112 §6.1", fields: "Transfer-Encoding:", .chunkedNotLast),
        HostileRow("9112 §6.1", fields: "Transfer-Encoding: ,", .chunkedNotLast),
        HostileRow("9110 §5.6.1.2", fields: "Transfer-Encoding: , chunked", .unknownTransferCoding),
        HostileRow("9110 §5.6.1.2", fields: "Transfer-Encoding: chunked,", .unknownTransferCoding),
        HostileRow(
            "9110 §5.6.1.2", fields: "Transfer-Encoding:\r\nTransfer-Encoding: chunked",
            .unknownTransferCoding),
        HostileRow(
            "9110 §5.6.1.2", fields: "Transfer-Encoding: ,\r\nTransfer-Encoding: chunked",
            .unknownTransferCoding),
        HostileRow("9112 §5.1", fields: "Transfer-Encoding : chunked", .spaceInFieldName),
        HostileRow("9112 §5.1", fields: "Transfer-Encoding\t: chunked", .spaceInFieldName),
        HostileRow("9112 §5.2", fields: "X: y\r\n Transfer-Encoding: chunked", .foldedField),
        HostileRow("9110 §5.5", fields: "Transfer-Encoding:\u{0B}chunked", .invalidFieldValue),
        HostileRow("9110 §5.5", fields: "Transfer-Encoding: chunked\u{0}", .invalidFieldValue),
        HostileRow("9112 §2.2", fields: "X: y\nTransfer-Encoding: chunked", .bareLineFeed),
        HostileRow("9112 §2.2", fields: "X: y\rTransfer-Encoding: chunked", .bareCarriageReturn),
        HostileRow("9110 §5.1", fields: "Transfer-Encoding\u{e9}: chunked", .invalidFieldName),
        HostileRow(
            "9112 §6.1", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            .transferEncodingInHTTP10),
        HostileRow(
            "9110 §8.6", fields: "Content-Length: 5\r\nContent-Length: 6", .repeatedContentLength),
        HostileRow(
            "9110 §8.6", fields: "Content-Length: 5\r\nContent-Length: 5", .repeatedContentLength),
        HostileRow("9110 §8.6", fields: "Content-Length: 5, 5", .invalidContentLength),
        HostileRow("9110 §8.6", fields: "Content-Length: +5", .invalidContentLength),
        HostileRow("9110 §8.6", fields: "Content-Length: -5", .invalidContentLength),
        HostileRow("9110 §8.6", fields: "Content-Length: 5 ", .invalidContentLength),
        HostileRow("9110 §8.6", fields: "Content-Length: 5 5", .invalidContentLength),
        HostileRow("9110 §8.6", fields: "Content-Length: 0x5", .invalidContentLength),
        HostileRow("9110 §8.6", fields: "Content-Length: 5.0", .invalidContentLength),
        HostileRow("9110 §8.6", fields: "Content-Length:", .invalidContentLength),
        HostileRow(
            "9110 §8.6", fields: "Content-Length: 9223372036854775808", .invalidContentLength),
        HostileRow(
            "9110 §8.6", fields: "Content-Length: 18446744073709551621", .invalidContentLength),
        HostileRow("9110 §8.6", fields: "Content-Length: \u{0665}", .invalidContentLength),
        HostileRow("9110 §15.5.12", fields: "X: y", .lengthRequired),
    ]

    static let lines: [HostileRow] = [
        HostileRow("9112 §2.2", "GET / HTTP/1.1\nHost: a\n\n", .bareLineFeed),
        HostileRow("9112 §2.2", "GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLineFeed),
        HostileRow("9112 §2.2", "GET / HTTP/1.1\r\nHost: a\r\n\rX", .bareCarriageReturn),
        HostileRow("9112 §2.2", "GET / HTTP/1.1\rHost: a\r\n\r\n", .bareCarriageReturn),
        HostileRow("9112 §2.2", "\r\n\r\nGET / HTTP/1.1\r\n", .malformedRequestLine),
        HostileRow("9112 §2.2", "\rGET / HTTP/1.1\r\n", .bareCarriageReturn),
        HostileRow("9112 §2.2", "\nGET / HTTP/1.1\r\n", .bareLineFeed),
        HostileRow("9112 §3", "GET  / HTTP/1.1\r\n", .malformedRequestLine),
        HostileRow("9112 §3", "GET /  HTTP/1.1\r\n", .malformedRequestLine),
        HostileRow("9112 §3", " GET / HTTP/1.1\r\n", .malformedRequestLine),
        HostileRow("9112 §3", "GET / HTTP/1.1 \r\n", .malformedRequestLine),
        HostileRow("9112 §3", "GET\t/ HTTP/1.1\r\n", .malformedRequestLine),
        HostileRow("9112 §3", "GET /\r\n", .malformedRequestLine),
        HostileRow("9112 §3", "GET\r\n", .malformedRequestLine),
        HostileRow("9112 §3.1", "G(T / HTTP/1.1\r\n", .malformedRequestLine),
        HostileRow("9112 §2.3", "GET / http/1.1\r\n", .malformedRequestLine),
        HostileRow("9112 §2.3", "GET / HTTP/1.10\r\n", .malformedRequestLine),
        HostileRow("9112 §2.3", "GET / HTTP/11\r\n", .malformedRequestLine),
        HostileRow("9112 §2.3", "GET / FTP/1.1\r\n\r\n", .malformedRequestLine),
        HostileRow("9110 §15.6.6", "GET / HTTP/2.0\r\n", .unsupportedVersion),
        HostileRow("9110 §15.6.6", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion),
        HostileRow("9110 §15.6.6", "GET / HTTP/0.9\r\n", .unsupportedVersion),
        HostileRow("8446 hello", "\u{16}\u{03}\u{01}\u{02}\u{00}", .malformedRequestLine),
        HostileRow("9112 §3.2", "GET /a#b HTTP/1.1\r\n", .invalidTarget),
        HostileRow("9112 §3.2", "GET /\u{e9} HTTP/1.1\r\n", .invalidTarget),
        HostileRow("9112 §3.2", "GET /\u{7f} HTTP/1.1\r\n", .invalidTarget),
        HostileRow("9112 §3.2", "GET /\u{0} HTTP/1.1\r\n", .malformedRequestLine),
        HostileRow("9112 §3.2.4", "OPTIONS * HTTP/1.1\r\n", .unsupportedTargetForm),
        HostileRow("9112 §3.2.3", "GET example.com:80 HTTP/1.1\r\n", .unsupportedTargetForm),
        HostileRow("9112 §3.2.3", "CONNECT a:443 HTTP/1.1\r\n", .connectMethod),
        HostileRow("9112 §3.2.2", "GET ftp://a/b HTTP/1.1\r\n", .unsupportedTargetForm),
        HostileRow("9112 §3.2.2", "GET http:///b HTTP/1.1\r\n", .invalidTarget),
        HostileRow("9110 §4.2.4", "GET http://u@a/b HTTP/1.1\r\n", .invalidTarget),
        HostileRow("9112 §3.2", "GET / HTTP/1.1\r\n\r\n", .missingHost),
        HostileRow("9112 §3.2", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .repeatedHost),
        HostileRow("9112 §3.2", "GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", .repeatedHost),
        HostileRow("9112 §3.2", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .invalidHost),
        HostileRow("9112 §3.2", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .invalidHost),
        HostileRow("9112 §3.2", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", .invalidHost),
        HostileRow("9112 §3.2", "GET / HTTP/1.1\r\nHost: a:x\r\n\r\n", .invalidHost),
        HostileRow("9112 §3.2", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .invalidHost),
        HostileRow("9112 §5.2", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", .foldedField),
        HostileRow("9112 §5.2", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n", .foldedField),
        HostileRow("9112 §5.1", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", .spaceInFieldName),
        HostileRow("9110 §5.1", "GET / HTTP/1.1\r\n: a\r\n\r\n", .emptyFieldName),
        HostileRow("9110 §5.1", "GET / HTTP/1.1\r\nHo(st: a\r\n\r\n", .invalidFieldName),
        HostileRow("9112 §5", "GET / HTTP/1.1\r\nHost\r\n\r\n", .fieldWithoutColon),
        HostileRow("9110 §5.5", "GET / HTTP/1.1\r\nHost: a\u{0}\r\n\r\n", .invalidFieldValue),
        HostileRow("9110 §5.5", "GET / HTTP/1.1\r\nX: \u{7f}\r\n\r\n", .invalidFieldValue),
        HostileRow("9110 §5.5", "GET / HTTP/1.1\r\nX: a\u{1b}[2J\r\n\r\n", .invalidFieldValue),
        HostileRow(
            "9110 §10.1.1", fields: "Content-Length: 1\r\nExpect: more", .unknownExpectation),
        HostileRow(
            "9110 §15.5.16", fields: "Content-Length: 1\r\nContent-Encoding: br",
            .unsupportedContentCoding),
        HostileRow(
            "9110 §8.4", fields: "Content-Length: 1\r\nContent-Encoding: gzip, gzip",
            .unsupportedContentCoding),
        HostileRow(
            "9110 §8.4",
            fields: "Content-Length: 1\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip",
            .unsupportedContentCoding),
    ]

    static func chunked(_ clause: String, _ body: String, _ violation: HTTPViolation) -> HostileRow
    {
        HostileRow(clause, fields: "Transfer-Encoding: chunked", body: body, violation)
    }

    static let chunks: [HostileRow] = [
        chunked("9112 §7.1", "\r\n", .invalidChunkSize),
        chunked("9112 §7.1", "x\r\n", .invalidChunkSize),
        chunked("9112 §7.1", "-1\r\n", .invalidChunkSize),
        chunked("9112 §7.1", "+1\r\n", .invalidChunkSize),
        chunked("9112 §7.1", "0x1\r\n", .invalidChunkSize),
        chunked("9112 §7.1", " 1\r\na\r\n", .invalidChunkSize),
        chunked("9112 §7.1", "1 \r\na\r\n", .invalidChunkSize),
        chunked("9112 §7.1", "1_0\r\n", .invalidChunkSize),
        chunked("9112 §7.1", ";a=b\r\n", .invalidChunkSize),
        chunked("9112 §7.1", "1\na\r\n", .bareLineFeed),
        chunked("9112 §7.1", "1\ra\r\n", .bareCarriageReturn),
        chunked("9112 §7.1.1", "1;a=b\na\r\n0\r\n\r\n", .bareLineFeed),
        chunked("9112 §7.1.1", "1;a\u{0}\r\n", .invalidChunkSize),
        chunked("9112 §7.1", "1\r\nab\r\n", .chunkWithoutEnd),
        chunked("9112 §7.1", "1\r\na\n", .chunkWithoutEnd),
        chunked("9112 §7.1", "1\r\na\rb", .chunkWithoutEnd),
        chunked("9112 §7.1", "1\r\na0\r\n\r\n", .chunkWithoutEnd),
        chunked("9112 §7.1", "ffffffffffffffff\r\n", .bodyTooLarge(limit: 67_108_864)),
        chunked("9112 §7.1", "ffffffffffffffff1\r\n", .bodyTooLarge(limit: 67_108_864)),
        chunked("9112 §7.1", "8000000000000000\r\n", .bodyTooLarge(limit: 67_108_864)),
        chunked("9112 §7.1.2", "0\r\nX y\r\n\r\n", .spaceInFieldName),
        chunked("9112 §7.1.2", "0\r\n X: y\r\n\r\n", .foldedField),
        chunked("9112 §7.1.2", "0\r\nX: y\n\r\n", .bareLineFeed),
        chunked("9112 §7.1.2", "0\r\n\rX", .bareCarriageReturn),
        chunked(
            "9112 §7.1.1", "1;" + String(repeating: "a", count: 300) + "\r\n",
            .chunkLineTooLong(limit: 256)),
        chunked(
            "9112 §7.1", String(repeating: "0", count: 300) + "\r\n",
            .chunkLineTooLong(limit: 256)),
        chunked(
            "9112 §7.1.1",
            String(repeating: "1;" + String(repeating: "a", count: 200) + "\r\na\r\n", count: 200),
            .chunkOverhead),
        chunked(
            "9112 §7.1.2", "0\r\nX: " + String(repeating: "y", count: 9000) + "\r\n\r\n",
            .trailersTooLarge(limit: 8192)),
    ]

    @Test(arguments: lengths + lines + chunks)
    func `a hostile request is refused and nothing behind it is served`(_ row: HostileRow) {
        #expect(MachineHarness.tell(row.text) == [.violation(row.violation)])
    }

    @Test(arguments: lengths + lines + chunks)
    func `a hostile request is refused alike however it is split`(_ row: HostileRow) {
        let bytes = Array(row.text.utf8)
        for cut in stride(from: 1, to: bytes.count, by: max(1, bytes.count / 400)) {
            #expect(MachineHarness.tell(bytes, cuts: [cut]) == [.violation(row.violation)])
        }
        #expect(
            MachineHarness.tell(bytes, cuts: Array(1..<bytes.count)) == [.violation(row.violation)])
    }

    @Test func `every violation has a status, a code and a message of its own`() {
        var messages: Set<String> = []
        for violation in (Self.lengths + Self.lines + Self.chunks).map(\.violation) {
            #expect((400...599).contains(violation.status))
            #expect(!violation.code.isEmpty)
            #expect(violation.message != "The request is malformed.")
            messages.insert(violation.message)
        }
        #expect(messages.count > 30)
    }
}
