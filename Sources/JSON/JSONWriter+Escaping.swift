// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// Appends UTF-8 as it stands between the quotes of a JSON string.
    ///
    /// Escaped is only what must be: quotes, backslashes and bytes below 0x20. Source: RFC 8259 §7.
    mutating func appendEscaped(_ utf8: Span<UInt8>) {
        var position = 0
        while true {
            let plain = utf8.firstToEscape(from: position)
            append(utf8, position..<plain)
            guard plain < utf8.count else { return }
            append(.backslash)
            switch utf8[plain] {
            case 0x08: append(.letterB)
            case 0x09: append(.letterT)
            case 0x0A: append(.letterN)
            case 0x0C: append(.letterF)
            case 0x0D: append(.letterR)
            case .quote, .backslash: append(utf8[plain])
            case let byte:
                append(contentsOf: [.letterU, .zero, .zero])
                append(.zero + (byte >> 4))
                let digit = byte & 0x0F
                append(digit < 10 ? .zero + digit : 0x61 - 10 + digit)
            }
            position = plain + 1
        }
    }
}

extension [UInt8] {
    /// Appends the decimal digits of `value`, behind a minus where it is negative.
    mutating func append(decimal value: Int) {
        if value < 0 { append(.minus) }
        // Lowest digit first, from the end of a place for the longest of them.
        var digits = InlineArray<20, UInt8>(repeating: .zero)
        var start = digits.count
        var rest = value.magnitude
        repeat {
            start -= 1
            digits[start] = .zero + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        append(digits.span, start..<digits.count)
    }

    /// Appends a text of the source code as it is.
    mutating func append(literal: StaticString) {
        let text = unsafe UnsafeBufferPointer(
            start: literal.utf8Start, count: literal.utf8CodeUnitCount)
        unsafe append(contentsOf: text)
    }
}

extension Span<UInt8> {
    /// The offset of the first byte at or after `start` that a JSON string escapes, or `count`.
    fileprivate func firstToEscape(from start: Int) -> Int {
        var position = start
        while position <= count - 16 {
            let vector = unsafe uncheckedVector(at: position)
            // Not `.<`: ordering unsigned bytes is a loop over the lanes in Swift 6.3, and took a
            // third of the time of a whole ledger entry.
            let controls = (vector & SIMD16(repeating: 0xE0)).lanes(equalTo: 0)
            let lanes =
                controls .| vector.lanes(equalTo: .quote) .| vector.lanes(equalTo: .backslash)
            if let lane = lanes.firstLane { return position + lane }
            position += 16
        }
        while position < count {
            let byte = unsafe uncheckedByte(at: position)
            if byte < 0x20 || byte == .quote || byte == .backslash { break }
            position += 1
        }
        return position
    }
}
