// SPDX-License-Identifier: Apache-2.0
import Accounting
import LedgerStore
import Testing

@Suite struct JournalWriterTests {
    @Test func `each record is one append behind the header`() throws {
        let disk = ScriptedDisk()
        let writer = makeWriter(disk)
        for number in 0..<10 { try writer.record(makeEntry(number)) }
        #expect(disk.with { $0.appends } == 11)
        #expect(disk.files.keys.sorted() == ["20261123T000000.000000Z-0.journal"])
        let read = try readAll(disk)
        #expect(read.ids == (0..<10).map { "call-\($0)" })
        #expect(read.damage.isEmpty)
    }

    @Test func `a disk that takes bytes one by one still gets whole records`() throws {
        let disk = ScriptedDisk()
        disk.with { $0.longestAppend = 1 }
        let writer = makeWriter(disk)
        for number in 0..<3 { try writer.record(makeEntry(number)) }
        #expect(try readAll(disk).ids == ["call-0", "call-1", "call-2"])
    }

    /// The disk fills up after each possible number of bytes, and gets room again.
    @Test func `a disk that fills up at any byte keeps whole records and takes them again`() throws
    {
        let (whole, name, _) = try makeSegment(3)
        let size = whole.files[name]?.count ?? 0
        for room in 0..<size {
            let disk = ScriptedDisk()
            disk.with { $0.room = room }
            let writer = makeWriter(disk)
            var written: [String] = []
            for number in 0..<3 {
                do {
                    try writer.record(makeEntry(number))
                    written.append("call-\(number)")
                } catch {
                    #expect(error.detail.contains("scripted 28"))
                }
            }
            disk.with { $0.room = nil }
            try writer.record(makeEntry(9))
            let read = try readAll(disk)
            #expect(read.ids == written + ["call-9"], "room \(room)")
            #expect(read.damage.isEmpty, "room \(room)")
        }
    }

    @Test func `a part that cannot be taken back ends the segment, and nothing is lost`() throws {
        let disk = ScriptedDisk()
        let writer = makeWriter(disk)
        try writer.record(makeEntry(0))
        disk.with { state in
            state.room = 20
            state.truncatesFail = true
        }
        #expect(throws: LedgerFailure.self) { try writer.record(makeEntry(1)) }
        disk.with { $0.room = nil }
        try writer.record(makeEntry(2))
        #expect(disk.files.count == 2)
        let read = try readAll(disk)
        #expect(read.ids == ["call-0", "call-2"])
        #expect(read.damage.map(\.kind) == [.tornTail])
        #expect(read.damage.map(\.byteCount) == [20])
    }

    @Test func `a directory that cannot be written is found at start`() {
        let disk = ScriptedDisk()
        disk.with { $0.createsFail = true }
        let expected = LedgerFailure(
            detail: "create 20261123T000000.000000Z-0.journal: scripted 28")
        #expect(throws: expected) { try makeWriter(disk).prepare() }
    }

    @Test func `segments change by size`() throws {
        let disk = ScriptedDisk()
        let writer = makeWriter(disk, limits: SegmentLimits(maximumSize: 1_000))
        for number in 0..<100 { try writer.record(makeEntry(number)) }
        #expect(disk.files.count > 10)
        for bytes in disk.files.values { #expect(bytes.count < 1_000 + 500) }
        #expect(try readAll(disk).ids == (0..<100).map { "call-\($0)" })
    }

    @Test func `segments change at midnight`() throws {
        let disk = ScriptedDisk()
        var time = monday + 86_399_999_999
        let writer = makeWriter(disk) { time }
        try writer.record(makeEntry(0))
        time += 1
        try writer.record(makeEntry(1))
        try writer.record(makeEntry(2))
        #expect(
            disk.files.keys.sorted() == [
                "20261123T235959.999999Z-0.journal", "20261124T000000.000000Z-0.journal",
            ])
        #expect(try readAll(disk).ids == ["call-0", "call-1", "call-2"])
    }

    @Test func `a clock that was set back takes the next free name`() throws {
        let disk = ScriptedDisk()
        for number in 0..<5 { try makeWriter(disk).record(makeEntry(number)) }
        #expect(disk.files.count == 5)
        #expect(try readAll(disk).ids == (0..<5).map { "call-\($0)" })
    }

    @Test func `writers do not share segments`() throws {
        let disk = ScriptedDisk()
        let writers = (0..<4).map { makeWriter(disk, id: "\($0)") }
        for number in 0..<40 { try writers[number % 4].record(makeEntry(number)) }
        #expect(disk.files.count == 4)
        #expect(try Set(readAll(disk).ids) == Set((0..<40).map { "call-\($0)" }))
    }

    @Test func `entries of a batch are one append`() throws {
        let disk = ScriptedDisk()
        let writer = makeWriter(disk)
        #expect(writer.record(all: (0..<10).map { makeEntry($0) }).isEmpty)
        #expect(writer.record(all: []).isEmpty)
        #expect(disk.with { $0.appends } == 2)
        let read = try readAll(disk)
        #expect(read.ids == (0..<10).map { "call-\($0)" })
        #expect(read.damage.isEmpty)
    }

    /// The disk fills up within a batch after each possible number of bytes.
    @Test func `of a batch that does not fit, those that fit are kept and the others told`() throws
    {
        let (whole, name, _) = try makeSegment(3)
        let size = whole.files[name]?.count ?? 0
        for room in 0..<size {
            let disk = ScriptedDisk()
            disk.with { $0.room = room }
            let writer = makeWriter(disk)
            let entries = (0..<3).map { makeEntry($0) }
            let unwritten = writer.record(all: entries)
            #expect(!unwritten.isEmpty && unwritten.allSatisfy { $0.failure.detail.contains("28") })
            disk.with { $0.room = nil }
            try writer.record(makeEntry(9))
            let lost = unwritten.map(\.entry.id)
            let kept = entries.map(\.id).filter { !lost.contains($0) }
            let read = try readAll(disk)
            #expect(read.ids == kept + ["call-9"], "room \(room)")
            #expect(read.damage.isEmpty, "room \(room)")
        }
    }

    /// The disk fills up within a batch, and does not take back what it has.
    @Test func `what of a batch could not be taken back is not written twice`() throws {
        let (whole, name, _) = try makeSegment(3)
        let size = whole.files[name]?.count ?? 0
        for room in 16..<size {
            let disk = ScriptedDisk()
            disk.with { $0.room = room }
            let writer = makeWriter(disk)
            try writer.prepare()
            disk.with { $0.truncatesFail = true }
            let entries = (0..<3).map { makeEntry($0) }
            let unwritten = writer.record(all: entries)
            let lost = unwritten.map(\.entry.id)
            disk.with { $0.room = nil }
            let read = try readAll(disk)
            #expect(read.ids == entries.map(\.id).filter { !lost.contains($0) }, "room \(room)")
        }
    }

    /// The segment breaks in one batch, and no other can be made in the next one.
    @Test func `a batch without a segment is told as lost, whatever became of the one before`()
        throws
    {
        let (whole, name, _) = try makeSegment(3)
        let disk = ScriptedDisk()
        let writer = makeWriter(disk)
        try writer.prepare()
        disk.with {
            $0.room = (whole.files[name]?.count ?? 0) - 20
            $0.truncatesFail = true
            $0.createsFail = true
        }
        #expect(writer.record(all: (0..<3).map { makeEntry($0) }).map(\.entry.id) == ["call-2"])
        let unwritten = writer.record(all: (3..<6).map { makeEntry($0) })
        #expect(unwritten.map(\.entry.id) == ["call-3", "call-4", "call-5"])
        #expect(try readAll(disk).ids == ["call-0", "call-1"])
    }
}
