// SPDX-License-Identifier: Apache-2.0

/// How a provider's key travels: always in a header, never in a URL; or what it is exchanged for.
package enum Authentication: Sendable, Equatable {
    /// `authorization: Bearer <key>`; nothing where there is no key.
    case bearer
    /// The key alone in the named header: `api-key: <key>`. The name is an HTTP token.
    case header(String)
    /// No key is sent.
    case none
    /// The key is a Google service account. It signs for access tokens, which travel as `bearer`.
    case googleServiceAccount
    /// The key is exchanged for access tokens of IBM Cloud, which travel as `bearer`.
    case ibmAPIKey

    /// Whether the key itself stays here, and access tokens are got with it.
    package var exchangesKey: Bool { self == .googleServiceAccount || self == .ibmAPIKey }

    /// The form that a text names: `bearer`, `none`, `header:api-key`, `google-service-account` or
    /// `ibm-api-key`; nil for any other.
    package init?(text: String) {
        switch text {
        case "bearer": self = .bearer
        case "none": self = .none
        case "google-service-account": self = .googleServiceAccount
        case "ibm-api-key": self = .ibmAPIKey
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
