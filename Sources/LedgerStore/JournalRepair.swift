// SPDX-License-Identifier: Apache-2.0

/// Takes torn records off the ends of segments whose writers are gone.
///
/// Only for the owner of the data directory's lock, before its writers start. Looks at the newest
/// segment of each writer: the older ones were left whole, or their damage is told by the reader.
/// Damage other than a torn tail stays where it is.
package struct JournalRepair {
    private let disk: any JournalDisk

    package init(disk: any JournalDisk) { self.disk = disk }

    /// What was done about one damaged stretch.
    package struct Finding: Sendable, Equatable, CustomStringConvertible {
        /// Whether the bytes are still where they were.
        package enum Outcome: Sendable, Equatable {
            /// Cut off; the bytes are kept in this file.
            case removed(keptIn: String)
            /// Not a torn tail: nothing was changed.
            case left
            /// Should have been cut off, and could not be.
            case failed(reason: String)
        }

        package var damage: JournalDamage
        package var outcome: Outcome

        /// Shape: `torn record of 17 bytes removed from FILE, kept in FILE.torn`.
        package var description: String {
            switch outcome {
            case .removed(let kept):
                "torn record of \(damage.byteCount) bytes removed from \(damage.segment), "
                    + "kept in \(kept)"
            case .left: damage.description
            case .failed(let reason): "\(damage), not removed: \(reason)"
            }
        }
    }

    /// Repairs what can be repaired and tells all that was found. Throws where the directory or a
    /// segment cannot be read.
    package func run() throws(DiskFailure) -> [Finding] {
        var newest: [Substring: SegmentName] = [:]
        for name in try SegmentName.all(on: disk) { newest[name.writerID] = name }
        var findings: [Finding] = []
        for name in newest.values.sorted() {
            findings += try repair(name.text)
        }
        return findings
    }

    private func repair(_ name: String) throws(DiskFailure) -> [Finding] {
        let file = try disk.open(name, for: .repair)
        var reader = try SegmentReader(file, name: name)
        var findings: [Finding] = []
        while let event = try reader.next() {
            guard case .damage(let damage) = event else { continue }
            var finding = Finding(damage: damage, outcome: .left)
            if damage.kind == .tornTail {
                do {
                    finding.outcome = .removed(keptIn: try cut(damage, off: file))
                } catch {
                    finding.outcome = .failed(reason: error.description)
                }
            }
            findings.append(finding)
        }
        return findings
    }

    /// Copies the bytes to a file of their own, durably, and only then truncates.
    private func cut(
        _ damage: JournalDamage, off file: any JournalFile
    ) throws(DiskFailure) -> String {
        let (copy, name) = try makeCopy(for: damage.segment)
        var position = damage.offset
        let end = damage.offset + damage.byteCount
        while position < end {
            let bytes = try file.read(at: position, count: min(end - position, 64 << 10))
            if bytes.isEmpty { break }
            var written = 0
            while written < bytes.count {
                written += try copy.append(bytes.span.extracting(droppingFirst: written))
            }
            position += bytes.count
        }
        try copy.sync()
        try file.truncate(to: damage.offset)
        try file.sync()
        return name
    }

    private func makeCopy(
        for segment: String
    ) throws(DiskFailure) -> (file: any JournalFile, name: String) {
        // A repair that was itself cut short has left `.torn` behind: take the next name.
        var number = 1
        while true {
            let name = number == 1 ? "\(segment).torn" : "\(segment).torn-\(number)"
            do {
                return (try disk.create(name), name)
            } catch  where error.isNameTaken && number < 100 {
                number += 1
            }
        }
    }
}
