// SPDX-License-Identifier: Apache-2.0

extension UInt8 {
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
}

extension Span<UInt8> {
    /// The offset of the first line feed or carriage return at or after `start`, or `count`.
    ///
    /// Sixteen bytes at a time: the comparison with `count - 16` is the bounds check of the
    /// unchecked load, and a vector takes every bit pattern.
    func firstLineEnd(from start: Int) -> Int {
        var position = start
        let lineFeeds = SIMD16<UInt8>(repeating: .lineFeed)
        let carriageReturns = SIMD16<UInt8>(repeating: .carriageReturn)
        while position >= 0, position <= count - 16 {
            let vector = unsafe bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: position, as: SIMD16<UInt8>.self)
            let ends = (vector .== lineFeeds) .| (vector .== carriageReturns)
            let words = unsafe unsafeBitCast(ends, to: SIMD2<UInt64>.self)
            if words[0] != 0 {
                return position + UInt64(littleEndian: words[0]).trailingZeroBitCount / 8
            }
            if words[1] != 0 {
                return position + 8 + UInt64(littleEndian: words[1]).trailingZeroBitCount / 8
            }
            position += 16
        }
        while position < count, self[position] != .lineFeed, self[position] != .carriageReturn {
            position += 1
        }
        return position
    }
}
