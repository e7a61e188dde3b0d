// SPDX-License-Identifier: Apache-2.0

/// Readings of single values in the bytes of a text that was validated before.
///
/// None of them traps on other bytes either: a range outside of the span reads as nil, a broken
/// escape as U+FFFD.
package enum JSONText {
    /// Appends the string whose raw bytes, without quotes, are `range`, with its escapes resolved.
    ///
    /// A surrogate escape without its partner is U+FFFD. Source: RFC 8259 §7 and §8.2.
    package static func unescape(
        _ bytes: Span<UInt8>, _ range: Range<Int>, into result: inout [UInt8]
    ) {
        let raw = bytes.extracting(range.clamped(to: 0..<bytes.count))
        var position = 0
        while position < raw.count {
            let plain = raw.firstBackslash(from: position)
            result.append(raw, position..<plain)
            guard plain < raw.count else { return }
            position = plain + 2
            guard position <= raw.count else { return result.append(.replacementCharacter) }
            switch raw[plain + 1] {
            case .letterB: result.append(0x08)
            case .letterF: result.append(0x0C)
            case .letterN: result.append(0x0A)
            case .letterR: result.append(0x0D)
            case .letterT: result.append(0x09)
            case .letterU: result.append(scalar(raw, &position))
            case let byte: result.append(byte)
            }
        }
    }

    /// The string whose raw bytes, without quotes, are `range`.
    package static func string(
        _ bytes: Span<UInt8>, _ range: Range<Int>, hasEscapes: Bool
    ) -> String? {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count else { return nil }
        if !hasEscapes {
            let content = bytes.extracting(range)
            return unsafe content.withUnsafeBufferPointer {
                unsafe String(decoding: $0, as: UTF8.self)
            }
        }
        var content: [UInt8] = []
        content.reserveCapacity(range.count)
        unescape(bytes, range, into: &content)
        return String(decoding: content, as: UTF8.self)
    }

    /// Whether the string whose raw bytes, without quotes, are `range` reads as `other`.
    package static func isEqual(
        _ bytes: Span<UInt8>, _ range: Range<Int>, hasEscapes: Bool, to other: Span<UInt8>
    ) -> Bool {
        if hasEscapes {
            var content: [UInt8] = []
            unescape(bytes, range, into: &content)
            return content.span.hasSameBytes(as: other)
        }
        guard range.count == other.count, range.upperBound <= bytes.count else { return false }
        return bytes.extracting(range).hasSameBytes(as: other)
    }

    /// The exact value of the number at `range`, or nil where it has a fraction or an exponent or
    /// does not fit. `-0` is 0.
    package static func integer(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count, !range.isEmpty else {
            return nil
        }
        let isNegative = bytes[range.lowerBound] == .minus
        let digits = range.dropFirst(isNegative ? 1 : 0)
        guard !digits.isEmpty else { return nil }
        var value = 0
        for offset in digits {
            guard bytes[offset].isDigit else { return nil }
            let digit = Int(bytes[offset] &- .zero)
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            // Towards the sign, so that Int.min is exact.
            let (sum, carry) =
                isNegative
                ? scaled.subtractingReportingOverflow(digit)
                : scaled.addingReportingOverflow(digit)
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    /// The scalar of the `\u` escape whose digits begin at `position`, and of the low surrogate
    /// that follows where it needs one.
    private static func scalar(_ raw: Span<UInt8>, _ position: inout Int) -> Unicode.Scalar {
        guard let first = codeUnit(raw, position) else { return .replacementCharacter }
        position += 4
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, position + 6 <= raw.count,
            raw[position] == .backslash, raw[position + 1] == .letterU,
            let second = codeUnit(raw, position + 2), (0xDC00...0xDFFF).contains(second)
        else { return .replacementCharacter }
        position += 6
        let offset = UInt32(first - 0xD800) << 10 | UInt32(second - 0xDC00)
        return Unicode.Scalar(0x10000 + offset) ?? .replacementCharacter
    }

    private static func codeUnit(_ raw: Span<UInt8>, _ start: Int) -> UInt16? {
        guard start + 4 <= raw.count else { return nil }
        var unit: UInt16 = 0
        for offset in start..<start + 4 {
            guard let digit = raw[offset].hexDigitValue else { return nil }
            unit = unit << 4 | digit
        }
        return unit
    }
}

extension Unicode.Scalar {
    fileprivate static let replacementCharacter: Unicode.Scalar = "\u{FFFD}"
}

extension [UInt8] {
    /// Appends the bytes of `range`, which is inside of `bytes`.
    mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let content = bytes.extracting(range)
        unsafe content.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Appends the UTF-8 form of `scalar`.
    fileprivate mutating func append(_ scalar: Unicode.Scalar) {
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { append(byte) }
    }
}

extension Span<UInt8> {
    /// The offset of the first backslash at or after `start`, or `count`.
    fileprivate func firstBackslash(from start: Int) -> Int {
        var position = start
        while position <= count - 16 {
            let backslashes = unsafe uncheckedVector(at: position).lanes(equalTo: .backslash)
            if let lane = backslashes.firstLane { return position + lane }
            position += 16
        }
        while position < count, self[position] != .backslash { position += 1 }
        return position
    }
}

extension Span<UInt8> {
    @inline(__always)
    fileprivate func hasSameBytes(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var index = 0
        while index <= count - 8 {
            let word = unsafe uncheckedWord64(at: index)
            if unsafe word != other.uncheckedWord64(at: index) { return false }
            index += 8
        }
        while index < count {
            if self[index] != other[index] { return false }
            index += 1
        }
        return true
    }
}
