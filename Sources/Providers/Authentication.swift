// SPDX-License-Identifier: Apache-2.0

/// How a provider's key travels: always in a header, never in a URL.
package enum Authentication: Sendable, Equatable {
    /// `authorization: Bearer <key>`; nothing where there is no key.
    case bearer
    /// The key alone in the named header: `api-key: <key>`. The name is an HTTP token.
    case header(String)
    /// No key is sent.
    case none

    /// The form that a text names: `bearer`, `none` or `header:api-key`; nil for any other.
    package init?(text: String) {
        switch text {
        case "bearer": self = .bearer
        case "none": self = .none
        default:
            guard text.hasPrefix("header:") else { return nil }
            let name = text.dropFirst("header:".count)
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else { return nil }
            self = .header(name.lowercased())
        }
    }

    /// Letters, digits and `-`: as much of RFC 9110 §5.6.2 as header names in use need.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        byte == 0x2D || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte)
    }
}
