// SPDX-License-Identifier: Apache-2.0
import ChatAPI
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
            append(float, to: &bytes)
        }
        return quoted(bytes)
    }

    /// The same of numbers that are signed bytes.
    static func base64(ofSigned numbers: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(numbers.count * 4)
        for number in numbers { append(Float(Int8(bitPattern: number)), to: &bytes) }
        return quoted(bytes)
    }

    /// The JSON array of numbers that are signed bytes.
    static func numbers(ofSigned numbers: [UInt8]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for number in numbers { writer.integer(Int(Int8(bitPattern: number))) }
        writer.endArray()
        return writer.finish()
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

    private static func append(_ float: Float, to bytes: inout [UInt8]) {
        let bits = float.bitPattern
        for shift in stride(from: 0 as UInt32, to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
    }

    private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
        var text = [UInt8(ascii: "\"")]
        Base64.append(bytes, to: &text)
        text.append(UInt8(ascii: "\""))
        return text
    }
}
