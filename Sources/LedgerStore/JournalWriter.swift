// SPDX-License-Identifier: Apache-2.0
package import Accounting

/// When a writer leaves its segment for a new one.
package struct SegmentLimits: Sendable, Equatable {
    /// A segment that is this large takes no further record. Units: bytes.
    package var maximumSize: Int

    package init(maximumSize: Int = 64 << 20) { self.maximumSize = maximumSize }
}

/// Writes entries down, with one `write(2)` for all that it is given at once, before it returns.
///
/// Each shard has its own writer and each writer its own segments, so no two ever wait for each
/// other. A segment ends by size, at midnight UTC, or when a failed write cannot be taken back.
/// Isolation: the shard that owns it.
package final class JournalWriter: LedgerSink {
    private let disk: any JournalDisk
    private let writerID: String
    private let schedule: any SyncSchedule
    private let clock: () -> Int64
    private let limits: SegmentLimits
    private var segment: Segment?
    /// What the current call writes; between calls only its storage matters.
    private var frames: [UInt8] = []
    /// Bytes of the last write that failed and could not be taken back.
    private var strayBytes = 0

    /// - Parameters:
    ///   - writerID: letters and digits; the same shard uses the same one after a restart.
    ///   - clock: microseconds since 1970, for the names and the days of segments.
    package init(
        disk: any JournalDisk, writerID: String, schedule: any SyncSchedule,
        limits: SegmentLimits = SegmentLimits(), clock: @escaping () -> Int64
    ) {
        self.disk = disk
        self.writerID = writerID
        self.schedule = schedule
        self.limits = limits
        self.clock = clock
    }

    /// Creates the first segment, so that a disk that cannot be written is found at start.
    package func prepare() throws(LedgerFailure) { _ = try currentSegment() }

    package func record(_ entry: LedgerEntry) throws(LedgerFailure) {
        frames.removeAll(keepingCapacity: true)
        try appendFrame(of: entry)
        try writeFrames()
    }

    package func record(all entries: [LedgerEntry]) -> [UnwrittenEntry] {
        frames.removeAll(keepingCapacity: true)
        var unwritten: [UnwrittenEntry] = []
        var ends: [Int] = []
        // A span lends an entry, where a loop over the array copies it out.
        let lent = entries.span
        for index in lent.indices {
            do throws(LedgerFailure) {
                try appendFrame(of: lent[index])
                ends.append(frames.count)
            } catch {
                ends.append(.max)
                unwritten.append(UnwrittenEntry(entry: lent[index], failure: error))
            }
        }
        do throws(LedgerFailure) {
            try writeFrames()
            return unwritten
        } catch {
            // On the disk are those of which every byte is, where it could not be taken back. For the
            // others there may still be room.
            let kept = strayBytes
            return zip(entries, ends).compactMap { $1 <= kept ? nil : tryAlone($0) }
        }
    }

    private func tryAlone(_ entry: LedgerEntry) -> UnwrittenEntry? {
        do throws(LedgerFailure) {
            try record(entry)
            return nil
        } catch {
            return UnwrittenEntry(entry: entry, failure: error)
        }
    }

    private func appendFrame(of entry: LedgerEntry) throws(LedgerFailure) {
        let start = frames.count
        frames = LedgerEntryCoder.encode(entry, appendingTo: takeFrames())
        let payloadCount = frames.count - start - JournalFormat.frameHeaderCount
        guard (1...JournalFormat.maximumPayload).contains(payloadCount) else {
            frames.removeLast(frames.count - start)
            throw LedgerFailure(detail: "a record of \(payloadCount) bytes is too long")
        }
        JournalFormat.seal(&frames, from: start)
    }

    /// The frames so far, with their storage, and room for the header of one more.
    private func takeFrames() -> [UInt8] {
        var bytes: [UInt8] = []
        swap(&bytes, &frames)
        bytes.append(addingCapacity: JournalFormat.frameHeaderCount) {
            $0.append(repeating: 0, count: JournalFormat.frameHeaderCount)
        }
        return bytes
    }

    private func writeFrames() throws(LedgerFailure) {
        if frames.isEmpty { return }
        // Of an earlier write: where no segment can be made now, nothing of this one is on the disk.
        strayBytes = 0
        let segment = try currentSegment()
        do {
            try segment.append(frames)
        } catch {
            strayBytes = segment.strayBytes
            if segment.isBroken { self.segment = nil }
            throw LedgerFailure(error)
        }
        schedule.wasAppended(segment.file)
    }

    private func currentSegment() throws(LedgerFailure) -> Segment {
        let now = clock()
        let day = CivilTime.dayNumber(ofMicroseconds: now)
        if let segment, segment.day == day, segment.size < limits.maximumSize { return segment }
        let fresh = try makeSegment(now: now, day: day)
        segment = fresh
        return fresh
    }

    private func makeSegment(now: Int64, day: Int64) throws(LedgerFailure) -> Segment {
        var failure = DiskFailure(
            operation: "create", name: writerID, code: 0, reason: "no free name")
        // Two segments within a microsecond, or a clock that was set back: take the next name.
        for attempt in Int64(0)..<100 {
            let name = SegmentName(microseconds: now &+ attempt, writerID: writerID)
            do {
                let file = try disk.create(name.text)
                return try Segment(file: file, name: name.text, day: day, disk: disk)
            } catch {
                failure = error
                if !error.isNameTaken { break }
            }
        }
        throw LedgerFailure(failure)
    }
}

extension LedgerFailure {
    init(_ failure: DiskFailure) { self.init(detail: failure.description) }
}
