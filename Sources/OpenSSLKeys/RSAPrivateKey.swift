// SPDX-License-Identifier: Apache-2.0
import CCryptoShim
import Wire

/// A private RSA key that OpenSSL holds.
///
/// Isolation: any thread owns it; `@unchecked Sendable`, because the key is only read, and each
/// signature has a context of its own. A signature takes about a millisecond with 2,048 bits.
package final class RSAPrivateKey: MessageSigner, @unchecked Sendable {
    /// The longest PEM that is looked at. Units: bytes.
    private static let longestText = 64 << 10

    private let key: UnsafeMutableRawPointer

    /// Nil where the text is no private RSA key in PEM, or wants a password.
    package init?(pem: String) {
        let text = Array(pem.utf8)
        guard text.count <= Self.longestText else { return nil }
        let read = text.withUnsafeBytes { bytes in
            ccrypto_read_rsa_key(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(bytes.count))
        }
        guard let read else { return nil }
        key = read
    }

    deinit { ccrypto_free_key(key) }

    package func signature(of message: [UInt8]) -> [UInt8]? {
        let room = ccrypto_signature_size(key)
        let signature = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            count = ccrypto_sign_sha256(key, message, message.count, buffer.baseAddress, room)
        }
        return signature.isEmpty ? nil : signature
    }
}
