// SPDX-License-Identifier: Apache-2.0
import martlet
import Testing

@Suite struct YAMLTests {
    @Test func `a document becomes texts, lists and mappings with their places`() throws {
        let node = try #require(try YAMLParser.parse("a: [1, 'x']\n\"b\":\n  c: ~\n"))
        #expect(node["a"]?.list?.map(\.text) == ["1", "x"])
        #expect(node["a"]?.list?.last?.place == Place(line: 1, column: 8))
        #expect(node["b"]?["c"]?.isEmpty == true)
        #expect(node["b"]?["c"]?.place == Place(line: 3, column: 6))
    }

    @Test(arguments: [("''", false), ("\"~\"", false), ("~", true), ("null", true), ("0", false)])
    func `only what was not written is empty`(text: String, isEmpty: Bool) throws {
        #expect(try #require(try YAMLParser.parse("a: \(text)"))["a"]?.isEmpty == isEmpty)
    }

    @Test func `an alias stands for its node`() throws {
        let node = try #require(try YAMLParser.parse("a: &x { b: 1 }\nc: *x\n"))
        #expect(node["c"]?["b"]?.text == "1")
        #expect(node["c"]?.place == Place(line: 2, column: 4))
    }

    @Test(arguments: ["", "# only a comment\n", "\n\n"])
    func `a text without a document is none`(text: String) throws {
        #expect(try YAMLParser.parse(text) == nil)
    }

    @Test(arguments: [
        ("a: [", 2, "did not find expected node content"),
        ("a: *x", 1, "there is no anchor &x"),
        ("a: 1\n---\nb: 2\n", 2, "more than one document"),
        ("a: b: c", 1, "mapping values are not allowed in this context"),
        ("\ta: 1", 1, "found character that cannot start any token"),
        ("a: &x [*x]", 1, "there is no anchor &x"),
        (String(repeating: "[", count: 100), 1, "nested too deeply"),
    ])
    func `what is no YAML is named with its line`(text: String, line: Int, problem: String) {
        let failure = #expect(throws: YAMLFailure.self) { try YAMLParser.parse(text) }
        #expect(failure?.problem == problem)
        #expect(failure?.place.line == line)
    }

    @Test func `no text makes the parser trap`() {
        var generator = SystemRandomNumberGenerator()
        let letters = Array("{}[]:,-&*!|>'\"%@`#? \n\tab\\~\u{0}\u{FEFF}é")
        for _ in 0..<2_000 {
            let text = String((0..<12).compactMap { _ in letters.randomElement(using: &generator) })
            _ = try? YAMLParser.parse(text)
        }
    }
}
