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
}
