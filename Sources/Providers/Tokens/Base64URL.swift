// SPDX-License-Identifier: Apache-2.0

/// Base 64 for URLs, without padding. Source: RFC 4648 §5, RFC 7515 §2.
enum Base64URL {
    private static let digits = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Six bits a character.
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 4 / 3 + 3)
        var held: UInt32 = 0
        var count = 0
        for byte in bytes {
            held = held << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(digits[Int(held >> UInt32(count) & 63)])
            }
        }
        if count > 0 { text.append(digits[Int(held << UInt32(6 - count) & 63)]) }
        return text
    }
}
