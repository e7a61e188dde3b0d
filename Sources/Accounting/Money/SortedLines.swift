// SPDX-License-Identifier: Apache-2.0

/// A look-up among the lines of a text that are sorted as bytes.
enum SortedLines {
    /// The line that begins with `prefix`, without its end, or nil.
    ///
    /// Complexity: O(log n) in the bytes of the text, times the length of a line.
    static func line(startingWith prefix: [UInt8], in text: Span<UInt8>) -> Range<Int>? {
        // Both are starts of lines, or the end. Lines before `low` sort before the prefix, lines
        // from `high` on do not.
        var low = 0
        var high = text.count
        while low < high {
            let middle = low + (high - low) / 2
            let start = startOfLine(around: middle, in: text, from: low)
            if isLine(at: start, in: text, orderedBefore: prefix) {
                low = min(endOfLine(from: middle, in: text) + 1, high)
            } else {
                high = start
            }
        }
        let line = low..<endOfLine(from: low, in: text)
        guard line.count >= prefix.count else { return nil }
        return prefix.indices.allSatisfy { prefix[$0] == text[low + $0] } ? line : nil
    }

    /// Whether the line sorts before `prefix`, and so before every line that begins with it.
    private static func isLine(
        at start: Int, in text: Span<UInt8>, orderedBefore prefix: [UInt8]
    ) -> Bool {
        for index in prefix.indices {
            guard start + index < text.count else { return true }
            // An end of line sorts before all that a line holds.
            let byte = text[start + index]
            if byte != prefix[index] { return byte < prefix[index] }
        }
        return false
    }

    private static func startOfLine(around offset: Int, in text: Span<UInt8>, from low: Int) -> Int
    {
        var start = offset
        while start - 8 >= low, !text.hasNewline(inEightFrom: start - 8) { start -= 8 }
        while start > low, text[start - 1] != newline { start -= 1 }
        return start
    }

    private static func endOfLine(from start: Int, in text: Span<UInt8>) -> Int {
        var end = start
        while end + 8 <= text.count, !text.hasNewline(inEightFrom: end) { end += 8 }
        while end < text.count, text[end] != newline { end += 1 }
        return end
    }

    private static let newline = UInt8(ascii: "\n")
}

extension Span<UInt8> {
    /// Whether one of the eight bytes from `offset` is an end of line.
    ///
    /// Eight at once, as most of a look-up is a search for ends of lines. Unsafe in name only: the
    /// load checks its bounds, and every bit pattern is a `UInt64`.
    fileprivate func hasNewline(inEightFrom offset: Int) -> Bool {
        let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let zeros = word ^ 0x0A0A_0A0A_0A0A_0A0A
        return (zeros &- 0x0101_0101_0101_0101) & ~zeros & 0x8080_8080_8080_8080 != 0
    }
}
