// SPDX-License-Identifier: Apache-2.0

/// Loads without a check of their bounds, and the only unsafe expressions of the scanner's loops.
///
/// The caller compares with `count` right before, which is the bounds check; a second one in the
/// subscript made the scan of a small text a third slower. Several bytes may be loaded at once
/// because vectors and words take every bit pattern, aligned or not.
extension Span<UInt8> {
    /// The byte at `offset`, where `0 <= offset < count`.
    @unsafe
    @inline(__always)
    func uncheckedByte(at offset: Int) -> UInt8 {
        assert(offset >= 0 && offset < count)
        return unsafe self[unchecked: offset]
    }

    /// The 16 bytes at `offset`, where `0 <= offset <= count - 16`.
    @unsafe
    @inline(__always)
    func uncheckedVector(at offset: Int) -> SIMD16<UInt8> {
        assert(offset >= 0 && offset <= count - 16)
        return unsafe bytes.unsafeLoadUnaligned(
            fromUncheckedByteOffset: offset, as: SIMD16<UInt8>.self)
    }

    /// The eight bytes at `offset`, the first one lowest, where `0 <= offset <= count - 8`.
    @unsafe
    @inline(__always)
    func uncheckedWord64(at offset: Int) -> UInt64 {
        assert(offset >= 0 && offset <= count - 8)
        return UInt64(
            littleEndian: unsafe bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// The four bytes at `offset`, the first one lowest, where `0 <= offset <= count - 4`.
    @unsafe
    @inline(__always)
    func uncheckedWord32(at offset: Int) -> UInt32 {
        assert(offset >= 0 && offset <= count - 4)
        return UInt32(
            littleEndian: unsafe bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: offset, as: UInt32.self))
    }
}

extension SIMDMask<SIMD16<Int8>> {
    /// The mask as two words, a byte of ones for each lane that is set, lane 0 lowest.
    @inline(__always)
    var words: (low: UInt64, high: UInt64) {
        let words = unsafe unsafeBitCast(self, to: SIMD2<UInt64>.self)
        return (UInt64(littleEndian: words[0]), UInt64(littleEndian: words[1]))
    }

    /// The number of the first lane that is set, or nil.
    @inline(__always)
    var firstLane: Int? {
        let (low, high) = words
        if low != 0 { return low.trailingZeroBitCount / 8 }
        if high != 0 { return 8 + high.trailingZeroBitCount / 8 }
        return nil
    }
}

extension SIMD16<UInt8> {
    /// The lanes that hold `byte`.
    ///
    /// Not `.== byte`: comparing with a scalar is a loop over the lanes in Swift 6.3, 40 times
    /// slower than comparing with a vector.
    @inline(__always)
    func lanes(equalTo byte: UInt8) -> SIMDMask<SIMD16<Int8>> {
        self .== SIMD16(repeating: byte)
    }
}
