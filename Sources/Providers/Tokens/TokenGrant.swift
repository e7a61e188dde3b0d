// SPDX-License-Identifier: Apache-2.0
package import Wire

/// How access tokens are got with a provider's key: one request to a token endpoint.
///
/// Pure: the wall time is passed in, and the signature is a port. Printing one shows no key.
package protocol TokenGrant: Sendable {
    /// Where the request goes.
    var tokenURL: TokenURL { get }

    /// What the key says about placeholders of the vendor's address, `project` for example.
    var placeholders: [String: String] { get }

    /// The request for a token. Throws: where the key cannot sign.
    func request(at now: WallTime) throws(TokenFailure) -> HTTPRequest
}

extension TokenGrant {
    /// Nothing.
    package var placeholders: [String: String] { [:] }
}

/// Why there is no access token.
package struct TokenFailure: Error, Sendable, Equatable {
    /// For the ledger and the log; holds no key and no token.
    package var detail: String

    package init(_ detail: String) { self.detail = detail }
}

extension HTTPRequest {
    /// A form as OAuth's token endpoints take it (RFC 6749 §4). Values are percent-encoded but for
    /// unreserved characters.
    static func form(
        to url: TokenURL, _ members: [(name: String, value: String)]
    ) -> HTTPRequest {
        var body: [UInt8] = []
        for (name, value) in members {
            if !body.isEmpty { body.append(UInt8(ascii: "&")) }
            body += Array("\(name)=".utf8) + PercentEncoding.encode(value)
        }
        return HTTPRequest(
            method: "POST", target: url.path,
            fields: HTTPFields([
                "content-type": "application/x-www-form-urlencoded", "accept": "application/json",
            ]), body: body)
    }
}
