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

extension Span<UInt8> {
    /// The offset of the first byte at or after `start` that a JSON string escapes, or `count`.
    fileprivate func firstToEscape(from start: Int) -> Int {
        var position = start
        while position <= count - 16 {
            let vector = unsafe uncheckedVector(at: position)
            let lanes =
                (vector .< SIMD16(repeating: 0x20)) .| vector.lanes(equalTo: .quote)
                .| vector.lanes(equalTo: .backslash)
            if let lane = lanes.firstLane { return position + lane }
            position += 16
        }
        while position < count {
            let byte = self[position]
            if byte < 0x20 || byte == .quote || byte == .backslash { break }
            position += 1
        }
        return position
    }
}
