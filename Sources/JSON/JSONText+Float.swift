// SPDX-License-Identifier: Apache-2.0

extension JSONText {
    /// The 32-bit float nearest to the number at `range`, or nil where that is infinite, or there
    /// is no number.
    ///
    /// Nearly all numbers take one multiplication or division of doubles, which is off by less than
    /// two units in the last place. Only where a place midway between two floats is that near does
    /// the library decide, by the whole text. Source: Clinger, "How to read floating point numbers
    /// accurately", 1990, for powers of ten that are exact.
    package static func float(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Float? {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count, !range.isEmpty else {
            return nil
        }
        let number = bytes.extracting(range)
        if let quick = DecimalParts(number)?.double, quick.isClearlyOneFloat { return Float(quick) }
        guard let text = string(bytes, range, hasEscapes: false), let value = Float(text),
            value.isFinite
        else { return nil }
        return value
    }
}

/// A decimal number of at most 19 digits.
private struct DecimalParts {
    private static let longest = 19

    private var digits: UInt64 = 0
    private var exponent = 0
    private var isNegative = false

    /// Nil for a number with more digits, or a text that is none.
    init?(_ text: Span<UInt8>) {
        var position = 0
        if text[0] == .minus {
            isNegative = true
            position = 1
        }
        var count = 0
        var point: Int?
        while position < text.count {
            let byte = text[position]
            if byte.isDigit {
                count += digits == 0 && byte == .zero ? 0 : 1
                guard count <= Self.longest else { return nil }
                digits = digits * 10 + UInt64(byte - .zero)
                if point != nil { exponent -= 1 }
            } else if byte == UInt8(ascii: "."), point == nil {
                point = position
            } else {
                break
            }
            position += 1
        }
        guard position < text.count else { return }
        guard text[position] == UInt8(ascii: "e") || text[position] == UInt8(ascii: "E") else {
            return nil
        }
        position += 1
        if position < text.count, text[position] == UInt8(ascii: "+") { position += 1 }
        // The least integer has no absolute value.
        guard let power = JSONText.integer(text, position..<text.count), power.magnitude < 1_000
        else { return nil }
        exponent += power
    }

    /// The value, off by less than two units in its last place; nil where that cannot be promised.
    var double: Double? {
        let powers = Self.powers
        let power = abs(exponent)
        guard power < powers.count else { return nil }
        let digits = Double(digits)
        let magnitude = exponent < 0 ? digits / powers[power] : digits * powers[power]
        return isNegative ? -magnitude : magnitude
    }

    /// All powers of ten that a double holds exactly.
    private static let powers: InlineArray<23, Double> = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}

extension Double {
    /// Whether this and all doubles within four units in the last place round to one and the same
    /// normal float.
    fileprivate var isClearlyOneFloat: Bool {
        if self == 0 { return true }
        guard magnitude > 0x1p-125, magnitude < 0x1p127 else { return false }
        // A float keeps 23 of the 52 bits; midway is a one and 28 zeros behind them.
        let rest = bitPattern & 0x1FFF_FFFF
        return rest &- (0x1000_0000 - 4) > 8
    }
}
