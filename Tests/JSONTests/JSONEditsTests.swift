// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@Suite struct JSONEditsTests {
    static func edited(_ text: String, _ change: (inout JSONEdits, JSONDocument) -> Void) throws
        -> String
    {
        let document = try JSONDocument(parsing: Array(text.utf8))
        var edits = JSONEdits()
        change(&edits, document)
        let result = edits.applied(to: document.source.span)
        _ = try JSONDocument(parsing: result)
        return String(decoding: result, as: UTF8.self)
    }

    @Test(arguments: [
        ("{}", #"{"k":1}"#), ("{ }", #"{"k":1 }"#), (#"{"a":1}"#, #"{"a":1,"k":1}"#),
        ("{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\"k\":1\n}\n"),
    ])
    func `a member is added`(text: String, expected: String) throws {
        let result = try Self.edited(text) { edits, document in
            if let place = document.place(of: document.root) {
                edits.addMember("k", Array("1".utf8), to: place)
            }
        }
        #expect(result == expected)
    }

    @Test(arguments: [
        ([0], "{ \"b\" : 2 , \"c\" : 3 }"), ([1], "{ \"a\" : 1 , \"c\" : 3 }"),
        ([2], "{ \"a\" : 1 , \"b\" : 2 }"), ([0, 1], "{ \"c\" : 3 }"), ([1, 2], "{ \"a\" : 1 }"),
        ([0, 2], "{ \"b\" : 2 }"), ([0, 1, 2], "{  }"), ([2, 0, 1, 1], "{  }"),
    ])
    func `members are removed with their commas`(removed: [Int], expected: String) throws {
        let result = try Self.edited("{ \"a\" : 1 , \"b\" : 2 , \"c\" : 3 }") { edits, document in
            if let place = document.place(of: document.root) {
                for index in removed { edits.removeMember(at: index, from: place) }
            }
        }
        #expect(result == expected)
    }

    /// Every set of removals, additions and replacements on a small object gives what a plain
    /// rebuilding of the members gives.
    @Test func `removals, additions and replacements work together`() throws {
        let keys = ["a", "b", "c", "d"]
        let text = "{\(keys.map { "\"\($0)\":{\"v\":0}" }.joined(separator: ","))}"
        for mask in 0..<256 {
            for added in 0..<3 {
                let result = try Self.edited(text) { edits, document in
                    guard let place = document.place(of: document.root) else { return }
                    for (index, key) in keys.enumerated() {
                        let member = document.member(key, of: document.root) ?? document.root
                        if mask >> index & 1 == 1 { edits.removeMember(at: index, from: place) }
                        if mask >> (index + 4) & 1 == 1 {
                            edits.replace(document.range(of: member), with: Array("1".utf8))
                            if let inner = document.place(of: member) {
                                edits.addMember("lost", Array("0".utf8), to: inner)
                            }
                        }
                    }
                    for index in 0..<added {
                        edits.addMember("n\(index)", Array("\(index)".utf8), to: place)
                    }
                }
                let kept = keys.enumerated().filter { mask >> $0.offset & 1 == 0 }.map {
                    index, key in
                    "\"\(key)\":\(mask >> (index + 4) & 1 == 1 ? "1" : "{\"v\":0}")"
                }
                let news = (0..<added).map { "\"n\($0)\":\($0)" }
                #expect(result == "{\((kept + news).joined(separator: ","))}")
            }
        }
    }

    @Test func `a request is edited and all its other bytes stay`() throws {
        let text =
            "{ \"model\":\"openai/gpt-4o\",\r\n\"temperature\" : 1.0e0, \"messages\":[ ] ,\"x\":1E400}\n"
        let bytes = Array(text.utf8)
        let outline = try JSONOutline(scanning: bytes)
        var edits = JSONEdits()
        #expect(edits.isEmpty)
        let model = try #require(outline["model", in: bytes.span])
        edits.replace(model.valueRange, withString: "wrong")
        edits.replace(model.valueRange, withString: "gpt-4o \"mini\"")
        edits.addMember("stream_options", Array(#"{"include_usage":true}"#.utf8), to: outline.place)
        let result = String(decoding: edits.applied(to: bytes.span), as: UTF8.self)
        #expect(
            result
                == text
                .replacing(#""openai/gpt-4o""#, with: #""gpt-4o \"mini\"""#)
                .replacing("1E400}", with: #"1E400,"stream_options":{"include_usage":true}}"#))
        edits.removeAll()
        #expect(edits.isEmpty && edits.applied(to: bytes.span) == bytes)
    }

    @Test func `nested objects are edited in one pass`() throws {
        let result = try Self.edited(#"{"a":{"b":{}},"c":[{"d":1,"e":2}]}"#) { edits, document in
            let inner = document.member("b", of: document.member("a", of: document.root))
            let element = document.element(0, of: document.member("c", of: document.root))
            if let inner, let place = document.place(of: inner) {
                edits.addMember("x", Array("1".utf8), to: place)
            }
            if let element, let place = document.place(of: element),
                let index = document.memberIndex("d", of: element)
            {
                edits.removeMember(at: index, from: place)
                edits.addMember("y", Array("2".utf8), to: place)
            }
        }
        #expect(result == #"{"a":{"b":{"x":1}},"c":[{"e":2,"y":2}]}"#)
    }

    /// A search through all changed objects would be 10¹⁰ comparisons.
    @Test(.timeLimit(.minutes(1)))
    func `a hundred thousand objects are changed one by one`() throws {
        let count = 100_000
        let given = Array(repeating: #"{"a":1,"b":2}"#, count: count).joined(separator: ",")
        let result = try Self.edited("[\(given)]") { edits, document in
            for child in document.children(of: document.root) {
                guard let place = document.place(of: child) else { continue }
                edits.removeMember(at: 1, from: place)
                edits.addMember("c", Array("3".utf8), to: place)
            }
        }
        let expected = Array(repeating: #"{"a":1,"c":3}"#, count: count).joined(separator: ",")
        #expect(result == "[\(expected)]")
    }
}
