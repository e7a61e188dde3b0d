// SPDX-License-Identifier: Apache-2.0
import Accounting

/// The file name of one segment.
///
/// Shape: `20261123T235839.123456Z-<writer>.journal`, the moment of its creation in UTC. Names sort
/// in the order of time.
struct SegmentName: Comparable {
    let text: String
    let writerID: Substring

    /// The name of a segment that `writerID` creates now.
    init(microseconds: Int64, writerID: String) {
        text =
            "\(CivilTime(microseconds: microseconds).compactText)-\(writerID)"
            + JournalFormat.suffix
        self.writerID = writerID[...]
    }

    /// The name in a directory listing, or nil for a file that is no segment.
    init?(_ text: String) {
        guard text.hasSuffix(JournalFormat.suffix), let dash = text.firstIndex(of: "-") else {
            return nil
        }
        self.text = text
        writerID = text[text.index(after: dash)...].dropLast(JournalFormat.suffix.count)
    }

    static func < (left: SegmentName, right: SegmentName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    static func == (left: SegmentName, right: SegmentName) -> Bool { left.text == right.text }

    /// All segments of a disk, oldest first.
    static func all(on disk: any JournalDisk) throws(DiskFailure) -> [SegmentName] {
        try disk.list().compactMap { SegmentName($0) }.sorted()
    }
}
