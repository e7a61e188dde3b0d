// SPDX-License-Identifier: Apache-2.0
import CSimdjson
import JSON
import Testing

/// The same verdicts and the same values as simdjson on random mutations of JSON texts.
///
/// Known differences, each narrow enough to be checked: we refuse duplicate keys; we accept numbers
/// that no double or 64-bit integer holds; we read lone surrogates as U+FFFD.
@Suite struct JSONOracleTests {
    static let seeds = [
        #"{"model":"gpt-4o","messages":[{"role":"user","content":"caf\u00e9 😀 \"x\"\n"}],"n":-1.5e+10}"#,
        #"[[],{},[null,true,false],"a\\",{"k":{"k":[0,-0,0.5,1e5]}},18446744073709551615]"#,
        #" { "a" : 1 , "b" : [ 1 , 2 ] , "Zürich größer" : "ä€😀 and more than sixteen bytes" } "#,
        #""a string of more than two vectors with \"quotes\", \\ and \ud83d\ude00 and a tail""#,
        "-12.75E-3", "{\"a\":{\"b\":{\"c\":{\"d\":[[[[[\"deep\"]]]]]}}}}",
        "[\"\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\"]",
    ]

    /// Bytes that make a difference more often than random ones.
    static let tokens: [[UInt8]] =
        [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "0", "1", "-", ".", "e",
            "E", "+",
            "true", "false", "null", " ", "\n", "\t", "\0", "\u{1F}", "\u{FEFF}", "ä", "€", "😀",
            "1e400",
        ]
        .map { Array($0.utf8) } + [
            [0x80], [0xC0], [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90], [0xFF], [0xE2],
        ]

    static func mutate(_ bytes: inout [UInt8], _ random: inout some RandomNumberGenerator) {
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 0...3, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes.removeSubrange(place..<end)
            case 1:
                bytes.replaceSubrange(place..<end, with: tokens.randomElement(using: &random) ?? [])
            case 2: bytes.insert(contentsOf: tokens.randomElement(using: &random) ?? [], at: place)
            case 3:
                bytes.insert(
                    contentsOf: bytes[place..<end],
                    at: Int.random(in: 0...bytes.count, using: &random))
            default:
                if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
            }
        }
    }

    @Test(arguments: 0..<8)
    func `simdjson agrees`(seed: Int) throws {
        let oracle = try #require(SimdjsonOracle(maximumDepth: 1024))
        var random = SplitMix64(state: UInt64(seed))
        var document = JSONDocument()
        var accepted = 0
        for _ in 0..<8_000 {
            var bytes = Array((Self.seeds.randomElement(using: &random) ?? "").utf8)
            Self.mutate(&bytes, &random)
            let verdict = oracle.verdict(on: bytes)
            let text = String(decoding: bytes, as: UTF8.self)
            do throws(JSONError) {
                try document.parse(bytes.span)
                accepted += 1
                if verdict == SIMDJSON_ORACLE_ACCEPTED {
                    let isEqual = JSONDump(document).bytes == oracle.dump || text.hasSurrogateEscape
                    #expect(isEqual, "\(text)")
                } else {
                    let isKnown =
                        verdict == SIMDJSON_ORACLE_NUMBER && text.hasHugeNumber
                        || verdict == SIMDJSON_ORACLE_STRING && text.hasSurrogateEscape
                    #expect(isKnown, "only we accept \(text): \(verdict)")
                }
            } catch {
                if case .duplicateKey = error.kind { continue }
                #expect(verdict != SIMDJSON_ORACLE_ACCEPTED, "\(error): \(text)")
            }
        }
        #expect(accepted > 500)
    }

    @Test func `documents of the seeds read as simdjson reads them`() throws {
        let oracle = try #require(SimdjsonOracle(maximumDepth: 1024))
        for seed in Self.seeds {
            #expect(oracle.verdict(on: Array(seed.utf8)) == SIMDJSON_ORACLE_ACCEPTED)
            #expect(JSONDump(try JSONDocument(parsing: Array(seed.utf8))).bytes == oracle.dump)
        }
    }
}

/// A generator that gives the same numbers each time.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

extension String {
    var hasSurrogateEscape: Bool {
        firstMatch(of: /\\u[dD][89a-fA-F]/) != nil
    }

    /// Whether there is a number with 19 or more digits or an exponent of three digits.
    var hasHugeNumber: Bool { firstMatch(of: /[0-9]{19}|[eE]\+?[0-9]{3}/) != nil }
}
