// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Wire

@Suite struct ResponseTests {
    static func framing(of request: String, _ body: ReplyBody) -> ReplyFraming {
        var harness = MachineHarness()
        harness.answers = false
        harness.feed(request)
        return harness.machine.beginReply(status: 200, body: body)
    }

    static func text(_ head: HTTPReplyHead, request: String, _ body: ReplyBody) -> String {
        var serializer = ResponseSerializer()
        var output: [UInt8] = []
        serializer.append(
            head, framing: framing(of: request, body),
            wallTime: WallTime(microseconds: 784_111_777_000_000), to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(arguments: [
        (
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n", ReplyBody.whole(count: 12),
            "\r\ncontent-length: 12"
        ),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", .pieces, "\r\ntransfer-encoding: chunked"),
        ("GET / HTTP/1.0\r\n\r\n", .pieces, "\r\nconnection: close"),
        (
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", .whole(count: 0),
            "\r\ncontent-length: 0\r\nconnection: keep-alive"
        ),
    ])
    func `a head has the date and its framing`(request: String, body: ReplyBody, fields: String) {
        let head = HTTPReplyHead(status: 200, fields: HTTPFields(["x-a": "1"]))
        #expect(
            Self.text(head, request: request, body)
                == "HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\(fields)"
                + "\r\nx-a: 1\r\n\r\n")
    }

    @Test func `fields cannot end early, name no token, or speak about framing`() {
        let fields = HTTPFields([
            "x-a": "1\r\nset-cookie: evil\u{0}", "x b": "2", "x\r\nc": "3", "": "4",
            "Content-Length": "5", "transfer-encoding": "x", "Connection": "x", "DATE": "x",
            "Keep-Alive": "x", "Upgrade": "x", "x-d": "caf\u{e9}\t!",
        ])
        let text = Self.text(
            HTTPReplyHead(status: 404, fields: fields),
            request: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", .whole(count: 0))
        #expect(
            text
                == "HTTP/1.1 404 Not Found\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                + "content-length: 0\r\nx-a: 1  set-cookie: evil \r\nx-d: caf\u{e9}\t!\r\n\r\n")
    }

    @Test(arguments: [(0, "500 Internal"), (99, "500"), (1000, "500"), (599, "599 \r\n")])
    func `a status that is none is a fault of ours`(status: Int, written: String) {
        let text = Self.text(
            HTTPReplyHead(status: status), request: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", .pieces)
        #expect(text.hasPrefix("HTTP/1.1 \(written)"))
    }

    @Test(arguments: [0, 1, 9, 10, 15, 16, 255, 256, 4096, 65535, 65536, 1_000_000])
    func `a chunk's size is its hexadecimal count, and an empty chunk is none`(count: Int) {
        var output: [UInt8] = []
        let bytes = [UInt8](repeating: 0x61, count: count)
        ResponseSerializer.append(chunk: bytes.span, to: &output)
        let text = String(decoding: output, as: UTF8.self)
        let content = String(decoding: bytes, as: UTF8.self)
        #expect(text == (count == 0 ? "" : "\(String(count, radix: 16))\r\n\(content)\r\n"))
    }

    @Test(
        arguments: [
            (0, "0.000"), (-5, "0.000"), (9, "0.009"), (10, "0.010"), (99, "0.099"), (100, "0.100"),
            (999, "0.999"), (1_000, "1.000"), (9_999, "9.999"), (10_000, "10.000"),
            (812_345, "812.345"), (.max, "9223372036854.775"), (.min, "0.000"),
        ] as [(Int64, String)])
    func `milliseconds have three decimals`(microseconds: Int64, text: String) {
        var bytes: [UInt8] = []
        bytes.append("a=", millisecondsOf: .microseconds(microseconds))
        #expect(bytes == Array("a=\(text)".utf8))
    }

    @Test func `a content length has the digits that Swift gives it`() {
        var counts = [0, Int.max]
        for exponent in 0..<63 {
            let power = 1 << exponent
            counts += [power - 1, power, Int.random(in: power...(power + (power - 1)))]
        }
        var power = 1
        for _ in 0..<18 {
            power *= 10
            counts += [power - 1, power]
        }
        for count in counts {
            let text = Self.text(
                HTTPReplyHead(status: 200), request: "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                .whole(count: count))
            #expect(text.hasSuffix("\r\ncontent-length: \(count)\r\n\r\n"))
        }
    }

    @Test func `a control byte anywhere in a value becomes a space`() {
        for length in [1, 7, 15, 16, 17, 31, 32, 33, 64] {
            for place in 0..<length {
                for control in [0x00, 0x0A, 0x0D, 0x1F, 0x7F] as [UInt8] {
                    var value = [UInt8](repeating: 0xE9, count: length)
                    value[place] = control
                    var fields = HTTPFields()
                    fields.append(name: "x-a".utf8.span, value: value.span)
                    var serializer = ResponseSerializer()
                    var output: [UInt8] = []
                    serializer.append(
                        HTTPReplyHead(status: 200, fields: fields),
                        framing: Self.framing(
                            of: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", .whole(count: 0)),
                        wallTime: WallTime(microseconds: 0), to: &output)
                    value[place] = 0x20
                    #expect(output.dropLast(4).suffix(length) == value[...])
                }
            }
        }
    }

    @Test func `dates are those of Foundation for four centuries and the far edge`() {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        for day in stride(from: 0, to: 146_097, by: 13) {
            let seconds = Int64(day) * 86_400 + Int64(day % 86_400)
            let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            #expect(String(decoding: HTTPDate(seconds: seconds).bytes, as: UTF8.self) == expected)
        }
        #expect(HTTPDate(seconds: -1) == HTTPDate(seconds: 0))
        #expect(HTTPDate(seconds: .max).bytes.count == 29)
    }

    @Test(arguments: [
        ("gzip", true), ("GZIP, deflate", true), ("deflate", false), ("", false), ("*", true),
        ("gzip;q=0", false), ("gzip; q=0.001", true), ("gzip;q=0.000", false),
        ("*;q=0", false), ("gzip;q=0, *", false), ("identity, gzip;q=0.5", false),
        ("identity;q=0.5, gzip;q=0.5", true), ("br;q=1.0, x-gzip;q=0.2", true),
        ("gzip;q=x", false), ("gzip;q=9", false), ("gzip;q=1.000", true), ("gzip;q=", false),
    ])
    func `gzip is used where its weight allows`(value: String, accepts: Bool) {
        #expect(HTTPFields(["Accept-Encoding": value]).acceptsGzip == accepts)
    }

    @Test func `a violation's envelope is JSON in OpenAI's shape`() throws {
        let json = try JSONSerialization.jsonObject(
            with: Data(HTTPViolation.bodyTooLarge(limit: 10).envelope))
        let error = try #require((json as? [String: Any])?["error"] as? [String: Any])
        #expect((error["message"] as? String)?.contains("larger than 10 bytes") == true)
        #expect(error["type"] as? String == "invalid_request_error")
        #expect(error["param"] is NSNull)
        #expect(error["code"] as? String == "request_too_large")
    }

    @Test func `a field takes a value that is appended in place`() {
        var fields = HTTPFields(["a": "1"])
        fields.append("b") { $0 += Array("two".utf8) }
        fields.append("c") { _ in }
        #expect(fields == HTTPFields(["a": "1", "b": "two", "c": ""]))
    }

    @Test func `fields are set, removed and found without case`() {
        var fields = HTTPFields(["A": "1", "b": "2", "a": "3"])
        fields.set("a", "4")
        #expect(fields.count == 2)
        #expect(fields.all("A") == ["4"])
        fields.remove("B")
        #expect(!fields.contains("b"))
        #expect(fields[0] == (name: "a", value: "4"))
    }
}
