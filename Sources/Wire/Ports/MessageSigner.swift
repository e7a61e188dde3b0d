// SPDX-License-Identifier: Apache-2.0

/// A private RSA key that signs, and does nothing else.
package protocol MessageSigner: Sendable {
    /// The signature of `message`: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2), which JSON Web
    /// Tokens call `RS256`. Nil where the key cannot sign.
    func signature(of message: [UInt8]) -> [UInt8]?
}
