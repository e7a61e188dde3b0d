// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@Suite struct JSONWriterTests {
    @Test func `what is written has its commas and no white space`() throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a")
        writer.beginArray()
        writer.integer(-1)
        writer.integer(UInt64.max)
        writer.decimal("0.10")
        writer.beginArray()
        writer.endArray()
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        writer.key("b\"")
        writer.string("x\ny")
        writer.key("c")
        writer.null()
        writer.key("d")
        writer.bool(true)
        writer.key("e")
        writer.raw(Array(#"{"as":"it came"}"#.utf8))
        writer.endObject()
        let expected =
            #"{"a":[-1,18446744073709551615,0.10,[],{}],"b\"":"x\ny","c":null,"d":true,"#
            + #""e":{"as":"it came"}}"#
        #expect(writer.bytes == Array(expected.utf8))
        _ = try JSONDocument(parsing: writer.bytes)
        writer.removeAll()
        writer.bool(false)
        #expect(writer.bytes == Array("false".utf8))
        var appending = JSONWriter(appendingTo: Array("data: ".utf8))
        appending.null()
        #expect(appending.bytes == Array("data: null".utf8))
    }

    @Test func `every character comes back`() throws {
        let scalars = (0..<0x3000).compactMap { Unicode.Scalar($0) } + ["\u{FFFD}", "\u{1F600}"]
        for size in [1, 7, 16, 33, 1000] {
            for start in stride(from: 0, to: scalars.count, by: size) {
                var text = String.UnicodeScalarView()
                text.append(contentsOf: scalars[start..<min(start + size, scalars.count)])
                var writer = JSONWriter()
                writer.string(String(text))
                let document = try JSONDocument(parsing: writer.bytes)
                #expect(document.isString(document.root, String(text)))
            }
        }
    }

    static let integers: [Int] = {
        var numbers = [Int.min, Int.min + 1, -1, 0, 1, Int.max - 1, Int.max]
        var power = 10
        for _ in 1...18 {
            numbers += [power - 1, power, power + 1, -power + 1, -power, -power - 1]
            power = power.multipliedReportingOverflow(by: 10).partialValue
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<1_000 {
            let bits = Int.random(in: 0..<Int.bitWidth, using: &generator)
            numbers.append(Int(truncatingIfNeeded: UInt64.random(in: 0 ... .max)) >> bits)
        }
        return numbers
    }()

    @Test func `an integer has the digits that Swift gives it`() {
        for number in Self.integers {
            var writer = JSONWriter()
            writer.integer(number)
            #expect(writer.bytes == Array("\(number)".utf8))
        }
    }

    @Test func `a member reads as its key and its value written apart`() {
        let escapes = (0..<0x80).map { String(UnicodeScalar(UInt8($0))) }
        let texts = ["", "a", "é\u{1F600}", String(repeating: "x", count: 5_000)] + escapes
        var whole = JSONWriter()
        var apart = JSONWriter()
        whole.beginObject()
        apart.beginObject()
        for text in texts + texts.map({ "sixteen bytes are" + $0 + "!" }) {
            whole.member("a_key", string: text)
            whole.member("n", integer: text.utf8.count)
            whole.key(literal: "x")
            whole.bool(true)
            apart.key("a_key")
            apart.string(text)
            apart.key("n")
            apart.integer(text.utf8.count)
            apart.key("x")
            apart.bool(true)
        }
        whole.endObject()
        apart.endObject()
        #expect(whole.bytes == apart.bytes)
    }
}
