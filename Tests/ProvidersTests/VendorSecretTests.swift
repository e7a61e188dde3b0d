// SPDX-License-Identifier: Apache-2.0
import Providers
import Testing

@Suite struct VendorSecretTests {
    /// A value that holds a secret, as the configuration does.
    private struct Holder { var name = "openai", key = Secret("sk-very-secret") }

    @Test func `a secret is never printed`() {
        let secret = Secret("sk-very-secret")
        var dumped = ""
        dump(Holder(), to: &dumped)
        dump(secret, to: &dumped)
        let vendor = Vendor(id: "openai", name: "OpenAI", baseURL: "https://x.invalid")
        let fields = RequestFields(vendor, secret, for: OpenAIDialect())
        dump(fields, to: &dumped)
        let texts = [
            "\(secret)", "\(fields)", String(reflecting: fields), String(describing: secret),
            String(reflecting: secret), dumped,
            "\(Holder())", "\([secret])", "\(["a": secret])", "\(Optional(secret) as Any)",
            String(describing: Mirror(reflecting: secret).children.map(\.value)),
        ]
        for text in texts { #expect(!text.contains("very-secret")) }
        #expect("\(secret)" == "[redacted]")
        #expect(secret.reveal() == "sk-very-secret")
    }

    @Test(arguments: [
        ("bearer", Authentication.bearer), ("none", Authentication.none),
        ("header:X-Api-Key", .header("x-api-key")), ("header:", nil), ("header:a b", nil),
        ("header:a\r\nb", nil), ("basic", nil),
    ])
    func `the form of authentication has a name`(text: String, form: Authentication?) {
        #expect(Authentication(text: text) == form)
    }
}
