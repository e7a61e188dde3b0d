// SPDX-License-Identifier: Apache-2.0

/// Texts as parts of paths and forms. Source: RFC 3986 §2.
enum PercentEncoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// The text in UTF-8, each byte but the unreserved characters as `%` and two digits.
    static func encode(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return bytes
    }
}
