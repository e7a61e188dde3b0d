// SPDX-License-Identifier: Apache-2.0
package import Accounting

/// What a journal holds, one thing at a time.
package enum JournalEvent: Sendable, Equatable {
    case entry(LedgerEntry)
    /// Bytes that were not read. Never left out: what is skipped is told.
    case damage(JournalDamage)
}

/// Reads all segments of a journal, oldest first, with the memory of one window.
///
/// Reads what was there when it came to a segment; a running gateway may append meanwhile, and its
/// last record may then look torn. Entries of different writers are in the order of their segments,
/// not of their times. Isolation: one thread at a time.
package struct JournalReader {
    private let disk: any JournalDisk
    private var waiting: ArraySlice<SegmentName>
    private var current: SegmentReader?
    private var name = ""

    /// Lists the segments; reads nothing yet.
    package init(disk: any JournalDisk) throws(DiskFailure) {
        self.disk = disk
        self.waiting = try SegmentName.all(on: disk)[...]
    }

    /// The next entry or damage, or nil at the end.
    ///
    /// Throws where the disk does. The next call then goes on with the next segment.
    package mutating func next() throws(DiskFailure) -> JournalEvent? {
        while true {
            if current == nil {
                guard let segment = waiting.popFirst() else { return nil }
                name = segment.text
                let file = try disk.open(name, for: .reading)
                current = try SegmentReader(file, name: name)
            }
            do {
                if let event = try current?.next() { return decoded(event) }
            } catch {
                current = nil
                throw error
            }
            current = nil
        }
    }

    private func decoded(_ event: SegmentReader.Event) -> JournalEvent {
        switch event {
        case .damage(let damage): return .damage(damage)
        case .payload(let payload, let offset):
            do {
                return .entry(try LedgerEntryCoder.decode(payload))
            } catch {
                return .damage(
                    JournalDamage(
                        segment: name, offset: offset,
                        byteCount: payload.count + JournalFormat.frameHeaderCount,
                        kind: .undecodable(reason: error.description)))
            }
        }
    }
}
