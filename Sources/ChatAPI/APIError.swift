// SPDX-License-Identifier: Apache-2.0
package import JSON

/// What a client is told when its call fails: the status and the OpenAI error envelope.
///
/// Shape: `{"error":{"message":…,"type":…,"param":…,"code":…}}`, with `"upstream":{"provider":…,
/// "status":…}` beside them where a provider's answer is behind it. The message says what to do;
/// it never holds prompts, keys or a provider's address.
package struct APIError: Error, Sendable, Equatable {
    /// OpenAI's `type`s, as its own clients switch on them, and ours for what OpenAI has no word for.
    package enum Kind: String, Sendable {
        case invalidRequest = "invalid_request_error"
        case authentication = "authentication_error"
        case permission = "permission_error"
        case notFound = "not_found_error"
        case rateLimit = "rate_limit_error"
        case server = "server_error"
        case upstream = "upstream_error"
    }

    /// The provider whose answer is behind an error.
    package struct Upstream: Sendable, Equatable {
        package var provider: String
        package var status: Int?

        package init(provider: String, status: Int?) {
            self.provider = provider
            self.status = status
        }
    }

    package var status: Int
    package var kind: Kind
    /// Snake case, stable: programs switch on it.
    package var code: String
    /// The request parameter at fault, as a path: `messages[2].content`.
    package var parameter: String?
    package var message: String
    /// Whole seconds after which a retry can succeed; sent as `Retry-After`.
    package var retryAfterSeconds: Int?
    package var upstream: Upstream?

    package init(
        status: Int, kind: Kind, code: String, parameter: String? = nil, message: String,
        retryAfterSeconds: Int? = nil, upstream: Upstream? = nil
    ) {
        self.status = status
        self.kind = kind
        self.code = code
        self.parameter = parameter
        self.message = message
        self.retryAfterSeconds = retryAfterSeconds
        self.upstream = upstream
    }

    /// A 400 that names the parameter.
    package static func invalid(
        _ parameter: String?, code: String = "invalid_value", _ message: String
    ) -> APIError {
        APIError(
            status: 400, kind: .invalidRequest, code: code, parameter: parameter, message: message)
    }

    /// The envelope as JSON.
    package var body: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        write(into: &writer)
        writer.endObject()
        return writer.finish()
    }

    /// Writes the member `"error": {…}` into an object that is being written.
    package func write(into writer: inout JSONWriter) {
        writer.key("error")
        writer.beginObject()
        writer.key("message")
        writer.string(message)
        writer.key("type")
        writer.string(kind.rawValue)
        writer.key("param")
        if let parameter { writer.string(parameter) } else { writer.null() }
        writer.key("code")
        writer.string(code)
        if let upstream {
            writer.key("upstream")
            writer.beginObject()
            writer.key("provider")
            writer.string(upstream.provider)
            writer.key("status")
            if let status = upstream.status { writer.integer(status) } else { writer.null() }
            writer.endObject()
        }
        writer.endObject()
    }
}
