// SPDX-License-Identifier: Apache-2.0

/// The part of a file that is in memory, moved along as it is read.
///
/// Memory: `step` bytes, or one frame where that is longer.
struct FileWindow {
    private let file: any JournalFile
    private let step: Int
    /// What is in memory; `load` tells places in it.
    private(set) var bytes: [UInt8] = []
    private var start = 0
    /// The file's size when it was opened. What is appended later is not seen.
    let size: Int

    init(_ file: any JournalFile, step: Int = 256 << 10) throws(DiskFailure) {
        self.file = file
        self.step = step
        self.size = try file.size()
    }

    /// The place of `count` bytes from `offset` in `bytes`, or nil where the file ends before.
    mutating func load(_ offset: Int, _ count: Int) throws(DiskFailure) -> Range<Int>? {
        guard count <= size - offset else { return nil }
        if offset < start || offset + count > start + bytes.count {
            bytes = try file.read(at: offset, count: min(max(count, step), size - offset))
            start = offset
            // Shorter than it was when it was opened: somebody truncated it.
            guard count <= bytes.count else { return nil }
        }
        return offset - start..<offset - start + count
    }

    /// A copy of the bytes at a place that `load` returned last.
    func copy(_ range: Range<Int>) -> [UInt8] { Array(bytes[range]) }
}
