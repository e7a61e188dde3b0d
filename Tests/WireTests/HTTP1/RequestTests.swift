// SPDX-License-Identifier: Apache-2.0
import Testing
import Wire

/// A request that must be accepted, and what it must become.
struct ValidRow: Sendable, CustomTestStringConvertible {
    let text: String
    let method: String
    let target: String
    var body = ""
    var continues = false
    var testDescription: String { text.prefix(70).debugDescription }
}

@Suite struct RequestTests {
    static let valid: [ValidRow] = [
        ValidRow(text: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", method: "GET", target: "/"),
        ValidRow(text: "\r\nGET /a?b=c HTTP/1.1\r\nHost:\r\n\r\n", method: "GET", target: "/a?b=c"),
        ValidRow(text: "GET / HTTP/1.0\r\n\r\n", method: "GET", target: "/"),
        ValidRow(text: "GET / HTTP/1.9\r\nHost: [::1]:80\r\n\r\n", method: "GET", target: "/"),
        ValidRow(
            text: "GET http://example.com:80/a?b HTTP/1.1\r\nHost: other\r\n\r\n", method: "GET",
            target: "/a?b"),
        ValidRow(text: "GET HTTPS://a HTTP/1.1\r\nHost: a\r\n\r\n", method: "GET", target: "/"),
        ValidRow(text: "GET http://a?b HTTP/1.1\r\nHost: a\r\n\r\n", method: "GET", target: "/?b"),
        ValidRow(
            text: "POST /p HTTP/1.1\r\nhOsT:a\r\nContent-Length: 5\r\n\r\nhello", method: "POST",
            target: "/p", body: "hello"),
        ValidRow(
            text: "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 0005\r\n\r\nhello",
            method: "POST", target: "/p", body: "hello"),
        ValidRow(
            text: "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", method: "POST",
            target: "/p"),
        ValidRow(
            text: "GET /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n\r\n", method: "GET",
            target: "/p", body: "\r\n"),
        ValidRow(
            text: "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \t Chunked \r\n\r\n"
                + "5;x=\"y\"\r\nhello\r\n1 ; z\r\n \r\n00A\r\n0123456789\r\n0\r\nT: x\r\nU:\r\n\r\n",
            method: "POST", target: "/p", body: "hello 0123456789"),
        ValidRow(
            text: "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            method: "POST", target: "/p"),
        ValidRow(
            text: "PUT /p HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n"
                + "Content-Length: 2\r\n\r\nhi",
            method: "PUT", target: "/p", body: "hi", continues: true),
        ValidRow(
            text: "PUT /p HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
            method: "PUT", target: "/p", body: "hi"),
        ValidRow(
            text: "PUT /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                + "Content-Length: 0\r\n\r\n",
            method: "PUT", target: "/p"),
        ValidRow(
            text: "GET / HTTP/1.1\r\nHost: a\r\nX: \u{e9}\u{1F600}\tb \r\nX:\r\n\r\n",
            method: "GET",
            target: "/"),
    ]

    private func check(_ told: [Told], _ row: ValidRow) {
        #expect(told.count == (row.continues ? 2 : 1))
        if row.continues { #expect(told.first == .continueWanted) }
        guard case .request(let request) = told.last else {
            Issue.record("told \(told)")
            return
        }
        #expect(request.method == row.method)
        #expect(request.target == row.target)
        #expect(String(decoding: request.body, as: UTF8.self) == row.body)
    }

    @Test(arguments: valid)
    func `a valid request becomes one value, and the same one cut anywhere`(_ row: ValidRow) {
        let bytes = Array(row.text.utf8)
        let whole = MachineHarness.tell(bytes)
        check(whole, row)
        for first in 1..<bytes.count {
            #expect(MachineHarness.tell(bytes, cuts: [first]) == whole)
            for second in stride(from: first + 1, to: bytes.count, by: 7) {
                #expect(MachineHarness.tell(bytes, cuts: [first, second]) == whole)
            }
        }
        #expect(MachineHarness.tell(bytes, cuts: Array(1..<bytes.count)) == whole)
    }

    @Test func `fields keep order, case and repeats, and lose the white space around values`() {
        let told = MachineHarness.tell(
            "GET / HTTP/1.1\r\nHost: a\r\nX-A: \t1 2\t \r\nx-a:3\r\nEmpty:  \r\n\r\n")
        guard case .request(let request) = told.first else {
            Issue.record("told \(told)")
            return
        }
        #expect(request.fields.count == 4)
        #expect(request.fields[1] == (name: "X-A", value: "1 2"))
        #expect(request.fields.all("X-a") == ["1 2", "3"])
        #expect(request.fields.first("EMPTY") == "")
        #expect(request.fields.bytes("x-a").map(Array.init) == Array("1 2".utf8))
        #expect(request.fields.bytes("absent") == nil)
    }

    @Test func `each byte that a value may not hold is found at each place`() {
        for length in [1, 15, 16, 17, 40] {
            for place in 0..<length {
                for byte in UInt8.min...UInt8.max {
                    var value = [UInt8](repeating: 0x61, count: length)
                    value[place] = byte
                    let told = MachineHarness.tell(
                        Array("GET / HTTP/1.1\r\nHost: a\r\nx: b".utf8) + value
                            + Array("c\r\n\r\n".utf8))
                    let violation: HTTPViolation? =
                        switch byte {
                        case 0x09, 0x20...0x7E, 0x80...0xFF: nil
                        case 0x0A: .bareLineFeed
                        case 0x0D: .bareCarriageReturn
                        default: .invalidFieldValue
                        }
                    if let violation {
                        #expect(told == [.violation(violation)])
                    } else if case .request(let request)? = told.first {
                        #expect(Array(request.fields.valueBytes(at: 1)) == [0x62] + value + [0x63])
                    } else {
                        Issue.record("\(byte) at \(place): \(told)")
                    }
                }
            }
        }
    }

    @Test func `each byte that a name may not hold ends it`() {
        let special = Array("!#$%&'*+-.^_`|~".utf8)
        for byte in UInt8.min...UInt8.max {
            let head = Array("GET / HTTP/1.1\r\nHost: a\r\nx".utf8) + [byte]
            let told = MachineHarness.tell(head + Array("y: 1\r\n\r\n".utf8))
            let isToken =
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: special.contains(byte)
                }
            if case .request? = told.first {
                #expect(isToken || byte == 0x3A)
            } else {
                #expect(!isToken)
            }
        }
    }

    @Test func `pipelined requests come one at a time, in order`() {
        var harness = MachineHarness()
        harness.answers = false
        let requests = (0..<5).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }
        harness.feed(requests.joined())
        for number in 0..<5 {
            harness.run()
            let told = harness.told
            #expect(told.count == number + 1, "delivered before the reply ended")
            guard case .request(let request) = told.last else { continue }
            #expect(request.target == "/\(number)")
            let after = harness.reply()
            #expect(after == .awaitRequest)
            harness.run()
        }
        let rest = harness.unread
        #expect(rest.isEmpty)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", true),
        ("GET / HTTP/1.0\r\n\r\n", false),
        ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
    ])
    func `the connection persists as the client asks`(text: String, persists: Bool) {
        var harness = MachineHarness()
        harness.answers = false
        harness.feed(text)
        let framing = harness.machine.beginReply(status: 200, body: .whole(count: 1))
        #expect(framing.persists == persists)
        let after = harness.machine.endReply(now: harness.now)
        #expect(after == (persists ? .awaitRequest : .close))
    }

    @Test(arguments: [
        ("GET", "1.1", 200, ReplyBody.pieces, ReplyFraming.Length.chunked, true, true),
        ("GET", "1.0", 200, .pieces, .untilClose, true, false),
        ("HEAD", "1.1", 200, .pieces, .chunked, false, true),
        ("HEAD", "1.1", 200, .whole(count: 7), .contentLength(7), false, true),
        ("GET", "1.1", 204, .whole(count: 0), .none, false, true),
        ("GET", "1.1", 304, .pieces, .none, false, true),
        ("GET", "1.0", 200, .whole(count: 7), .contentLength(7), true, true),
    ])
    func `a reply is framed for its client`(
        method: String, version: String, status: Int, body: ReplyBody,
        length: ReplyFraming.Length, sendsBody: Bool, persists: Bool
    ) {
        var harness = MachineHarness()
        harness.answers = false
        harness.feed("\(method) / HTTP/\(version)\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
        let framing = harness.machine.beginReply(status: status, body: body)
        #expect(framing.length == length)
        #expect(framing.sendsBody == sendsBody)
        #expect(framing.persists == persists)
    }
}
