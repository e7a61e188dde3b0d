// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The segment that a writer appends to: what is on the disk is whole frames, always.
///
/// Isolation: the writer's.
final class Segment {
    let file: SyncedFile
    /// Days since 1970 when it was created.
    let day: Int64
    /// The bytes of the header and of all whole frames.
    private(set) var size = 0
    /// Bytes of frames at its end that were not completed and could not be removed.
    private(set) var strayBytes = 0
    /// Whether there are such bytes: nothing is appended any more.
    var isBroken: Bool { strayBytes > 0 }

    /// Writes the header; removes the file again where that fails.
    init(
        file: any JournalFile, name: String, day: Int64, disk: any JournalDisk
    ) throws(DiskFailure) {
        self.file = SyncedFile(file)
        self.day = day
        do {
            try append(JournalFormat.header)
        } catch {
            // A file that stays is read as an empty segment or a torn header: no harm.
            try? disk.remove(name)
            throw error
        }
    }

    /// Appends all of `bytes` or nothing.
    ///
    /// One system call unless the disk takes only a part; then the rest is tried once more, as a
    /// nearly full disk may have got room. What cannot be completed is cut off again.
    func append(_ bytes: [UInt8]) throws(DiskFailure) {
        var written = 0
        do {
            while written < bytes.count {
                written += try file.file.append(bytes.span.extracting(droppingFirst: written))
            }
        } catch {
            takeBack(written: written)
            throw error
        }
        size += bytes.count
    }

    private func takeBack(written: Int) {
        if written == 0 { return }
        do {
            try file.file.truncate(to: size)
        } catch {
            strayBytes = written
        }
    }
}

extension DiskFailure {
    /// Whether a file of that name is already there.
    var isNameTaken: Bool { code == EEXIST }
}
