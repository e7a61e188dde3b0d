// SPDX-License-Identifier: Apache-2.0

/// The bytes of `Config/models.jsonl`, wherever they are kept.
///
/// A protocol, so that the executable can lend its read-only segment instead of a copy: a megabyte
/// less of memory. The bytes never change.
package protocol PriceText: Sendable {
    /// Lends all bytes to `body`.
    func read<Result>(_ body: (Span<UInt8>) -> Result) -> Result
}

/// A text in memory.
package struct PriceBytes: PriceText {
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package func read<Result>(_ body: (Span<UInt8>) -> Result) -> Result { body(bytes.span) }
}

/// Lines of a sorted text.
enum SortedLines {
    /// The line that begins with `prefix`, without its end, or nil.
    ///
    /// Complexity: O(log n) in the bytes of the text, and the lengths of the lines that are met.
    static func line(startingWith prefix: [UInt8], in text: Span<UInt8>) -> Range<Int>? {
        var low = 0
        var high = text.count
        // Every line that starts before `low` is smaller; no line from `high` on is.
        while low < high {
            let start = startOfLine(around: low + (high - low) / 2, in: text, from: low)
            let end = endOfLine(from: start, in: text)
            if isPrefix(prefix, orderedAfter: text.extracting(start..<end)) {
                low = min(end + 1, high)
            } else {
                high = start
            }
        }
        let line = low..<endOfLine(from: low, in: text)
        return starts(text.extracting(line), with: prefix) ? line : nil
    }

    private static func startOfLine(
        around offset: Int, in text: Span<UInt8>, from low: Int
    ) -> Int {
        var start = offset
        while start > low, text[start - 1] != UInt8(ascii: "\n") { start -= 1 }
        return start
    }

    private static func endOfLine(from start: Int, in text: Span<UInt8>) -> Int {
        var end = start
        while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
        return end
    }

    /// Whether the line sorts before `prefix`, and so before all lines that begin with it.
    private static func isPrefix(_ prefix: [UInt8], orderedAfter line: Span<UInt8>) -> Bool {
        for index in 0..<min(prefix.count, line.count) where prefix[index] != line[index] {
            return prefix[index] > line[index]
        }
        return line.count < prefix.count
    }

    private static func starts(_ line: Span<UInt8>, with prefix: [UInt8]) -> Bool {
        guard line.count >= prefix.count else { return false }
        return prefix.indices.allSatisfy { prefix[$0] == line[$0] }
    }
}
