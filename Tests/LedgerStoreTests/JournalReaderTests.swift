// SPDX-License-Identifier: Apache-2.0
import Accounting
import LedgerStore
import Testing

@Suite struct JournalReaderTests {
    @Test func `a record torn at any byte is told, kept aside and cut off`() throws {
        let (whole, name, lastFrame) = try makeSegment(4)
        let bytes = try #require(whole.files[name])
        for end in lastFrame..<bytes.count {
            let disk = ScriptedDisk()
            disk.with { $0.files[name] = Array(bytes[..<end]) }
            let torn = JournalDamage(
                segment: name, offset: lastFrame, byteCount: end - lastFrame, kind: .tornTail)
            let read = try readAll(disk)
            #expect(read.ids == ["call-0", "call-1", "call-2"])
            #expect(read.damage == (end == lastFrame ? [] : [torn]))

            let findings = try JournalRepair(disk: disk).run()
            #expect(findings.map(\.damage) == read.damage)
            #expect(findings.allSatisfy { $0.outcome == .removed(keptIn: "\(name).torn") })
            #expect(disk.files[name] == Array(bytes[..<lastFrame]))
            let kept = end == lastFrame ? nil : Array(bytes[lastFrame..<end])
            #expect(disk.files["\(name).torn"] == kept)
            #expect(try readAll(disk).damage.isEmpty)
            #expect(try JournalRepair(disk: disk).run().isEmpty)
        }
    }

    @Test func `a header torn at any byte leaves an empty segment`() throws {
        let (whole, name, _) = try makeSegment(1)
        let bytes = try #require(whole.files[name])
        for end in 0..<16 {
            let disk = ScriptedDisk()
            disk.with { $0.files[name] = Array(bytes[..<end]) }
            let findings = try JournalRepair(disk: disk).run()
            #expect(findings.map(\.damage.byteCount) == (end == 0 ? [] : [end]))
            #expect(disk.files[name] == [])
            #expect(try readAll(disk).damage.isEmpty)
        }
    }

    @Test func `a repair says what it did`() throws {
        let (disk, name, lastFrame) = try makeSegment(2)
        disk.with { $0.files[name]?.removeLast(5) }
        let count = (disk.files[name]?.count ?? 0) - lastFrame
        let findings = try JournalRepair(disk: disk).run()
        #expect(
            findings.map(\.description) == [
                "torn record of \(count) bytes removed from \(name), kept in \(name).torn"
            ])
    }

    @Test func `a repair on a full disk removes nothing`() throws {
        let (disk, name, lastFrame) = try makeSegment(2)
        disk.with { state in
            state.files[name]?.removeLast(5)
            state.room = 3
        }
        let findings = try JournalRepair(disk: disk).run()
        guard case .failed = findings.first?.outcome else {
            Issue.record("\(findings)")
            return
        }
        #expect(disk.files[name]?.count ?? 0 > lastFrame)
        #expect(try readAll(disk).damage.map(\.kind) == [.tornTail])
    }

    @Test func `zeros that were never written are a torn tail`() throws {
        let (disk, name, _) = try makeSegment(2)
        disk.with { $0.files[name]?.append(contentsOf: repeatElement(0, count: 10_000)) }
        let read = try readAll(disk)
        #expect(read.ids == ["call-0", "call-1"])
        #expect(read.damage.map(\.kind) == [.tornTail])
        #expect(read.damage.map(\.byteCount) == [10_000])
    }

    /// Each byte of a middle record is changed: exactly that record is missing, and is told.
    @Test func `a corrupt byte in the middle costs one record, and says how many bytes`() throws {
        let (whole, name, _) = try makeSegment(3)
        let bytes = try #require(whole.files[name])
        let frame = (bytes.count - 16) / 3
        for offset in 16 + frame..<16 + 2 * frame {
            let disk = ScriptedDisk()
            disk.with { state in
                state.files[name] = bytes
                state.files[name]?[offset] ^= 0x55
            }
            let read = try readAll(disk)
            #expect(read.ids == ["call-0", "call-2"])
            let expected = JournalDamage(
                segment: name, offset: 16 + frame, byteCount: frame, kind: .corrupt)
            #expect(read.damage == [expected])
        }
    }

    @Test func `a last record with a wrong checksum is corrupt, not torn, and stays`() throws {
        let (disk, name, lastFrame) = try makeSegment(2)
        disk.with { $0.files[name]?[lastFrame + 20] ^= 1 }
        let before = disk.files
        let findings = try JournalRepair(disk: disk).run()
        #expect(findings.map(\.damage.kind) == [.corrupt])
        #expect(findings.map(\.outcome) == [.left])
        #expect(disk.files == before)
    }

    @Test(arguments: [
        ("not a journal at all, but long enough", "no header of a journal"),
        ("short", "no header of a journal"),
    ])
    func `a file that is no segment is told and left`(text: String, reason: String) throws {
        let disk = ScriptedDisk()
        disk.with { $0.files["20261123T000000.000000Z-0.journal"] = Array(text.utf8) }
        disk.with { $0.files["notes.txt"] = [1, 2, 3] }
        let read = try readAll(disk)
        #expect(read.damage.map(\.kind) == [.unreadable(reason: reason)])
        #expect(read.damage.map(\.byteCount) == [text.utf8.count])
        let before = disk.files
        #expect(try JournalRepair(disk: disk).run().map(\.outcome) == [.left])
        #expect(disk.files == before)
    }

    @Test func `a segment of a newer format is told by its version`() throws {
        let (disk, name, _) = try makeSegment(1)
        // Version 2, with the header's checksum as zlib computes it.
        disk.with { $0.files[name]?.replaceSubrange(8..<16, with: [2, 0, 0, 0, 0, 0, 0, 0]) }
        #expect(
            try readAll(disk).damage.map(\.kind) == [.unreadable(reason: "no header of a journal")])
        let checksum = crc32(disk.files[name]?.prefix(12) ?? [])
        disk.with { $0.files[name]?.replaceSubrange(12..<16, with: checksum) }
        let reason = "format version 2, this program reads 1"
        #expect(try readAll(disk).damage.map(\.kind) == [.unreadable(reason: reason)])
    }

    @Test func `a long journal is read through a small window`() throws {
        let (disk, _, _) = try makeSegment(3_000, model: String(repeating: "x", count: 900))
        let read = try readAll(disk)
        #expect(read.ids == (0..<3_000).map { "call-\($0)" })
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `random damage never traps and every byte is accounted for`(seed: UInt64) throws {
        var random = seed &* 6_364_136_223_846_793_005 &+ 1
        func next(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        let (disk, name, _) = try makeSegment(20)
        var bytes = try #require(disk.files[name])
        for _ in 0...next(6) {
            let place = 16 + next(bytes.count - 16)
            switch next(4) {
            case 0: bytes[place] = UInt8(next(256))
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + next(100)))
            case 2:
                bytes.insert(contentsOf: (0..<next(100)).map { _ in UInt8(next(256)) }, at: place)
            default: bytes.removeLast(next(50))
            }
            if bytes.count < 100 { break }
        }
        disk.with { [bytes] in $0.files[name] = bytes }
        var reader = try JournalReader(disk: disk)
        var told = 16
        while let event = try reader.next() {
            switch event {
            case .entry(let entry): told += LedgerEntryCoder.encode(entry).count + 8
            case .damage(let damage): told += damage.byteCount
            }
        }
        #expect(told == bytes.count)
    }
}

/// CRC-32 bit by bit, little-endian: another implementation than the journal's.
private func crc32(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var value: UInt32 = .max
    for byte in bytes {
        value ^= UInt32(byte)
        for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
    return (0..<4).map { UInt8(truncatingIfNeeded: ~value >> UInt32(8 * $0)) }
}
