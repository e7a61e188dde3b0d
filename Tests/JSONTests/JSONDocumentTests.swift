// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@Suite struct JSONDocumentTests {
    @Test func `keys of any length are told apart by any of their bytes`() throws {
        for length in 1...40 {
            let key = String(repeating: "k", count: length)
            let others = (0..<length).map { place in
                String(key.enumerated().map { $0.offset == place ? "x" : $0.element })
            }
            let names = others + [key, key + "k"]
            let members = names.enumerated().map { #""\#($0.element)":\#($0.offset)"# }
            let text = Array("{\(members.joined(separator: ","))}".utf8)
            let document = try JSONDocument(parsing: text)
            let outline = try JSONOutline(scanning: text)
            for (index, name) in names.enumerated() {
                let node = document.member(name, of: document.root)
                #expect(document.integer(node) == index)
                #expect(outline.integer(name, in: text.span) == index)
            }
            #expect(document.member(key + "kk", of: document.root) == nil)
        }
    }

    @Test func `values are read by key and by place`() throws {
        let text = #"""
            {"id":"a\nb","n":[1,-2,3.50,12345678901234567890],"o":{"t":true,"f":false,"x":null},
             "\u006b":"escaped key","empty":{},"none":[]}
            """#
        let document = try JSONDocument(parsing: Array(text.utf8))
        let root = document.root
        #expect(document.kind(of: root) == .object && document.count(of: root) == 6)
        #expect(document.string(document.member("id", of: root)) == "a\nb")
        #expect(document.isString(document.member("id", of: root), "a\nb"))
        #expect(!document.isString(document.member("id", of: root), #"a\nb"#))
        #expect(document.string(document.member("k", of: root)) == "escaped key")
        #expect(document.member("missing", of: root) == nil)
        #expect(document.string(document.member("missing", of: nil)) == nil)
        let numbers = document.member("n", of: root)
        #expect(document.integer(document.element(1, of: numbers)) == -2)
        #expect(document.integer(document.element(2, of: numbers)) == nil)
        #expect(document.decimalText(document.element(2, of: numbers)) == "3.50")
        #expect(document.integer(document.element(3, of: numbers)) == nil)
        #expect(document.element(4, of: numbers) == nil && document.element(-1, of: numbers) == nil)
        let object = document.member("o", of: root)
        #expect(document.bool(document.member("t", of: object)) == true)
        #expect(document.bool(document.member("f", of: object)) == false)
        #expect(document.isNull(document.member("x", of: object)))
        #expect(!document.isNull(document.member("y", of: object)))
        let keys = document.children(of: root).map { document.string(document.key(of: $0)) }
        #expect(keys == ["id", "n", "o", "k", "empty", "none"])
        #expect(document.firstChild(of: document.member("empty", of: root)) == nil)
        #expect(document.firstChild(of: document.member("none", of: root)) == nil)
    }

    @Test func `the handle reads the same`() throws {
        let value = try JSONValue(parsing: Array(#"{"a":[{"b":"c"},7,true,null,"1.0"]}"#.utf8))
        #expect(value["a"]?[0]?["b"]?.string == "c")
        #expect(
            value["a"]?.elements.map(\.text) == [#"{"b":"c"}"#, "7", "true", "null", #""1.0""#])
        #expect(value["a"]?[1]?.integer == 7 && value["a"]?[2]?.bool == true)
        #expect(value["a"]?[3]?.isNull == true && value["a"]?[9] == nil && value["b"] == nil)
        #expect(value.members.map(\.key) == ["a"] && value.elements.isEmpty)
        #expect(value["a"]?[1]?.decimalText == "7")
    }

    @Test(arguments: [
        (#"\ud83d\ude00"#, "😀"), (#"\ud83d"#, "\u{FFFD}"), (#"\ud83dx"#, "\u{FFFD}x"),
        (#"\ud83d\u0041"#, "\u{FFFD}A"), (#"\ud83d\ud83d\ude00"#, "\u{FFFD}😀"),
        (#"\ude00\ud83d"#, "\u{FFFD}\u{FFFD}"), (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#"\u00e9\u20AC"#, "é€"), (#"\u0000"#, "\0"), ("plain ä", "plain ä"),
        (
            #"a longer text, then \u00e9 and a longer text again"#,
            "a longer text, then é and a longer text again"
        ),
    ])
    func `escapes are resolved`(raw: String, expected: String) throws {
        let document = try JSONDocument(parsing: Array("\"\(raw)\"".utf8))
        #expect(document.string(document.root) == expected)
        #expect(document.isString(document.root, expected))
        #expect(document.hasEscapes(document.root) == raw.contains("\\"))
        var bytes: [UInt8] = []
        document.appendString(document.root, to: &bytes)
        #expect(bytes == Array(expected.utf8))
        var writer = JSONWriter()
        writer.string(raw: document.rawString(of: document.root))
        #expect(writer.bytes == document.source)
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("42", 42), ("-9223372036854775808", Int.min),
        ("9223372036854775807", Int.max), ("9223372036854775808", nil),
        ("-9223372036854775809", nil), ("1.0", nil), ("1e2", nil),
        ("100000000000000000000000000000000", nil),
    ])
    func `integers are exact or nothing`(text: String, expected: Int?) throws {
        let document = try JSONDocument(parsing: Array(text.utf8))
        #expect(document.integer(document.root) == expected)
        #expect(document.decimalText(document.root) == text)
    }

    @Test func `a document is used again, and is null after an error`() throws {
        var document = JSONDocument()
        #expect(document.isNull(document.root))
        for size in [10, 1000, 3] {
            let elements = (0..<size).map { "{\"i\":\($0)}" }.joined(separator: ",")
            try document.parse(Array("[\(elements)]".utf8).span)
            #expect(document.count(of: document.root) == size)
            let last = document.element(size - 1, of: document.root)
            #expect(document.integer(document.member("i", of: last)) == size - 1)
        }
        #expect(throws: JSONError.self) { try document.parse(Array("[1".utf8).span) }
        #expect(document.isNull(document.root) && document.text(of: document.root) == "null")
    }

    @Test func `an outline has the members of the root and nothing else`() throws {
        let text =
            #" { "model" : "gpt\u002d4o" ,"messages":[{"model":"no"}], "n":3,"stream":true, "x":null,"o":{}} "#
        let bytes = Array(text.utf8)
        let outline = try JSONOutline(scanning: bytes)
        #expect(outline.members.map(\.kind) == [.string, .array, .number, .true, .null, .object])
        #expect(
            outline.members.compactMap { outline.key(of: $0, in: bytes.span) }
                == ["model", "messages", "n", "stream", "x", "o"])
        #expect(outline.string("model", in: bytes.span) == "gpt-4o")
        #expect(outline.integer("n", in: bytes.span) == 3)
        #expect(outline.bool("stream", in: bytes.span) == true)
        #expect(outline.string("n", in: bytes.span) == nil && outline["y", in: bytes.span] == nil)
        let messages = try #require(outline["messages", in: bytes.span])
        #expect(String(decoding: bytes[messages.valueRange], as: UTF8.self) == #"[{"model":"no"}]"#)
        #expect(String(decoding: bytes[messages.keyRange], as: UTF8.self) == #""messages""#)
        #expect(bytes[outline.range].first == 0x7B && bytes[outline.range].last == 0x7D)
    }

    @Test(arguments: ["[]", "[{}]", "1", "\"a\"", "null", " true "])
    func `an outline wants an object`(text: String) {
        #expect(throws: JSONError(.rootNotAnObject, at: text.hasPrefix(" ") ? 1 : 0)) {
            try JSONOutline(scanning: Array(text.utf8))
        }
    }

    @Test(
        arguments: [
            (
                #" [ 1 , "a\"]" ,[ [2],3] ,{"x":[4]}, null ,-5e6]"#,
                ["1", #""a\"]""#, "[ [2],3]", #"{"x":[4]}"#, "null", "-5e6"]
            ),
            ("[]", []), ("[ ]", []), (#"{"a":[1]}"#, []), ("7", []), (#""a""#, []),
        ] as [(String, [String])])
    func `the elements are those of a root that is an array`(
        text: String, elements: [String]
    ) throws {
        let bytes = Array(text.utf8)
        let found = try JSONElements(scanning: bytes.span)
        #expect(found.ranges.map { String(decoding: bytes[$0], as: UTF8.self) } == elements)
    }

    @Test(arguments: ["[1", "[1,]", "[1]]", "", "[[1}]"])
    func `a text that is broken has no elements`(text: String) {
        #expect(throws: JSONError.self) { try JSONElements(scanning: Array(text.utf8).span) }
    }
}
