// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
package import Wire

/// What a provider says about its own failure, in the one shape that all dialects read it into.
package struct ProviderWords: Sendable, Equatable {
    /// The longest message of a provider that is passed on. Units: characters.
    private static let longestMessage = 2_000

    package var message: String?
    /// The provider's name for the failure.
    package var code: String?
    /// The request parameter at fault.
    package var parameter: String?

    /// Words; a long message is cut.
    package init(message: String?, code: String? = nil, parameter: String? = nil) {
        self.message = message.map { String($0.prefix(Self.longestMessage)) }
        self.code = code
        self.parameter = parameter
    }

    /// A body that is no JSON, as text; nil where it is empty.
    package static func plainText(_ body: [UInt8]) -> String? {
        let text = String(decoding: body.prefix(longestMessage), as: UTF8.self)
        return text.isEmpty ? nil : text
    }
}

extension UpstreamFailure {
    /// The failure behind an answer, or behind an error that came inside of one.
    ///
    /// - Parameters:
    ///   - status: what the provider answered with, or what its error stands for.
    ///   - retryAfterSeconds: when to come back, where the provider says so.
    package static func answered(
        status: Int, _ words: ProviderWords, provider: String, retryAfterSeconds: Int? = nil
    ) -> UpstreamFailure {
        let text = words.message ?? "no message"
        let reason = Reason(status: status, words)
        // xAI and OpenRouter refuse what their filters find with a 403.
        let verdict = Verdict(status: reason == .contentFilter && status == 403 ? 400 : status)
        var error = APIError(
            status: verdict.clientStatus, kind: verdict.errorKind, code: verdict.code,
            message: verdict.message(provider, status, text),
            upstream: .init(provider: provider, status: status))
        if verdict.kind == .request {
            error.parameter = words.parameter
            error.code = reason?.code(of: words) ?? words.code ?? verdict.code
        }
        if verdict.kind == .rateLimited || verdict.kind == .overloaded {
            error.retryAfterSeconds = retryAfterSeconds
        }
        return UpstreamFailure(
            kind: verdict.kind, retry: verdict.retry, reason: reason, error: error,
            detail: "status \(status): \(text)")
    }
}

extension HTTPFields {
    /// `Retry-After` in whole seconds, rounded up; HTTP dates are not read.
    package var retryAfterSeconds: Int? {
        if let text = first("retry-after-ms"), let milliseconds = Double(text),
            milliseconds >= 0, milliseconds < 1e12
        {
            return Int((milliseconds / 1_000).rounded(.up))
        }
        guard let text = first("retry-after"), let seconds = Double(text), seconds >= 0,
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
