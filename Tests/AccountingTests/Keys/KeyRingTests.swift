// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Testing

@Suite struct KeyRingTests {
    /// A hash that begins with `first` and ends with `last`; all others have the bytes between.
    private func hash(_ first: UInt8, _ last: UInt8) throws -> KeyHash {
        try #require(
            KeyHash(bytes: [first] + [UInt8](repeating: 7, count: 30) + [last]))
    }

    private func key(_ id: String, _ hash: KeyHash, team: String? = nil) -> ClientKey {
        var key = ClientKey(id: id, name: "name of \(id)", hash: hash, shownPrefix: "mk-AbC…")
        key.teamID = team
        return key
    }

    @Test func `a key is found by all of its hash and by nothing less`() throws {
        let ring = try KeyRing(
            keys: [key("a", hash(1, 1)), key("b", hash(1, 2)), key("c", hash(2, 1))],
            teams: [], organisations: [])
        #expect(ring.count == 3)
        #expect(try ring.find(hash(1, 1))?.key.id == "a")
        #expect(try ring.find(hash(1, 2))?.key.id == "b")
        #expect(try ring.find(hash(2, 1))?.key.id == "c")
        #expect(try ring.find(hash(2, 2)) == nil)
        #expect(try ring.find(hash(3, 1)) == nil)
        #expect(try KeyRing().find(hash(1, 1)) == nil)
    }

    @Test func `hashes match where all bytes do, and are given back as they came`() throws {
        let bytes = (0..<32).map { UInt8($0 * 7) }
        let hash = try #require(KeyHash(bytes: bytes))
        #expect(hash.bytes == bytes)
        #expect(hash.matches(hash))
        for bit in 0..<256 {
            var other = bytes
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(try !hash.matches(#require(KeyHash(bytes: other))))
        }
    }

    @Test func `a key belongs to its team, and to the team's organisation`() throws {
        var organisation = Organisation(id: "o", name: "O")
        organisation.labels = KeyLabels(metadata: ["region": "eu", "cost": "1"], tags: ["z", "a"])
        var team = Team(id: "t", name: "T", organisationID: "o")
        team.labels = KeyLabels(metadata: ["cost": "2", "unit": "x"], tags: ["b"])
        var owned = try key("a", hash(1, 1), team: "t")
        owned.labels = KeyLabels(metadata: ["unit": "y"], tags: ["a", "c"])
        var direct = try key("b", hash(2, 1))
        direct.organisationID = "o"
        let ring = try KeyRing(
            keys: [owned, direct, key("c", hash(3, 1))], teams: [team],
            organisations: [organisation])
        let first = try #require(try ring.find(hash(1, 1)))
        #expect(first.scopes == [.key("a"), .team("t"), .organisation("o")])
        #expect(first.labels.metadata == ["region": "eu", "cost": "2", "unit": "y"])
        #expect(first.labels.tags == ["a", "b", "c", "z"])
        #expect(try ring.find(hash(2, 1))?.scopes == [.key("b"), .organisation("o")])
        #expect(try ring.find(hash(3, 1))?.scopes == [.key("c")])
    }

    @Test func `keys of nobody, and keys that are there twice, make no ring`() throws {
        let one = try key("a", hash(1, 1))
        let stray = try key("s", hash(9, 9), team: "gone")
        var strayed = try key("s", hash(9, 9))
        strayed.organisationID = "gone"
        let inStrayTeam = try key("s", hash(9, 9), team: "t")
        let team = Team(id: "t", name: "T", organisationID: "gone")
        for keys in [[one, stray], [one, strayed], [one, inStrayTeam]] {
            #expect(throws: KeyRingError.unknownOwner(key: "s")) {
                try KeyRing(keys: keys, teams: [team], organisations: [])
            }
        }
        for twin in try [key("b", hash(1, 1)), key("a", hash(2, 2))] {
            #expect(throws: KeyRingError.twice(id: twin.id)) {
                try KeyRing(keys: [one, twin], teams: [], organisations: [])
            }
        }
        #expect(throws: KeyRingError.twice(id: "t")) {
            try KeyRing(keys: [one], teams: [team, team], organisations: [])
        }
        let organisation = Organisation(id: "o", name: "O")
        #expect(throws: KeyRingError.twice(id: "o")) {
            try KeyRing(keys: [one], teams: [], organisations: [organisation, organisation])
        }
    }

    @Test func `a key is refused for what it is not, in the order of what is told`() throws {
        var limited = try key("a", hash(1, 1))
        limited.scopes = KeyScopes(
            models: [NameGlob("openai/*"), NameGlob("fast")], operations: [.chat], expiresAt: 1_000)
        let ring = try KeyRing(keys: [limited], teams: [], organisations: [])
        let holder = try #require(try ring.find(hash(1, 1)))
        #expect(holder.refusal(of: .chat, model: "openai/gpt-4o", at: 999) == nil)
        #expect(holder.refusal(of: .chat, model: "fast", at: 999) == nil)
        #expect(holder.refusal(of: .chat, model: "faster", at: 999) == .model)
        #expect(
            holder.refusal(of: .embeddings, model: "fast", at: 999) == .operation(.embeddings))
        #expect(holder.refusal(of: .chat, model: "fast", at: 1_000) == .expired(at: 1_000))
        #expect(holder.refusal(at: 999) == nil)
        #expect(KeyScopes(models: []).allowsModel("fast") == false)
        #expect(KeyScopes().allowsModel("fast"))
    }

    @Test(arguments: 0..<3)
    func `whoever is disabled disables what is below`(level: Int) throws {
        var organisation = Organisation(id: "o", name: "O")
        organisation.isDisabled = level == 0
        var team = Team(id: "t", name: "T", organisationID: "o")
        team.isDisabled = level == 1
        var owned = try key("a", hash(1, 1), team: "t")
        owned.isDisabled = level == 2
        let ring = try KeyRing(keys: [owned], teams: [team], organisations: [organisation])
        let refusals: [KeyRefusal] = [.organisationDisabled, .teamDisabled, .disabled]
        #expect(try ring.find(hash(1, 1))?.refusal(at: 0) == refusals[level])
    }

    @Test(
        arguments: [
            ("*", "", true), ("*", "a/b", true), ("", "", true), ("", "a", false),
            ("gpt-4o", "gpt-4o", true), ("gpt-4o", "gpt-4o-mini", false),
            ("gpt-4o", "GPT-4o", false), ("gpt-*", "gpt-", true), ("*-mini", "gpt-4o-mini", true),
            ("*-mini", "gpt-4o-mini-2", false), ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "acb", false), ("**a**", "a", true), ("openai/*", "openai", false),
            ("a.c", "abc", false), ("[ab]", "a", false), ("?", "a", false), ("*a", "aab", false),
        ])
    func `a star stands for any text`(pattern: String, name: String, matches: Bool) {
        #expect(NameGlob(pattern).matches(name) == matches)
    }

    @Test func `a pattern of many stars ends in time`() {
        let glob = NameGlob(String(repeating: "a*", count: 50) + "b")
        #expect(!glob.matches(String(repeating: "a", count: 2_000)))
    }
}
