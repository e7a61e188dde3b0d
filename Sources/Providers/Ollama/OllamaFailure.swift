// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// Turns what Ollama calls an error into an `UpstreamFailure`.
///
/// Shape: `{"error":"text"}`, with a status or as a line of a stream; plain text from proxies.
enum OllamaFailure {
    /// The failure behind a reply whose status is not 2xx.
    static func reading(head: HTTPReplyHead, body: [UInt8], provider: String) -> UpstreamFailure {
        let message =
            (try? JSONValue(parsing: body)).map { text($0) } ?? ProviderWords.plainText(body)
        return failure(
            status: head.status, message, provider: provider,
            retryAfterSeconds: head.fields.retryAfterSeconds)
    }

    /// The failure that an answer or a line tells which began with 200, or nil where it tells none.
    static func inside(_ value: JSONValue, provider: String) -> UpstreamFailure? {
        guard let error = value["error"], !error.isNull else { return nil }
        let told = value["status_code"]?.integer ?? value["status"]?.integer ?? 500
        return failure(
            status: (400...599).contains(told) ? told : 500, text(value), provider: provider)
    }

    private static func text(_ value: JSONValue) -> String? {
        let error = value["error"]
        return error?.string ?? error?["message"]?.string ?? value["message"]?.string
    }

    private static func failure(
        status: Int, _ message: String?, provider: String, retryAfterSeconds: Int? = nil
    ) -> UpstreamFailure {
        .answered(
            status: status, ProviderWords(message: message), provider: provider,
            retryAfterSeconds: retryAfterSeconds)
    }
}
