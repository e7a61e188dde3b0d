// SPDX-License-Identifier: Apache-2.0

/// Reads one segment frame by frame and accounts for every byte of it.
///
/// What does not verify is searched, byte by byte, for the next whole frame. The stretch up to it
/// is `corrupt`. Where none follows, the rest is a `tornTail` if it looks like the start of a frame
/// or holds only zeros, and `corrupt` otherwise.
struct SegmentReader {
    enum Event: Equatable {
        case payload([UInt8], offset: Int)
        case damage(JournalDamage)
    }

    private let name: String
    private var window: FileWindow
    /// Everything before it has been told.
    private var offset = 0

    init(_ file: any JournalFile, name: String) throws(DiskFailure) {
        self.name = name
        self.window = try FileWindow(file)
    }

    /// The next frame or damage, or nil at the end.
    mutating func next() throws(DiskFailure) -> Event? {
        if offset == 0, window.size > 0, let damage = try readHeader() { return .damage(damage) }
        guard offset < window.size else { return nil }
        if let frame = try frame(at: offset) {
            let payload = window.copy(frame)
            defer { offset += JournalFormat.frameHeaderCount + payload.count }
            return .payload(payload, offset: offset)
        }
        return .damage(try skip())
    }

    private mutating func readHeader() throws(DiskFailure) -> JournalDamage? {
        let header = JournalFormat.header
        guard let place = try window.load(0, min(header.count, window.size)) else { return nil }
        let found = window.copy(place)
        if found == header {
            offset = header.count
            return nil
        }
        if found.count < header.count {
            let isTorn = header.starts(with: found) || found.allSatisfy { $0 == 0 }
            return rest(isTorn ? .tornTail : .unreadable(reason: "no header of a journal"))
        }
        let version = JournalFormat.integer(at: 8, of: found.span)
        if found == JournalFormat.header(version: version) {
            let reason = "format version \(version), this program reads \(JournalFormat.version)"
            return rest(.unreadable(reason: reason))
        }
        if try isZero(from: 0) { return rest(.tornTail) }
        return rest(.unreadable(reason: "no header of a journal"))
    }

    /// The place of the payload of a whole frame at `offset`, or nil.
    private mutating func frame(at offset: Int) throws(DiskFailure) -> Range<Int>? {
        let headerCount = JournalFormat.frameHeaderCount
        guard let head = try window.load(offset, headerCount) else { return nil }
        let count = Int(JournalFormat.integer(at: head.lowerBound, of: window.bytes.span))
        guard (1...JournalFormat.maximumPayload).contains(count) else { return nil }
        let expected = JournalFormat.integer(at: head.lowerBound + 4, of: window.bytes.span)
        // The braces first: in a search through garbage they spare most checksums.
        guard let first = try window.load(offset, headerCount + 1),
            window.bytes[first.upperBound - 1] == UInt8(ascii: "{"),
            let whole = try window.load(offset, headerCount + count),
            window.bytes[whole.upperBound - 1] == UInt8(ascii: "}")
        else { return nil }
        let place = whole.lowerBound + headerCount..<whole.upperBound
        let found = JournalFormat.checksum(window.bytes.span.extracting(place))
        return found == expected ? place : nil
    }

    /// Moves to the next whole frame and tells what lies between.
    private mutating func skip() throws(DiskFailure) -> JournalDamage {
        var candidate = offset + 1
        while candidate + JournalFormat.frameHeaderCount < window.size {
            if try frame(at: candidate) != nil {
                let damage = JournalDamage(
                    segment: name, offset: offset, byteCount: candidate - offset, kind: .corrupt)
                offset = candidate
                return damage
            }
            candidate += 1
        }
        return rest(try isTorn() ? .tornTail : .corrupt)
    }

    /// Whether what is left could be the start of a frame that was never written to its end.
    private mutating func isTorn() throws(DiskFailure) -> Bool {
        let left = window.size - offset
        guard let head = try window.load(offset, JournalFormat.frameHeaderCount) else {
            return true
        }
        let count = Int(JournalFormat.integer(at: head.lowerBound, of: window.bytes.span))
        let isPlausible = (1...JournalFormat.maximumPayload).contains(count)
        if isPlausible, count > left - JournalFormat.frameHeaderCount { return true }
        return try isZero(from: offset)
    }

    private mutating func isZero(from start: Int) throws(DiskFailure) -> Bool {
        var position = start
        while position < window.size {
            let count = min(4096, window.size - position)
            guard let place = try window.load(position, count) else { return false }
            guard window.copy(place).allSatisfy({ $0 == 0 }) else { return false }
            position += count
        }
        return true
    }

    private mutating func rest(_ kind: JournalDamage.Kind) -> JournalDamage {
        defer { offset = window.size }
        return JournalDamage(
            segment: name, offset: offset, byteCount: window.size - offset, kind: kind)
    }
}
