// SPDX-License-Identifier: Apache-2.0

/// How much of a reply's body is known when its head is written.
package enum ReplyBody: Sendable, Equatable {
    case whole(count: Int)
    case pieces
}

/// How a reply's body is delimited, and what becomes of the connection after it.
///
/// Source: RFC 9112 §6.3 and §9.3.
package struct ReplyFraming: Sendable, Equatable {
    /// How the client finds the end of the body.
    package enum Length: Sendable, Equatable {
        /// No body, and no field about one: 204 and 304.
        case none
        case contentLength(Int)
        case chunked
        /// The end of the connection ends the body: pieces for an HTTP/1.0 client.
        case untilClose
    }

    /// How this reply's body is delimited.
    package var length: Length
    /// Whether body bytes are written; false for HEAD, whose head alone is that of GET.
    package var sendsBody: Bool
    /// Whether the connection goes on after the reply.
    package var persists: Bool
    /// The client's version: 1.0 clients are told when the connection persists, others when not.
    package var version: HTTPVersion
}
