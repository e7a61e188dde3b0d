// SPDX-License-Identifier: Apache-2.0
import JSON

/// Vectors as clients ask for them.
enum VectorText {
    /// The JSON string of a vector's 32-bit floats, lowest byte first, in base64; nil where an
    /// element is no number, or too large for one.
    static func base64(
        of vector: JSONDocument.Node, in document: borrowing JSONDocument
    ) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(document.count(of: vector) * 4)
        let source = document.source.span
        var next = document.firstChild(of: vector)
        while let element = next {
            next = document.nextSibling(of: element)
            guard document.kind(of: element) == .number,
                let float = JSONText.float(source, document.range(of: element))
            else { return nil }
            let bits = float.bitPattern
            for shift in stride(from: 0 as UInt32, to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
            }
        }
        return quotedBase64(bytes)
    }

    /// Whether a value is an array of numbers, at least one.
    static func isVector(_ value: JSONDocument.Node, in document: borrowing JSONDocument) -> Bool {
        guard document.kind(of: value) == .array else { return false }
        var next = document.firstChild(of: value)
        guard next != nil else { return false }
        while let element = next {
            guard document.kind(of: element) == .number else { return false }
            next = document.nextSibling(of: element)
        }
        return true
    }

    /// Source: RFC 4648 §4.
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func quotedBase64(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Self.alphabet
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4 + 2)
        text.append(UInt8(ascii: "\""))
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group = UInt32(bytes[index]) << 16
            if count > 1 { group |= UInt32(bytes[index + 1]) << 8 }
            if count > 2 { group |= UInt32(bytes[index + 2]) }
            for digit in 0..<4 {
                text.append(
                    digit <= count
                        ? digits[Int(group >> UInt32(18 - 6 * digit) & 63)] : UInt8(ascii: "="))
            }
            index += count
        }
        text.append(UInt8(ascii: "\""))
        return text
    }
}
