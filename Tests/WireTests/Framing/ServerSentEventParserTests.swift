// SPDX-License-Identifier: Apache-2.0
import Testing
import Wire

@Suite struct ServerSentEventParserTests {
    struct Row: CustomTestStringConvertible {
        var stream: String
        var events: [SeenEvent]
        var reason: String
        var testDescription: String { reason }

        init(_ stream: String, _ events: [SeenEvent], _ reason: String) {
            (self.stream, self.events, self.reason) = (stream, events, reason)
        }
    }

    static let rows = [
        Row("data: a\n\n", [.event("a")], "one line"),
        Row("data:a\n\ndata:  b\n\n", [.event("a"), .event(" b")], "at most one space is taken"),
        Row(
            "data: a\r\n\r\ndata: b\r\rdata: c\n\n", [.event("a"), .event("b"), .event("c")], "ends"
        ),
        Row("data: a\r\n\n", [.event("a")], "line ends may be mixed"),
        Row("data: a\ndata: b\ndata\n\n", [.event("a\nb\n")], "lines are joined"),
        Row("data\n\n", [.event("")], "a field without a colon has an empty value"),
        Row("data:\n\n", [.event("")], "an empty value"),
        Row("event: x\n\n", [], "no data, no event"),
        Row("event: x\n\ndata: a\n\n", [.event("a")], "the name does not outlive its event"),
        Row("event: x\ndata: a\n\n", [.event("a", name: "x")], "a name"),
        Row("data: a\nevent: x\n\n", [.event("a", name: "x")], "a name behind the data"),
        Row("event: x\nevent: y\ndata: a\n\n", [.event("a", name: "y")], "the last name counts"),
        Row("event: x\nevent:\ndata: a\n\n", [.event("a")], "a name taken back"),
        Row("event: x\ndata: a\ndata: b\n\n", [.event("a\nb", name: "x")], "a name and two lines"),
        Row(": hi\n\n:\n:a:b\n\n", [.comment("hi"), .comment(""), .comment("a:b")], "comments"),
        Row("data: a\n: hi\ndata: b\n\n", [.comment("hi"), .event("a\nb")], "a comment inside"),
        Row("\u{FEFF}data: a\n\n", [.event("a")], "a byte order mark"),
        Row("\u{FEFF}\n\u{FEFF}data: a\n\n", [], "only the first one"),
        Row("\n\r\n\r\ndata: a\n\n", [.event("a")], "blank lines first"),
        Row("\n\n \n\t\ndata: a\n\n", [.event("a")], "white space is no blank line, and no harm"),
        Row(" data: a\n\n", [], "white space belongs to the name"),
        Row("Data: a\nDATA: b\ndat: c\ndatax: d\n\n", [], "names are exact"),
        Row("\0data: a\n\0: b\n\n", [], "also behind a zero byte"),
        Row("foo: a\nbar\ndata: a\n\n", [.event("a")], "unknown fields are ignored"),
        Row("data: a\n", [], "no event without its blank line"),
        Row("data: [DONE]\n\ndata: x", [.event("[DONE]")], "a cut end is dropped"),
        Row("data: ä€😀\n\n", [.event("ä€😀")], "characters of two to four bytes"),
        Row(
            "data: {\"a\":\"0123456789012345678901234567890123456789\"}\n\n",
            [.event("{\"a\":\"0123456789012345678901234567890123456789\"}")], "longer than a vector"
        ),
    ]

    @Test(arguments: rows)
    func `a stream gives its events however it is cut`(row: Row) throws {
        let bytes = Array(row.stream.utf8)
        #expect(try events(of: [bytes]) == row.events)
        #expect(try events(of: bytes.map { [$0] }) == row.events)
        for cut in 0...bytes.count {
            let pieces = [Array(bytes[..<cut]), [], Array(bytes[cut...])]
            #expect(try events(of: pieces) == row.events)
        }
    }

    @Test func `the identifier and the delay are kept`() throws {
        let stream =
            "id: 7\nretry: 1500\ndata: a\n\nretry: 1s\nretry: 99999999999999999999\nid: a\0b\n\n"
        for size in 1...stream.utf8.count {
            var parser = ServerSentEventParser()
            for piece in Array(stream.utf8).pieces(of: size) {
                try parser.receive(piece.span) { _ in }
            }
            #expect(parser.lastEventID == Array("7".utf8))
            #expect(parser.retryMilliseconds == 1500)
        }
    }

    @Test(arguments: ["data: 1234567890\n\n", ": 12345678901234\n", "data: 123456789012345678"])
    func `too much is refused at the same event however it is cut`(tail: String) throws {
        let bytes = Array("data: 123456\n\n\(tail)".utf8)
        for size in 1...bytes.count {
            var parser = ServerSentEventParser(maximumBytes: 15)
            var seen: [SeenEvent] = []
            var failures = 0
            for piece in bytes.pieces(of: size) {
                do {
                    try parser.receive(piece.span) { seen.append(SeenEvent($0)) }
                } catch {
                    #expect(error == .eventTooLarge(maximumBytes: 15))
                    failures += 1
                }
            }
            #expect(failures > 0)
            #expect(seen == [.event("123456")])
        }
    }

    @Test func `the joined data has a limit of its own`() throws {
        var parser = ServerSentEventParser(maximumBytes: 15)
        let bytes = Array("data: 123456789\ndata: 12345\n\ndata: 123456789\ndata: 123456\n\n".utf8)
        var seen: [SeenEvent] = []
        #expect(throws: ServerSentEventError.eventTooLarge(maximumBytes: 15)) {
            try parser.receive(bytes.span) { seen.append(SeenEvent($0)) }
        }
        #expect(seen == [.event("123456789\n12345")])
    }

    @Test func `a pending event is dropped or delivered as the caller wants`() throws {
        for (stream, expected) in [
            ("data: a\n\ndata: b", "b"), ("data: a\n\ndata: b\r", "b"),
            ("data: a\n\ndata: b\n", "b"),
            ("data: a\n\ndata: b\ndata: c", "b\nc"),
        ] {
            let bytes = Array(stream.utf8)
            var parser = ServerSentEventParser()
            try parser.receive(bytes.span) { _ in }
            #expect(parser.hasPendingEvent)
            var other = parser
            let wasDropped = parser.finish()
            let isDroppedAgain = parser.finish()
            #expect(wasDropped && !isDroppedAgain && !parser.hasPendingEvent)
            var seen: [SeenEvent] = []
            let wasDelivered = try other.finish(deliveringPendingTo: { seen.append(SeenEvent($0)) })
            #expect(wasDelivered && !other.hasPendingEvent)
            #expect(seen == [.event(expected)])
        }
    }

    @Test func `what the serializer writes reads the same`() throws {
        let texts = ["", "a", "{\"a\":1}", "a\nb", "\n", "a\n", "\n\na", "ä€😀", " a", ":a"]
        var stream: [UInt8] = []
        for text in texts {
            ServerSentEventSerializer.append(data: Array(text.utf8), to: &stream)
            ServerSentEventSerializer.append(comment: "keepalive", to: &stream)
            ServerSentEventSerializer.append(data: Array(text.utf8), name: "delta", to: &stream)
        }
        ServerSentEventSerializer.appendDone(to: &stream)
        let expected = texts.flatMap { text in
            [SeenEvent.event(text), .comment("keepalive"), .event(text, name: "delta")]
        }
        #expect(try events(of: [stream]) == expected + [.event("[DONE]")])
        var lines: [UInt8] = []
        ServerSentEventSerializer.append(data: Array("a\r\nb\rc".utf8), to: &lines)
        #expect(try events(of: [lines]) == [.event("a\nb\nc")])
    }
}
