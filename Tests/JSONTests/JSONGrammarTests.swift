// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

/// What is JSON here and what is not, each with its reason.
@Suite struct JSONGrammarTests {
    struct Refusal: CustomTestStringConvertible {
        var bytes: [UInt8]
        var error: JSONError
        var reason: String
        var testDescription: String { reason }

        init(_ text: String, _ kind: JSONError.Kind, _ offset: Int, _ reason: String) {
            self.init(Array(text.utf8), kind, offset, reason)
        }

        init(_ bytes: [UInt8], _ kind: JSONError.Kind, _ offset: Int, _ reason: String) {
            self.bytes = bytes
            error = JSONError(kind, at: offset)
            self.reason = reason
        }

        /// Bytes in the middle of a string in an array, far enough from the end for a vector.
        static func inString(_ bytes: [UInt8], _ kind: JSONError.Kind, _ reason: String) -> Self {
            let tail = Array("and sixteen more bytes\"]".utf8)
            return Refusal(Array("[\"".utf8) + bytes + tail, kind, 2, reason)
        }
    }

    static let accepted: [(text: String, reason: String)] = [
        ("{}", "an empty object"), ("[]", "an empty array"), (" \t\r\n{} \t\r\n", "white space"),
        ("{ } ", "white space inside"), ("[ ]", "white space inside"), ("null", "a bare literal"),
        ("0", "a bare number"), ("\"\"", "a bare string"), ("-0", "minus zero"),
        ("[0,-1,10,1.5,1e5,1E+5,1e-5,-0.0e0,123456789012345678901234567890]", "numbers"),
        ("1e999", "a number no double holds"), ("[true,false,null]", "literals"),
        (#""\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00""#, "every escape"),
        (#""\ud800""#, "a lone high surrogate, as clients send"),
        (#""\udc00\ud800x""#, "surrogates the wrong way round"),
        (#"{"a":1,"b":{"a":1}}"#, "the same key on two levels"),
        (#"[{"a":1},{"a":1}]"#, "the same key in two objects"),
        (#"{"":1}"#, "an empty key"), ("\"\u{7F}\"", "DEL"),
        ("\"\u{0080}߿ࠀ퟿\u{FFFF}\u{10000}\"", "UTF-8 edges"),
        ("\"\u{10FFFF}\u{2028}\"", "the last character, and a line separator"),
    ]

    @Test(arguments: accepted.map(\.text))
    func `it is accepted and comes back as it came`(text: String) throws {
        let bytes = Array(text.utf8)
        let document = try JSONDocument(parsing: bytes)
        #expect(document.source == bytes)
    }

    static let refused = [
        Refusal("", .unexpectedEnd, 0, "nothing"), Refusal("  ", .unexpectedEnd, 2, "white space"),
        Refusal("\u{FEFF}{}", .unexpectedByte(0xEF), 0, "a byte order mark"),
        Refusal("{} x", .trailingBytes, 3, "something behind"),
        Refusal("1 2", .trailingBytes, 2, "two"),
        Refusal("[1,]", .unexpectedByte(0x5D), 3, "a comma before the end"),
        Refusal("{\"a\":1,}", .unexpectedByte(0x7D), 7, "a comma before the end"),
        Refusal("[,1]", .unexpectedByte(0x2C), 1, "a comma first"),
        Refusal("[1 2]", .unexpectedByte(0x32), 3, "no comma"),
        Refusal("[1}", .unexpectedByte(0x7D), 2, "closed by the other one"),
        Refusal("{\"a\" 1}", .unexpectedByte(0x31), 5, "no colon"),
        Refusal("{\"a\"}", .unexpectedByte(0x7D), 4, "no value"),
        Refusal("{a:1}", .unexpectedByte(0x61), 1, "a key without quotes"),
        Refusal("{1:1}", .unexpectedByte(0x31), 1, "a number as a key"),
        Refusal("{'a':1}", .unexpectedByte(0x27), 1, "other quotes"),
        Refusal("]", .unexpectedByte(0x5D), 0, "nothing to close"),
        Refusal("[1]]", .trailingBytes, 3, "closed twice"),
        Refusal("/**/1", .unexpectedByte(0x2F), 0, "a comment"),
        Refusal("[NaN]", .unexpectedByte(0x4E), 1, "NaN"),
        Refusal("[tru]", .unexpectedByte(0x5D), 4, "tru"),
        Refusal("nul", .unexpectedEnd, 3, "nul"),
        Refusal("[nulL,1]", .unexpectedByte(0x4C), 4, "nulL"),
        Refusal("[fals0 ]", .unexpectedByte(0x30), 5, "fals0"),
        Refusal("truex", .trailingBytes, 4, "truex"),
        Refusal("[01]", .invalidNumber, 1, "a leading zero"),
        Refusal("[-01]", .invalidNumber, 1, "here too"),
        Refusal("[1.]", .invalidNumber, 1, "no fraction"),
        Refusal("[.5]", .unexpectedByte(0x2E), 1, "no integer"),
        Refusal("[+1]", .unexpectedByte(0x2B), 1, "a plus"),
        Refusal("[-]", .invalidNumber, 1, "only a minus"),
        Refusal("[1e]", .invalidNumber, 1, "no exponent"),
        Refusal("[1e+]", .invalidNumber, 1, "a sign alone"),
        Refusal("[0x1]", .unexpectedByte(0x78), 2, "hexadecimal"),
        Refusal("-", .unexpectedEnd, 1, "cut"),
        Refusal("[\"\\x\"]", .invalidEscape, 2, "an unknown escape"),
        Refusal("[\"\\u12G4\"]", .invalidEscape, 2, "a digit that is none"),
        Refusal("[\"\\u12\"]", .invalidEscape, 2, "too few digits"),
        Refusal("[\"\\u12", .unexpectedEnd, 6, "cut in an escape"),
        Refusal("[\"a\\", .unexpectedEnd, 4, "cut"),
        Refusal("[\"a\nb\"]", .controlCharacter, 3, "a line feed"),
        Refusal("[\"\0\"]", .controlCharacter, 2, "NUL"),
        Refusal("[\"abc", .unexpectedEnd, 5, "an open string"),
        Refusal("{\"a\":1,\"a\":2}", .duplicateKey("a"), 7, "a duplicate"),
        Refusal("{\"a\":1,\"\\u0061\":2}", .duplicateKey("a"), 7, "a duplicate in disguise"),
        Refusal("{\"\\n\":1,\"b\":2,\"\\u000A\":2}", .duplicateKey("\n"), 14, "two disguises"),
        Refusal("[{\"x\":{\"a\":1,\"b\":[],\"a\":2}}]", .duplicateKey("a"), 20, "deeper"),
        Refusal("{\"\":1,\"\":2}", .duplicateKey(""), 6, "two empty keys"),
        .inString([0x80], .invalidUTF8, "a continuation alone"),
        .inString([0xC0, 0x80], .invalidUTF8, "overlong"),
        .inString([0xC1, 0xBF], .invalidUTF8, "overlong"),
        .inString([0xE0, 0x9F, 0xBF], .invalidUTF8, "overlong"),
        .inString([0xF0, 0x8F, 0xBF, 0xBF], .invalidUTF8, "overlong"),
        .inString([0xED, 0xA0, 0x80], .invalidUTF8, "a surrogate"),
        .inString([0xED, 0xBF, 0xBF], .invalidUTF8, "one"),
        .inString([0xF4, 0x90, 0x80, 0x80], .invalidUTF8, "above U+10FFFF"),
        .inString([0xF5, 0x80, 0x80, 0x80], .invalidUTF8, "above U+10FFFF"),
        .inString([0xFF], .invalidUTF8, "never a byte"), .inString([0xC3], .invalidUTF8, "cut"),
        .inString([0xE2, 0x82], .invalidUTF8, "cut"),
        .inString([0xF0, 0x9F, 0x98], .invalidUTF8, "cut"),
        Refusal([0x22, 0xE2, 0x82], .invalidUTF8, 1, "cut at the end of the text"),
    ]

    @Test(arguments: refused)
    func `it is refused, with the place`(row: Refusal) {
        #expect(throws: row.error) { try JSONDocument(parsing: row.bytes) }
        #expect(row.error.message.hasSuffix("at byte \(row.error.offset)"))
        var events = JSONOutline()
        #expect(throws: row.error) { try events.scan(row.bytes.span) }
        #expect(events.members.isEmpty)
    }

    static let samples = [
        #"{"model":"gpt-4o","messages":[{"role":"user","content":"caf\u00e9 😀 \"x\""}],"n":-1.5e+10}"#,
        #"[[],{},[null,true,false],"a\\",{"k":{"k":[0]}}]"#, "\"ä€😀 and some more text behind it\"",
    ]

    @Test(arguments: samples)
    func `every prefix is refused as cut`(text: String) throws {
        let bytes = Array(text.utf8)
        for length in bytes.indices {
            do throws(JSONError) {
                _ = try JSONDocument(parsing: Array(bytes[..<length]))
                Issue.record("\(length) bytes are no text")
            } catch {
                #expect(error.kind == .unexpectedEnd || error.kind == .invalidUTF8)
            }
        }
        _ = try JSONDocument(parsing: bytes)
    }

    @Test func `nesting is limited and never recursive`() throws {
        let deep = [UInt8](repeating: 0x5B, count: 100_000)
        let closed = deep + [UInt8](repeating: 0x5D, count: 100_000)
        #expect(throws: JSONError(.depthExceeded(maximum: 128), at: 128)) {
            try JSONDocument(parsing: closed)
        }
        let limits = JSONLimits(maximumDepth: 100_000)
        let document = try JSONDocument(parsing: closed, limits: limits)
        #expect(document.source.count == 200_000)
        #expect(throws: JSONError(.unexpectedEnd, at: 100_000)) {
            try JSONDocument(parsing: deep, limits: limits)
        }
        let objects = Array(String(repeating: "{\"a\":", count: 1_000).utf8)
        #expect(throws: JSONError(.unexpectedEnd, at: 5_000)) {
            try JSONOutline(scanning: objects, limits: limits)
        }
    }

    @Test func `size and values are limited`() {
        let bytes = Array("[1,2,3]".utf8)
        #expect(throws: JSONError(.tooLarge(maximum: 6), at: 7)) {
            try JSONDocument(parsing: bytes, limits: JSONLimits(maximumByteCount: 6))
        }
        #expect(throws: JSONError(.tooManyNodes(maximum: 3), at: 3)) {
            try JSONDocument(parsing: bytes, limits: JSONLimits(maximumNodeCount: 3))
        }
        #expect(throws: Never.self) {
            try JSONDocument(parsing: bytes, limits: JSONLimits(maximumNodeCount: 4))
        }
    }

    @Test(arguments: [2, 23, 24, 25, 26, 47, 48, 49, 100, 5_000])
    func `a duplicate is found in an object of any size`(count: Int) throws {
        // The same length and the same ends: the fingerprints of all keys are equal.
        let keys = (0..<count).map { index in
            let number = "\(index + 10_000)"
            return "\"abcdefgh\(number)abcdefgh\":{\"abcdefgh10000abcdefgh\":1}"
        }
        _ = try JSONOutline(scanning: Array("{\(keys.joined(separator: ","))}".utf8))
        for place in [0, count / 2, count - 1] {
            let text = "{\((keys + [keys[place]]).joined(separator: ","))}"
            let start = keys.reduce(1) { $0 + $1.utf8.count + 1 }
            let name = "abcdefgh\(place + 10_000)abcdefgh"
            #expect(throws: JSONError(.duplicateKey(name), at: start)) {
                try JSONOutline(scanning: Array(text.utf8))
            }
        }
    }
}
