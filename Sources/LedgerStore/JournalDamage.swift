// SPDX-License-Identifier: Apache-2.0

/// Bytes of a segment that are not whole frames.
package struct JournalDamage: Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with the bytes.
    package enum Kind: Sendable, Equatable {
        /// The last record was cut off while it was written, by the end of its process or of the
        /// machine: the bytes start like a frame and stop too early, or were never written (zeros).
        case tornTail
        /// Bytes that were whole once, or never were a frame. Reading went on behind them.
        case corrupt
        /// The file is no segment, or one of a newer format: nothing of it was read.
        case unreadable(reason: String)
        /// A whole frame whose payload is no ledger entry that this program understands.
        case undecodable(reason: String)
    }

    package var segment: String
    /// Where the bytes start in the segment.
    package var offset: Int
    /// How many bytes were not read.
    package var byteCount: Int
    package var kind: Kind

    package init(segment: String, offset: Int, byteCount: Int, kind: Kind) {
        self.segment = segment
        self.offset = offset
        self.byteCount = byteCount
        self.kind = kind
    }

    /// Shape: `20261123T235839.123456Z-0.journal: torn record of 17 bytes at byte 4096`.
    package var description: String {
        let place = "of \(byteCount) bytes at byte \(offset)"
        return switch kind {
        case .tornTail: "\(segment): torn record \(place)"
        case .corrupt: "\(segment): corrupt stretch \(place), skipped"
        case .unreadable(let reason): "\(segment): not read (\(byteCount) bytes): \(reason)"
        case .undecodable(let reason): "\(segment): unknown record \(place), skipped: \(reason)"
        }
    }
}
