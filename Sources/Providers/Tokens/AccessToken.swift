// SPDX-License-Identifier: Apache-2.0
import JSON
package import Wire

/// A bearer token that a token endpoint gave.
///
/// Shape: `{"access_token":…,"expires_in":3599,"token_type":"Bearer"}`. Source: RFC 6749 §5.
package struct AccessToken: Sendable {
    /// The longest token that is taken. Units: bytes.
    private static let longestToken = 16 << 10
    /// What is assumed where the endpoint does not say.
    private static let defaultLifetime = 60

    package let secret: Secret
    /// How long it is good for, from the moment when it was asked for.
    package let lifetime: Duration

    /// Reads an answer of a token endpoint. Throws: the endpoint's own words where it refuses.
    package init(head: HTTPReplyHead, body: [UInt8]) throws(TokenFailure) {
        let root = try? JSONValue(parsing: body)
        guard head.status == 200 else {
            // OAuth's words, and IBM's.
            let names = ["error", "error_description", "errorCode", "errorMessage"]
            let words = names.compactMap { root?[$0]?.string?.prefix(300) }
            throw TokenFailure("status \(head.status): " + words.joined(separator: ": "))
        }
        guard let text = root?["access_token"]?.string, !text.isEmpty,
            text.utf8.count <= Self.longestToken,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw TokenFailure("an answer without an access_token") }
        secret = Secret(text)
        let seconds = root?["expires_in"]?.integer ?? Self.defaultLifetime
        lifetime = .seconds(min(max(seconds, 0), 86_400))
    }
}

extension AccessToken {
    /// When a new one is asked for: five minutes ahead of the end, or a fifth of a short life.
    package var refreshAge: Duration { max(lifetime - .seconds(300), lifetime * 4 / 5) }

    /// When it is not used any more: calls that begin with it have to arrive.
    package var longestAge: Duration { lifetime - min(.seconds(10), lifetime / 10) }
}
