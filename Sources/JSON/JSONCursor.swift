// SPDX-License-Identifier: Apache-2.0

/// Where the next piece of a JSON text goes, and the only unsafe writes of the writer.
///
/// The writer makes sure before that there is room for all that it puts: one comparison for a whole
/// member. With arrays or output spans, which ask for every piece, a ledger entry took three and
/// two times the instructions.
@unsafe
struct JSONCursor {
    private(set) var next: UnsafeMutablePointer<UInt8>

    init(at start: UnsafeMutablePointer<UInt8>) { unsafe next = start }

    /// Puts one byte.
    @inline(__always)
    mutating func put(_ byte: UInt8) {
        unsafe next.pointee = byte
        unsafe next += 1
    }

    /// Puts a copy of `bytes`.
    @inline(__always)
    mutating func put(copyOf bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe put(copyOf: $0) }
    }

    /// Puts `bytes`, which need no escape, in quotes: two bytes more.
    @inline(__always)
    mutating func put(quoted bytes: Span<UInt8>) {
        unsafe put(.quote)
        unsafe put(copyOf: bytes)
        unsafe put(.quote)
    }

    /// Puts a text of the source code as it is.
    @inline(__always)
    mutating func put(literal: StaticString) {
        unsafe put(
            copyOf: UnsafeBufferPointer(
                start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Puts a key that needs no escape and what stands around it: four bytes more.
    @inline(__always)
    mutating func put(key: StaticString, afterComma: Bool) {
        if afterComma { unsafe put(.comma) }
        unsafe put(.quote)
        unsafe put(literal: key)
        unsafe put(.quote)
        unsafe put(.colon)
    }

    /// What an escape takes at most: `\u001f`.
    static var escapeRoom: Int { 6 }

    /// Puts the escape of a quote, a backslash or a byte below 0x20. Source: RFC 8259 §7.
    mutating func put(escapeOf byte: UInt8) {
        unsafe put(.backslash)
        switch byte {
        case 0x08: unsafe put(.letterB)
        case 0x09: unsafe put(.letterT)
        case 0x0A: unsafe put(.letterN)
        case 0x0C: unsafe put(.letterF)
        case 0x0D: unsafe put(.letterR)
        case .quote, .backslash: unsafe put(byte)
        default:
            unsafe put(literal: "u00")
            unsafe put(.zero + (byte >> 4))
            let digit = byte & 0x0F
            unsafe put(digit < 10 ? .zero + digit : 0x61 - 10 + digit)
        }
    }

    @inline(__always)
    private mutating func put(copyOf bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        unsafe next.initialize(from: source, count: bytes.count)
        unsafe next += bytes.count
    }
}

extension JSONCursor {
    /// What the digits of an `Int` and its sign take at most; all that `put(decimal:)` touches.
    static var decimalRoom: Int { 20 }

    /// Puts the decimal digits of `value`, behind a minus where it is negative.
    @inline(__always)
    mutating func put(decimal value: Int) {
        if value < 0 { unsafe put(.minus) }
        let group: UInt = 100_000_000
        let (high, low) = value.magnitude.quotientAndRemainder(dividingBy: group)
        if high == 0 { return unsafe put(firstDigits: low) }
        let (highest, middle) = high.quotientAndRemainder(dividingBy: group)
        if highest == 0 {
            unsafe put(firstDigits: middle)
        } else {
            // At most three, so that the eight bytes end before those of the next groups.
            unsafe put(firstDigits: highest)
            unsafe put(word: middle.eightDigits, count: 8)
        }
        unsafe put(word: low.eightDigits, count: 8)
    }

    /// Puts a number below 10⁸ without zeros before it; touches eight bytes.
    @inline(__always)
    private mutating func put(firstDigits value: UInt) {
        let digits = value.eightDigits
        let zeros = min((digits & 0x0F0F_0F0F_0F0F_0F0F).trailingZeroBitCount / 8, 7)
        unsafe put(word: digits >> UInt64(8 * zeros), count: 8 - zeros)
    }

    @inline(__always)
    private mutating func put(word: UInt64, count: Int) {
        unsafe UnsafeMutableRawPointer(next).storeBytes(
            of: word.littleEndian, as: UInt64.self)
        unsafe next += count
    }
}

extension UInt {
    /// The decimal digits of a number below 10⁸ in ASCII, the first one in the lowest byte.
    ///
    /// All at once, halved three times; one digit after the other took twice as long.
    fileprivate var eightDigits: UInt64 {
        let halves = UInt64(self / 10_000) | UInt64(self % 10_000) << 32
        // x · 10,486 / 2²⁰ is x / 100 for all x below 10⁴, and x · 103 / 2¹⁰ is x / 10 below 100.
        let hundreds = (halves &* 10_486) >> 20 & 0x0000_007F_0000_007F
        let pairs = hundreds | (halves &- hundreds &* 100) << 16
        let tens = (pairs &* 103) >> 10 & 0x000F_000F_000F_000F
        return (tens | (pairs &- tens &* 10) << 8) | 0x3030_3030_3030_3030
    }
}
