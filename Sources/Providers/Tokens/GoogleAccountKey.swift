// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
package import Wire

/// The key of a Google service account, which signs for access tokens.
///
/// Shape: the JSON file that Google hands out: `{"type":"service_account","client_email":…,
/// "private_key":"-----BEGIN PRIVATE KEY-----…","private_key_id":…,"token_uri":…,"project_id":…}`.
/// Source: Google Identity, "Using OAuth 2.0 for server to server applications"; RFC 7523.
package struct GoogleAccountKey: TokenGrant {
    /// What is wrong with the file, as what follows "the service account": `has no client_email`.
    package struct Problem: Error, Equatable {
        package var text: String
        init(_ text: String) { self.text = text }
    }

    private static let defaultTokenURI = "https://oauth2.googleapis.com/token"
    private static let scope = "https://www.googleapis.com/auth/cloud-platform"
    /// The longest that Google allows. Units: seconds.
    private static let assertionLifetime: Int64 = 3_600

    /// The project that the account belongs to, where the file says so.
    package let placeholders: [String: String]
    /// The audience of assertions, as the file has it.
    private let audience: String
    /// Where they are sent: the audience, to be checked before it is used, or what the caller puts in
    /// its place.
    package var tokenURL: TokenURL
    private let email: String
    private let keyID: String?
    private let signer: any MessageSigner

    /// Reads the file.
    ///
    /// - Parameter makeSigner: a signer from a private key in PEM, or nil where it is none.
    /// Throws: what is wrong, without a word of the key.
    package init(
        parsing text: String, makeSigner: (_ pem: String) -> (any MessageSigner)?
    ) throws(Problem) {
        guard let root = try? JSONValue(parsing: Array(text.utf8)), root.kind == .object else {
            throw Problem("is no JSON object")
        }
        guard let type = root["type"]?.string, type == "service_account" else {
            let type = root["type"]?.string ?? ""
            throw Problem("has the type \"\(type.prefix(40))\" and not service_account")
        }
        guard let email = root["client_email"]?.string, !email.isEmpty else {
            throw Problem("has no client_email")
        }
        guard let pem = root["private_key"]?.string else { throw Problem("has no private_key") }
        guard let signer = makeSigner(pem) else {
            throw Problem("has a private_key that is no RSA key in PEM")
        }
        self.email = email
        self.signer = signer
        keyID = root["private_key_id"]?.string
        placeholders = root["project_id"]?.string.map { ["project": $0] } ?? [:]
        audience = root["token_uri"]?.string ?? Self.defaultTokenURI
        tokenURL = TokenURL(audience)
    }

    package func request(at now: WallTime) throws(TokenFailure) -> HTTPRequest {
        .form(
            to: tokenURL,
            [
                ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                ("assertion", try assertion(at: now)),
            ])
    }

    /// A JSON Web Token: header, claims and signature in base 64, parted by dots.
    private func assertion(at now: WallTime) throws(TokenFailure) -> String {
        var header = JSONWriter()
        header.beginObject()
        header.member("alg", "RS256")
        header.member("typ", "JWT")
        if let keyID { header.member("kid", keyID) }
        header.endObject()
        var claims = JSONWriter()
        claims.beginObject()
        claims.member("iss", email)
        claims.member("scope", Self.scope)
        claims.member("aud", audience)
        claims.member("iat", Int(now.seconds))
        claims.member("exp", Int(now.seconds + Self.assertionLifetime))
        claims.endObject()
        let dot = [UInt8(ascii: ".")]
        let message = Base64.forURLs(header.bytes) + dot + Base64.forURLs(claims.bytes)
        guard let signature = signer.signature(of: message) else {
            throw TokenFailure("the service account's key cannot sign")
        }
        return String(decoding: message + dot + Base64.forURLs(signature), as: UTF8.self)
    }
}
