// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
package import JSON
package import Wire

/// Turns what an OpenAI-speaking provider calls an error into an `UpstreamFailure`.
///
/// Shape: `{"error":{"message","type","param","code"}}`; also `{"error":"text"}`,
/// `{"message":…}`, `{"detail":…}`, and plain text.
package enum OpenAIFailure {
    /// The longest message of a provider that is passed on. Units: characters.
    static let longestMessage = 2_000

    /// The failure behind a reply whose status is not 2xx.
    package static func reading(
        head: HTTPReplyHead, body: [UInt8], provider: String
    ) -> UpstreamFailure {
        let words = Words(body: body)
        return make(
            status: head.status, words: words, provider: provider,
            retryAfter: retryAfter(head.fields))
    }

    /// The failure told by an error object inside a reply or a stream that began with 200.
    package static func reading(
        error node: JSONDocument.Node, of document: borrowing JSONDocument, provider: String
    ) -> UpstreamFailure {
        let words = Words(error: node, of: document)
        let status = words.status.flatMap { (400...599).contains($0) ? $0 : nil } ?? 500
        return make(status: status, words: words, provider: provider, retryAfter: nil)
    }

    /// The answer cannot be read as this dialect.
    package static func malformed(_ what: String, provider: String) -> UpstreamFailure {
        let error = APIError(
            status: 502, kind: .upstream, code: "upstream_malformed",
            message: "\(provider) sent an answer that cannot be read: \(what).",
            upstream: .init(provider: provider, status: nil))
        return UpstreamFailure(kind: .malformed, retry: .elsewhere, error: error, detail: what)
    }

    private static func make(
        status: Int, words: Words, provider: String, retryAfter: Int?
    ) -> UpstreamFailure {
        let text = words.message ?? "no message"
        let verdict = Verdict(status: status)
        var error = APIError(
            status: verdict.clientStatus, kind: verdict.errorKind, code: verdict.code,
            message: verdict.message(provider, status, text),
            upstream: .init(provider: provider, status: status))
        if verdict.kind == .request {
            error.parameter = words.parameter
            error.code = words.code ?? verdict.code
        }
        if verdict.kind == .rateLimited || verdict.kind == .overloaded {
            error.retryAfterSeconds = retryAfter
        }
        return UpstreamFailure(
            kind: verdict.kind, retry: verdict.retry, error: error,
            detail: "status \(status): \(text)")
    }

    /// `Retry-After` in whole seconds, rounded up; HTTP dates are not read.
    private static func retryAfter(_ fields: HTTPFields) -> Int? {
        if let text = fields.first("retry-after-ms"), let milliseconds = Double(text),
            milliseconds >= 0, milliseconds < 1e12
        {
            return Int((milliseconds / 1_000).rounded(.up))
        }
        guard let text = fields.first("retry-after"), let seconds = Double(text), seconds >= 0,
            seconds < 1e9
        else { return nil }
        return Int(seconds.rounded(.up))
    }
}

/// What one status of a provider means for the client.
private struct Verdict {
    var kind: UpstreamFailure.Kind
    var retry: UpstreamFailure.Retry
    var clientStatus: Int
    var errorKind: APIError.Kind
    var code: String
    var message: (_ provider: String, _ status: Int, _ text: String) -> String

    init(status: Int) {
        switch status {
        case 401, 403:
            self.init(
                .authentication, .elsewhere, 502, .upstream, "upstream_authentication"
            ) { provider, status, _ in
                "\(provider) refused the gateway's own credential (status \(status)). "
                    + "Your key is not at fault: ask the gateway's operator."
            }
        case 402:
            self.init(.rateLimited, .elsewhere, 502, .upstream, "upstream_quota") {
                provider, _, _ in
                "The gateway's account at \(provider) is out of credit: ask its operator."
            }
        case 429:
            self.init(.rateLimited, .elsewhere, 429, .rateLimit, "rate_limit_exceeded") {
                provider, _, text in "\(provider) limits the rate: \(text)"
            }
        case 404:
            self.init(.request, .elsewhere, 404, .invalidRequest, "not_found") {
                provider, _, text in "\(provider) does not have it: \(text)"
            }
        case 408:
            self.init(.stalled, .elsewhere, 408, .upstream, "upstream_timeout") { provider, _, _ in
                "\(provider) timed out waiting for the request."
            }
        case 400..<500:
            self.init(.request, .never, status, .invalidRequest, "invalid_request") {
                provider, _, text in "\(provider) refused the request: \(text)"
            }
        case 503, 529:
            self.init(.overloaded, .elsewhere, 503, .upstream, "upstream_overloaded") {
                provider, status, _ in
                "\(provider) is overloaded (status \(status)). Try again later."
            }
        case 504:
            self.init(.stalled, .elsewhere, 504, .upstream, "upstream_timeout") { provider, _, _ in
                "\(provider) timed out (status 504)."
            }
        case 500..<600:
            self.init(.server, .elsewhere, 502, .upstream, "upstream_error") {
                provider, status, _ in
                "\(provider) failed with status \(status)."
            }
        default:
            self.init(.malformed, .elsewhere, 502, .upstream, "upstream_malformed") {
                provider, status, _ in
                "\(provider) answered with status \(status), which means nothing here."
            }
        }
    }

    private init(
        _ kind: UpstreamFailure.Kind, _ retry: UpstreamFailure.Retry, _ clientStatus: Int,
        _ errorKind: APIError.Kind, _ code: String,
        _ message: @escaping (String, Int, String) -> String
    ) {
        self.kind = kind
        self.retry = retry
        self.clientStatus = clientStatus
        self.errorKind = errorKind
        self.code = code
        self.message = message
    }
}

/// The words of an error, wherever its provider put them.
private struct Words {
    var message: String?
    var parameter: String?
    var code: String?
    /// A status written into the error itself, as Groq and OpenRouter do.
    var status: Int?

    init(body: [UInt8]) {
        guard let document = try? JSONDocument(parsing: body) else {
            self.init(plainText: body)
            return
        }
        let root = document.root
        self.init(error: document.member("error", of: root) ?? root, of: document)
    }

    private init(plainText body: [UInt8]) {
        let text = String(decoding: body.prefix(OpenAIFailure.longestMessage), as: UTF8.self)
        message = text.isEmpty ? nil : text
    }

    init(error node: JSONDocument.Node, of document: borrowing JSONDocument) {
        if let text = document.string(node) {
            message = Self.bounded(text)
            return
        }
        guard document.kind(of: node) == .object else { return }
        func text(_ name: String) -> String? {
            guard let member = document.member(name, of: node) else { return nil }
            return document.string(member)
        }
        func number(_ name: String) -> Int? {
            guard let member = document.member(name, of: node) else { return nil }
            return document.integer(member)
        }
        message = (text("message") ?? text("detail") ?? text("error")).map(Self.bounded)
        parameter = text("param")
        code = text("code") ?? text("type")
        status = number("status_code") ?? number("code") ?? number("status")
    }

    private static func bounded(_ text: String) -> String {
        String(text.prefix(OpenAIFailure.longestMessage))
    }
}
