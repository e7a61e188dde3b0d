// SPDX-License-Identifier: Apache-2.0

/// The bytes that HTTP's grammar names.
enum ASCII {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let colon: UInt8 = 0x3A
}

extension UInt8 {
    /// The byte with `A`–`Z` folded to `a`–`z`.
    package var lowercasedASCII: UInt8 {
        self >= 0x41 && self <= 0x5A ? self | 0x20 : self
    }

    /// Whether the byte is a `tchar`. Source: RFC 9110 §5.6.2.
    @inline(__always)
    var isTokenByte: Bool {
        // Names are letters nearly throughout, and a letter costs half of the look-up.
        if (self | 0x20) &- 0x61 < 26 { return true }
        guard self < 0x80 else { return false }
        let words: (UInt64, UInt64) = (0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE)
        let word = self < 0x40 ? words.0 : words.1
        return (word >> UInt64(self & 0x3F)) & 1 == 1
    }

    /// Whether the byte may stand in a field value: `VCHAR`, `obs-text`, space or tab.
    ///
    /// Source: RFC 9110 §5.5.
    @inline(__always)
    var isFieldValueByte: Bool {
        (self >= 0x20 && self != 0x7F) || self == ASCII.tab
    }

    /// Whether the byte is optional white space. Source: RFC 9110 §5.6.3.
    @inline(__always)
    var isWhitespace: Bool { self == ASCII.space || self == ASCII.tab }

    /// Whether the byte is visible ASCII: `VCHAR`. Source: RFC 5234 appendix B.1.
    @inline(__always)
    var isVisibleASCII: Bool { self > 0x20 && self < 0x7F }

    /// Whether the byte is `0`–`9`.
    @inline(__always)
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }

    /// The value of a hexadecimal digit of either case, or nil.
    @inline(__always)
    var hexadecimalValue: Int? {
        switch self {
        case 0x30...0x39: Int(self) - 0x30
        case 0x41...0x46: Int(self) - 0x41 + 10
        case 0x61...0x66: Int(self) - 0x61 + 10
        default: nil
        }
    }
}

extension Span<UInt8> {
    /// The offset of the first byte at or after `start` that no field value holds, or `count`.
    ///
    /// Sixteen bytes at a time: the comparison with `count - 16` is the bounds check of the
    /// unchecked load, and a vector takes every bit pattern.
    func endOfFieldValue(from start: Int) -> Int {
        var position = start
        while position >= 0, position <= count - 16 {
            let vector = unsafe bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: position, as: SIMD16<UInt8>.self)
            // Below 0x20 the upper three bits are zero; `.<` is a loop over the lanes in Swift 6.3.
            let controls =
                (vector & SIMD16(repeating: 0xE0)).lanes(equalTo: 0)
                .| vector.lanes(equalTo: 0x7F)
            guard let lane = controls.firstLane else {
                position += 16
                continue
            }
            position += lane
            if self[position] != ASCII.tab { return position }
            position += 1
        }
        while position < count, self[position].isFieldValueByte { position += 1 }
        return position
    }
}

extension String {
    /// The text of `bytes`, with invalid UTF-8 repaired.
    init(bytes: Span<UInt8>) {
        // The pointer is used inside this call only, and bounds come from the span itself.
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
