// SPDX-License-Identifier: Apache-2.0

/// Bytes as text, six bits a character. Source: RFC 4648.
enum Base64 {
    /// The alphabet of §4, filled up with `=` to whole groups of four.
    static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        append(bytes, in: digits, to: &text)
        let missing = (3 - bytes.count % 3) % 3
        text.append(contentsOf: repeatElement(UInt8(ascii: "="), count: missing))
    }

    /// The alphabet of §5 without padding, as JSON Web Signatures have it (RFC 7515 §2).
    static func forURLs(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        append(bytes, in: digitsForURLs, to: &text)
        return text
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
