// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Testing

@Suite struct LedgerEntryCoderTests {
    @Test func `every entry comes back as it was written`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let entry = SampleEntries.random(&generator)
            #expect(try LedgerEntryCoder.decode(LedgerEntryCoder.encode(entry)) == entry)
        }
    }

    @Test func `every entry is JSON to Foundation too`() throws {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<200 {
            let entry = SampleEntries.random(&generator)
            let object = try JSONSerialization.jsonObject(
                with: Data(LedgerEntryCoder.encode(entry)))
            let members = try #require(object as? [String: Any])
            #expect(members["id"] as? String == entry.id)
            #expect(members["model"] as? String == entry.requestedModel)
            #expect(members["cost_usd"] as? String == entry.cost.amount?.decimalText)
        }
    }

    // 2⁷⁵ attoseconds, 37,778,931,862 microseconds, are the edge of a division of 64 bits.
    @Test(
        arguments: [
            0, 1, 999_999, 1_000_000, 37_778_931_862, 37_778_931_863, .max - 1, .max, -1,
            -1_000_001,
        ] as [Int64])
    func `durations are whole microseconds, rounded towards zero`(microseconds: Int64) throws {
        var entry = LedgerEntry(id: "a", timeMicroseconds: 1, operation: "chat.completions")
        let rest = Duration(attoseconds: microseconds < 0 ? -999_999_999_999 : 999_999_999_999)
        entry.timings.total = .microseconds(microseconds) + rest
        let decoded = try LedgerEntryCoder.decode(LedgerEntryCoder.encode(entry))
        #expect(decoded.timings.total == .microseconds(microseconds))
    }

    @Test func `an entry is written behind what is there`() {
        let entry = LedgerEntry(id: "a", timeMicroseconds: 1, operation: "chat.completions")
        let alone = LedgerEntryCoder.encode(entry)
        #expect(LedgerEntryCoder.encode(entry, appendingTo: [1, 2, 3]) == [1, 2, 3] + alone)
    }

    @Test func `a newer writer's fields are passed over`() throws {
        var entry = LedgerEntry(id: "a", timeMicroseconds: 1, operation: "chat.completions")
        entry.attempts = [LedgerAttempt(provider: "p", model: "m", start: .zero)]
        let text = String(decoding: LedgerEntryCoder.encode(entry), as: UTF8.self)
        let newer = text.replacing("{", with: #"{"a_new_field":[1,{"x":null}],"#)
        #expect(newer != text)
        #expect(try LedgerEntryCoder.decode(Array(newer.utf8)) == entry)
    }

    @Test func `an entry of the version without kinds is read as what it meant`() throws {
        var entry = LedgerEntry(id: "a", timeMicroseconds: 1, operation: "chat.completions")
        entry.attempts = (0..<3).map {
            LedgerAttempt(provider: "p\($0)", model: "m", start: .zero)
        }
        let text = String(decoding: LedgerEntryCoder.encode(entry), as: UTF8.self)
        let older = text.replacing(#","kind":"first""#, with: "")
        #expect(older.contains(#"{"provider":"p1","model":"m","state":"cancelled","#))
        let attempts = try LedgerEntryCoder.decode(Array(older.utf8)).attempts
        #expect(attempts.map(\.kind) == [.first, .failover, .failover])
        #expect(attempts.allSatisfy { $0.credential == 0 && $0.consumption == nil })
    }

    @Test(arguments: [
        (#""status":200"#, #""status":"200""#, LedgerEntryError.wrongType(field: "status")),
        (#""status":200"#, #""status":null"#, .wrongType(field: "status")),
        (#""status":200"#, #""status":1e3"#, .wrongType(field: "status")),
        (#""id":"a""#, #""id":1"#, .wrongType(field: "id")),
        (#""stream":false"#, #""stream":0"#, .wrongType(field: "stream")),
        (#""total":0"#, #""total":"0""#, .wrongType(field: "times_us.total")),
        (
            #""source":"none""#, #""source":"guessed""#,
            .unknownValue(field: "usage.source", value: "guessed")
        ),
        (
            #""state":"complete""#, #""state":"fine""#,
            .unknownValue(field: "state", value: "fine")
        ),
        (#""id":"a","#, "", .missing(field: "id")),
        (#""cost_usd":"0.5""#, #""cost_usd":"half""#, .wrongType(field: "cost_usd")),
        (#""attempts":[]"#, #""attempts":{}"#, .wrongType(field: "attempts")),
        (#""attempts":[]"#, #""attempts":[1]"#, .wrongType(field: "attempts.")),
    ])
    func `a field of the wrong type is refused by name`(
        good: String, bad: String, expected: LedgerEntryError
    ) throws {
        var entry = LedgerEntry(id: "a", timeMicroseconds: 1, operation: "chat.completions")
        entry.status = 200
        entry.state = .complete
        entry.cost = .computed(Picodollars(rawValue: 500_000_000_000))
        let text = String(decoding: LedgerEntryCoder.encode(entry), as: UTF8.self)
        #expect(text.contains(good))
        let changed = Array(text.replacing(good, with: bad).utf8)
        #expect(throws: expected) { try LedgerEntryCoder.decode(changed) }
    }

    @Test func `a text that a client made endless is cut at a character`() throws {
        var entry = LedgerEntry(id: "a", timeMicroseconds: 1, operation: "chat.completions")
        entry.requestedModel = "x" + String(repeating: "é", count: 1_000_000)
        entry.dropped = Array(repeating: "p", count: 100_000)
        let bytes = LedgerEntryCoder.encode(entry)
        #expect(bytes.count < 4_096)
        let model = try LedgerEntryCoder.decode(bytes).requestedModel
        #expect(model == "x" + String(repeating: "é", count: 511) + "…")
    }

    @Test func `random bytes and cut entries never trap`() {
        var generator = SeededGenerator(seed: 5)
        let whole = LedgerEntryCoder.encode(SampleEntries.random(&generator))
        for end in 0..<whole.count {
            #expect(throws: LedgerEntryError.self) {
                try LedgerEntryCoder.decode(Array(whole[..<end]))
            }
        }
        for _ in 0..<5_000 {
            var bytes = whole
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[place] = UInt8.random(in: 0...255, using: &generator)
            _ = try? LedgerEntryCoder.decode(bytes)
        }
    }
}
