// SPDX-License-Identifier: Apache-2.0
import Testing
import Wire

@Suite struct JSONLinesFramesTests {
    struct Row: CustomTestStringConvertible {
        var body: String
        var lines: [String]
        var reason: String
        var testDescription: String { reason }

        init(_ body: String, _ lines: [String], _ reason: String) {
            (self.body, self.lines, self.reason) = (body, lines, reason)
        }
    }

    static let rows = [
        Row("", [], "nothing"),
        Row("{}\n{}\n", ["{}", "{}"], "two lines"),
        Row("{}\n{\"a\":1}", ["{}", "{\"a\":1}"], "the end of the body ends a line"),
        Row("\n \n\t\r\n{}\n\n", ["{}"], "blank lines are none"),
        Row("{}\r\n[]\r\n", ["{}\r", "[]\r"], "a carriage return is white space"),
        Row("{\r}\n", ["{\r}"], "a carriage return alone ends nothing"),
        Row(" {} \n", [" {} "], "white space is left to the JSON"),
        Row("{\"ä\":\"€😀\"}\n", ["{\"ä\":\"€😀\"}"], "characters of two to four bytes"),
        Row(
            "{\"a\":\"0123456789012345678901234567890123456789\"}\n1\n",
            ["{\"a\":\"0123456789012345678901234567890123456789\"}", "1"], "longer than a vector"),
        Row("\0\n", [], "a zero byte alone is as good as blank"),
    ]

    @Test(arguments: rows)
    func `a body gives its lines however it is cut`(row: Row) throws {
        let bytes = Array(row.body.utf8)
        #expect(try lines(of: [bytes]) == row.lines)
        #expect(try lines(of: bytes.map { [$0] }) == row.lines)
        for cut in 0...bytes.count {
            #expect(
                try lines(of: [Array(bytes[..<cut]), [], Array(bytes[cut...])]) == row.lines)
        }
    }

    @Test func `a line at the limit passes and a longer one does not`() throws {
        #expect(try lines(of: [Array("12345678\n1\n".utf8)], limit: 8) == ["12345678", "1"])
        for body in ["1\n123456789\n", "1\n123456789"] {
            for pieces in [[Array(body.utf8)], body.utf8.map { [$0] }] {
                var seen: [String] = []
                #expect(throws: FramingError("a line is too long", isTooLong: true)) {
                    try lines(of: pieces, limit: 8, seen: &seen)
                }
                #expect(seen == ["1"])
            }
        }
    }

    @Test func `after a failure nothing more is taken`() throws {
        var frames = JSONLinesFrames(maximumBytes: 2)
        let long = Array("123".utf8)
        let short = Array("1\n".utf8)
        #expect(throws: FramingError.self) { try frames.receive(long.span) { _, _ in } }
        #expect(throws: FramingError.self) { try frames.receive(short.span) { _, _ in } }
        #expect(throws: FramingError.self) { try frames.finish { _, _ in } }
    }

    private func lines(of pieces: [[UInt8]], limit: Int = 1 << 20) throws -> [String] {
        var seen: [String] = []
        try lines(of: pieces, limit: limit, seen: &seen)
        return seen
    }

    private func lines(of pieces: [[UInt8]], limit: Int, seen: inout [String]) throws {
        var frames = JSONLinesFrames(maximumBytes: limit)
        for piece in pieces {
            try frames.receive(piece.span) { name, data in
                let nameBytes = name.count
                #expect(nameBytes == 0)
                seen.append(text(data))
            }
        }
        try frames.finish { _, data in seen.append(text(data)) }
    }

    private func text(_ data: Span<UInt8>) -> String {
        String(decoding: data.indices.map { data[$0] }, as: UTF8.self)
    }
}
