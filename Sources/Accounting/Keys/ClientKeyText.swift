// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// A client's key, as it is sent: a secret, which is shown once and kept nowhere.
///
/// Shape: `mk-` and 43 characters of base64url (RFC 4648, section 5), without padding: 32 bytes. Every
/// 32 bytes have one text, and no other text is a key.
package struct ClientKeyText: Sendable, Redacted {
    private static let mark = Array("mk-".utf8)
    private static let length = 46
    /// How many characters may be shown, to tell keys apart: `mk-` and 18 of 256 bits.
    private static let shownLength = 6

    private let text: [UInt8]

    /// The key of 32 random bytes; nil for any other number of them.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        text = Self.mark + Base64.forURLs(bytes)
    }

    /// The key that a client has sent; nil where the text is none.
    package init?(parsing text: some StringProtocol) {
        let bytes = Array(text.utf8.prefix(Self.length + 1))
        guard bytes.count == Self.length, bytes.starts(with: Self.mark),
            bytes[3...].allSatisfy({ Self.value(of: $0) != nil }),
            let last = bytes.last.flatMap(Self.value(of:)), last & 0b11 == 0
        else { return nil }
        self.text = bytes
    }

    /// The key itself. Call it where the key is shown to its owner, nowhere else.
    package func reveal() -> String { String(decoding: text, as: UTF8.self) }

    /// Lends the bytes whose SHA-256 the key is stored as: those of its text.
    package func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result { body(text.span) }

    /// What may be shown of it: `mk-AbC…`.
    package var shownPrefix: String {
        String(decoding: text.prefix(Self.shownLength), as: UTF8.self) + "…"
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
