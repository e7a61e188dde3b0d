// SPDX-License-Identifier: Apache-2.0

/// Why a text is not JSON that this gateway takes, and where.
///
/// Source: RFC 8259, made stricter by `Kind.duplicateKey`, `depthExceeded` and `tooLarge`.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    package enum Kind: Sendable, Equatable {
        /// A byte that cannot stand here: the grammar wants something else.
        case unexpectedByte(UInt8)
        /// The text stops inside a value.
        case unexpectedEnd
        /// The root is a value of another kind than the object that was asked for.
        case rootNotAnObject
        /// More open objects and arrays than the limit.
        case depthExceeded(maximum: Int)
        /// A key that its object already has, after unescaping.
        case duplicateKey(String)
        /// Bytes that are not UTF-8: overlong, a surrogate, above U+10FFFF, or cut.
        case invalidUTF8
        /// A backslash that RFC 8259 §7 does not know.
        case invalidEscape
        /// A number that RFC 8259 §6 does not know: `01`, `1.`, `+1`, `.5`.
        case invalidNumber
        /// An unescaped byte below 0x20 in a string.
        case controlCharacter
        /// Something other than white space after the root value.
        case trailingBytes
        /// More bytes than the limit.
        case tooLarge(maximum: Int)
        /// More values and keys than the limit.
        case tooManyNodes(maximum: Int)
    }

    /// What is wrong.
    package var kind: Kind

    /// Where, in bytes from the start of the text.
    package var offset: Int

    /// The error `kind`, found at `offset`.
    package init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    /// One sentence in plain English for the sender of the text, offset included. Holds nothing of
    /// the text but a duplicate key, shortened to 64 characters.
    package var message: String { "\(reason) at byte \(offset)" }

    /// The same as `message`.
    package var description: String { message }

    private var reason: String {
        switch kind {
        case .unexpectedByte(let byte): "unexpected \(Self.name(of: byte))"
        case .unexpectedEnd: "the text ends too early"
        case .rootNotAnObject: "expected an object"
        case .depthExceeded(let maximum): "nested deeper than \(maximum) levels"
        case .duplicateKey(let name): "duplicate key \"\(Self.shortened(name))\""
        case .invalidUTF8: "invalid UTF-8"
        case .invalidEscape: "invalid escape sequence"
        case .invalidNumber: "invalid number"
        case .controlCharacter: "unescaped control character in a string"
        case .trailingBytes: "unexpected bytes after the end of the value"
        case .tooLarge(let maximum): "longer than \(maximum) bytes"
        case .tooManyNodes(let maximum): "more than \(maximum) values and keys"
        }
    }

    private static func name(of byte: UInt8) -> String {
        if (0x21...0x7E).contains(byte) { return "character '\(Character(Unicode.Scalar(byte)))'" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "byte 0x\(byte < 0x10 ? "0" : "")\(digits)"
    }

    private static func shortened(_ name: String) -> String {
        name.count <= 64 ? name : "\(name.prefix(64))…"
    }
}
