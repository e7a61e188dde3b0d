// SPDX-License-Identifier: Apache-2.0
import Accounting
import Foundation
import Testing

@Suite struct ClientKeyTextTests {
    /// Foundation's base64 is the other opinion.
    @Test func `32 bytes are mk- and 43 characters of base64url, and are read back`() throws {
        var generator = SeededGenerator(seed: 21)
        var samples = [[UInt8](repeating: 0, count: 32), [UInt8](repeating: 255, count: 32)]
        samples += (0..<500).map { _ in
            (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        for bytes in samples {
            let key = try #require(ClientKeyText(bytes: bytes))
            let base64 = Data(bytes).base64EncodedString()
                .replacingOccurrences(of: "+", with: "-")
                .replacingOccurrences(of: "/", with: "_")
                .replacingOccurrences(of: "=", with: "")
            #expect(key.reveal() == "mk-" + base64)
            let read = try #require(ClientKeyText(parsing: key.reveal()))
            #expect(read.reveal() == key.reveal())
            #expect(read.withBytes { $0.count } == 46)
            #expect(key.shownPrefix == "mk-\(base64.prefix(3))…")
        }
    }

    private static let zeros = String(repeating: "A", count: 42)

    @Test(arguments: [
        "", "mk-", "mk-" + zeros, "mk-" + zeros + "AA", "mk-" + zeros + "=", "sk-" + zeros + "A",
        "MK-" + zeros + "A", " mk-" + zeros + "A", "mk-" + zeros + "A ", "mk-" + zeros + "+",
        "mk-" + zeros + "/", "mk-" + zeros + "é", "mk-" + zeros + "\u{0}",
        // The last character has two bits that nothing fills: no second text for the same bytes.
        "mk-" + zeros + "B", "mk-" + zeros + "C", "mk-" + zeros + "_",
        String(repeating: "mk-", count: 100_000),
    ])
    func `no other text is a key`(text: String) {
        #expect(ClientKeyText(parsing: text) == nil)
    }

    @Test(arguments: [0, 31, 33])
    func `no other number of bytes is a key or a hash`(count: Int) {
        let bytes = [UInt8](repeating: 1, count: count)
        #expect(ClientKeyText(bytes: bytes) == nil)
        #expect(KeyHash(bytes: bytes) == nil)
    }

    @Test func `neither a key nor its hash is ever printed`() throws {
        let bytes = [UInt8](repeating: 0x41, count: 32)
        let key = try #require(ClientKeyText(bytes: bytes))
        let hash = try #require(KeyHash(bytes: bytes))
        let stored = ClientKey(id: "1", name: "one", hash: hash, shownPrefix: key.shownPrefix)
        let ring = try KeyRing(keys: [stored], teams: [], organisations: [])
        for value in [key, hash, stored, ring] as [Any] {
            var dumped = ""
            dump(value, to: &dumped)
            for text in ["\(value)", String(reflecting: value), dumped] {
                #expect(!text.contains("QUFB"))
                #expect(!text.contains("4141414141"))
                #expect(!text.contains("\(0x4141_4141_4141_4141)"))
                #expect(!text.contains("65"))
            }
        }
        #expect("\(key) \(hash)" == "[redacted] [redacted]")
    }
}
