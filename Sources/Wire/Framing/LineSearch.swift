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
        while position >= 0, position <= count - 16 {
            let vector = unsafe bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: position, as: SIMD16<UInt8>.self)
            let ends =
                vector.lanes(equalTo: .lineFeed) .| vector.lanes(equalTo: .carriageReturn)
            if let lane = ends.firstLane { return position + lane }
            position += 16
        }
        while position < count, self[position] != .lineFeed, self[position] != .carriageReturn {
            position += 1
        }
        return position
    }
}

extension SIMDMask<SIMD16<Int8>> {
    /// The number of the first lane that is set, or nil.
    @inline(__always)
    var firstLane: Int? {
        let words = unsafe unsafeBitCast(self, to: SIMD2<UInt64>.self)
        if words[0] != 0 { return UInt64(littleEndian: words[0]).trailingZeroBitCount / 8 }
        if words[1] != 0 { return 8 + UInt64(littleEndian: words[1]).trailingZeroBitCount / 8 }
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
