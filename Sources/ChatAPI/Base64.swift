// SPDX-License-Identifier: Apache-2.0

/// Bytes as text, six bits a character. Source: RFC 4648.
package enum Base64 {
    /// The alphabet of §4, filled up with `=` to whole groups of four.
    package static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        append(bytes, in: digits, to: &text)
        let missing = (3 - bytes.count % 3) % 3
        text.append(contentsOf: repeatElement(UInt8(ascii: "="), count: missing))
    }

    /// The alphabet of §5 without padding, as JSON Web Signatures have it (RFC 7515 §2).
    package static func forURLs(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        append(bytes, in: digitsForURLs, to: &text)
        return text
    }

    /// The bytes behind a text in the alphabet of §4 with its padding, or nil where it is none.
    package static func bytes(of text: [UInt8]) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        let padding = text.suffix(2).count { $0 == UInt8(ascii: "=") }
        let count = text.count - padding
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        for index in 0..<count {
            guard let value = value(of: text[index]) else { return nil }
            group = group << 6 | value
            guard index % 4 == 3 else { continue }
            bytes.append(UInt8(truncatingIfNeeded: group >> 16))
            bytes.append(UInt8(truncatingIfNeeded: group >> 8))
            bytes.append(UInt8(truncatingIfNeeded: group))
        }
        if padding == 2 { bytes.append(UInt8(truncatingIfNeeded: group >> 4)) }
        if padding == 1 {
            bytes.append(UInt8(truncatingIfNeeded: group >> 10))
            bytes.append(UInt8(truncatingIfNeeded: group >> 2))
        }
        return bytes
    }

    /// The six bits of a character, or nil where it has none.
    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    private static let digits = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let digitsForURLs = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static func append(_ bytes: [UInt8], in digits: [UInt8], to text: inout [UInt8]) {
        text.reserveCapacity(text.count + (bytes.count + 2) / 3 * 4 + 1)
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group = UInt32(bytes[index]) << 16
            if count > 1 { group |= UInt32(bytes[index + 1]) << 8 }
            if count > 2 { group |= UInt32(bytes[index + 2]) }
            for digit in 0...count {
                text.append(digits[Int(group >> UInt32(18 - 6 * digit) & 63)])
            }
            index += count
        }
    }
}
