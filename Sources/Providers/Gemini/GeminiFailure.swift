// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// Turns what Google calls an error into an `UpstreamFailure`.
///
/// Shape: `{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":…,"details":[…]}}`, also as
/// the element of an array. Source: google.rpc.Status and error_details.proto.
enum GeminiFailure {
    /// The failure behind a reply whose status is not 2xx.
    static func reading(head: HTTPReplyHead, body: [UInt8], provider: String) -> UpstreamFailure {
        guard let root = try? JSONValue(parsing: body),
            let error = (root.kind == .array ? root[0] : root)?["error"]
        else {
            return .answered(
                status: head.status, ProviderWords(message: ProviderWords.plainText(body)),
                provider: provider, retryAfterSeconds: head.fields.retryAfterSeconds)
        }
        return reading(
            error, status: head.status, provider: provider,
            retryAfterSeconds: head.fields.retryAfterSeconds)
    }

    /// The failure told by an error object inside a reply or a stream that began with 200.
    static func reading(_ error: JSONValue, provider: String) -> UpstreamFailure {
        let code = error["code"]?.integer ?? 0
        let status =
            (400...599).contains(code) ? code : httpStatuses[error["status"]?.string ?? ""] ?? 500
        return reading(error, status: status, provider: provider, retryAfterSeconds: nil)
    }

    /// An answer that ended in a way which is no answer: its tokens are spent, and it cannot be used.
    static func ended(with reason: String, message: String?, provider: String) -> UpstreamFailure {
        let words = message.map { ": \($0.prefix(2_000))" } ?? "."
        let error = APIError(
            status: 502, kind: .upstream, code: "upstream_error",
            message: "\(provider) gave up on its answer, with the reason \(reason)\(words)",
            upstream: .init(provider: provider, status: 200))
        return UpstreamFailure(
            kind: .server, retry: .elsewhere, error: error, detail: "finish reason \(reason)")
    }

    private static func reading(
        _ error: JSONValue, status: Int, provider: String, retryAfterSeconds: Int?
    ) -> UpstreamFailure {
        var words = ProviderWords(
            message: error.string ?? error["message"]?.string,
            code: error["status"]?.string?.lowercased())
        var retryAfter = retryAfterSeconds
        var isCredential = false
        for detail in error["details"]?.elements ?? [] {
            if let field = detail["fieldViolations"]?[0]?["field"]?.string {
                words.parameter = words.parameter ?? field
            }
            if let delay = detail["retryDelay"]?.string {
                retryAfter = retryAfter ?? seconds(delay)
            }
            if detail["reason"]?.string == "API_KEY_INVALID" { isCredential = true }
        }
        // A key that is wrong is a 400 here.
        var failure = UpstreamFailure.answered(
            status: isCredential ? 401 : status, words, provider: provider,
            retryAfterSeconds: retryAfter)
        failure.error.upstream = .init(provider: provider, status: status)
        // Said of the account's own state, such as where it may be used from.
        if status == 400, error["status"]?.string == "FAILED_PRECONDITION" {
            failure.retry = .elsewhere
        }
        return failure
    }

    /// A protobuf duration, rounded up: `12.5s`.
    private static func seconds(_ duration: String) -> Int? {
        guard duration.hasSuffix("s"), let seconds = Double(duration.dropLast()), seconds >= 0,
            seconds < 1e9
        else { return nil }
        return Int(seconds.rounded(.up))
    }

    /// Source: google.rpc.Code.
    private static let httpStatuses = [
        "INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "OUT_OF_RANGE": 400,
        "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403, "NOT_FOUND": 404, "ABORTED": 409,
        "ALREADY_EXISTS": 409, "RESOURCE_EXHAUSTED": 429, "CANCELLED": 499, "UNIMPLEMENTED": 501,
        "UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 504,
    ]
}
