// SPDX-License-Identifier: Apache-2.0
import Foundation
import Providers
import Testing
import Wire

@Suite struct GoogleAccountKeyTests {
    /// Says what it was given, so that the message can be looked at.
    private struct Echo: MessageSigner {
        func signature(of message: [UInt8]) -> [UInt8]? { [0xFB, 0xFF] + message.suffix(1) }
    }

    private struct Silence: MessageSigner {
        func signature(of message: [UInt8]) -> [UInt8]? { nil }
    }

    static let file =
        #"{"type":"service_account","project_id":"p-1","private_key_id":"k1","#
        + #""private_key":"PEM","client_email":"a@p-1.iam.gserviceaccount.com","#
        + #""token_uri":"https://oauth2.googleapis.com/token"}"#

    private func decoded(_ part: Substring) -> NSDictionary? {
        var text = String(part).replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        guard let data = Data(base64Encoded: text) else { return nil }
        return try? JSONSerialization.jsonObject(with: data) as? NSDictionary
    }

    @Test func `the request is a form with a signed assertion of one hour`() throws {
        let account = try GoogleAccountKey(parsing: Self.file) { $0 == "PEM" ? Echo() : nil }
        #expect(account.tokenURL == TokenURL("https://oauth2.googleapis.com/token"))
        #expect(account.placeholders == ["project": "p-1"])
        let request = try account.request(at: WallTime(microseconds: 1_700_000_000_900_000))
        #expect(request.method == "POST" && request.target == "/token")
        #expect(request.fields.first("content-type") == "application/x-www-form-urlencoded")
        let form = String(decoding: request.body, as: UTF8.self)
        let prefix = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
        try #require(form.hasPrefix(prefix))
        let parts = form.dropFirst(prefix.count).split(separator: ".")
        try #require(parts.count == 3)
        #expect(decoded(parts[0]) == ["alg": "RS256", "typ": "JWT", "kid": "k1"])
        #expect(
            decoded(parts[1]) == [
                "iss": "a@p-1.iam.gserviceaccount.com",
                "scope": "https://www.googleapis.com/auth/cloud-platform",
                "aud": "https://oauth2.googleapis.com/token", "iat": 1_700_000_000,
                "exp": 1_700_003_600,
            ])
        #expect(parts[2].hasPrefix("-_") && !parts[2].contains("="))
    }

    @Test func `a key that cannot sign is a failure and no request`() throws {
        let account = try GoogleAccountKey(parsing: Self.file) { _ in Silence() }
        #expect(throws: TokenFailure.self) { try account.request(at: WallTime(microseconds: 0)) }
    }

    @Test(arguments: [
        ("https://a.b/c/d", "https://a.b", "/c/d"), ("https://a.b", "https://a.b", "/"),
        ("http://[::1]:9/t", "http://[::1]:9", "/t"), ("", "", "/"),
    ])
    func `a token endpoint is an authority and a path`(text: String, base: String, path: String) {
        let url = TokenURL(text)
        #expect(url.endpoint.baseURL == base && url.path == path && url.text == text)
    }

    static let bad = [
        ("", "is no JSON object"), ("[]", "is no JSON object"),
        ("{}", #"has the type "" and not service_account"#),
        (
            #"{"type":"authorized_user"}"#,
            #"has the type "authorized_user" and not service_account"#
        ),
        (#"{"type":"service_account"}"#, "has no client_email"),
        (#"{"type":"service_account","client_email":"a"}"#, "has no private_key"),
        (
            #"{"type":"service_account","client_email":"a","private_key":"secret"}"#,
            "has a private_key that is no RSA key in PEM"
        ),
    ]

    @Test(arguments: bad)
    func `a file that is none says why, and no key`(text: String, problem: String) {
        #expect(throws: GoogleAccountKey.Problem.self) {
            do throws(GoogleAccountKey.Problem) {
                _ = try GoogleAccountKey(parsing: text) { _ in nil }
            } catch {
                #expect(error.text == problem)
                throw error
            }
        }
    }
}
