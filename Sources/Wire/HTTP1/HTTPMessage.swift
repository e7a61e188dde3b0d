// SPDX-License-Identifier: Apache-2.0

/// A whole HTTP request: one that the server parsed, or one that a dialect built for a provider.
package struct HTTPRequest: Sendable, Equatable {
    /// The method as sent, upper case for all registered ones: `POST`.
    package var method: String
    /// Path and query as sent, beginning with `/`: `/v1/models?limit=5`. Not percent-decoded.
    package var target: String
    /// The header fields as sent, framing fields included; trailers are not kept.
    package var fields: HTTPFields
    /// The whole body, transfer- and content-decoded.
    package var body: [UInt8]
    /// When the first byte of the request arrived.
    package var arrival: Instant

    /// Makes a request from its parts.
    package init(
        method: String, target: String, fields: HTTPFields = HTTPFields(), body: [UInt8] = [],
        arrival: Instant = Instant(nanoseconds: 0)
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
        self.arrival = arrival
    }

    /// The target without its query.
    package var path: Substring { Substring(target.utf8.prefix { $0 != UInt8(ascii: "?") }) }
}

/// The status and the fields of a reply.
package struct HTTPReplyHead: Sendable, Equatable {
    /// The status code, 200–599 for what is sent to clients.
    package var status: Int
    /// The header fields, in order.
    package var fields: HTTPFields

    /// Makes a head from its parts.
    package init(status: Int, fields: HTTPFields = HTTPFields()) {
        self.status = status
        self.fields = fields
    }
}
