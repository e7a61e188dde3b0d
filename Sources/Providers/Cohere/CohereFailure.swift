// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// Turns what Cohere calls an error into an `UpstreamFailure`.
///
/// Shape: `{"message":…,"id":…}`, or plain text from what stands before it; in a stream the last
/// event's `error` and `error_type`.
enum CohereFailure {
    /// The failure behind a reply whose status is not 2xx.
    static func reading(head: HTTPReplyHead, body: [UInt8], provider: String) -> UpstreamFailure {
        let words: ProviderWords
        if let value = try? JSONValue(parsing: body) {
            words = Self.words(value)
        } else {
            words = ProviderWords(message: ProviderWords.plainText(body))
        }
        return failure(
            status: head.status, words, provider: provider,
            retryAfterSeconds: head.fields.retryAfterSeconds)
    }

    /// The failure that an answer tells which began with 200, or nil where it tells none.
    static func inside(_ value: JSONValue, provider: String) -> UpstreamFailure? {
        guard value["message"]?.string != nil || value["error"].map({ !$0.isNull }) == true
        else { return nil }
        let status = value["status_code"]?.integer ?? value["status"]?.integer ?? 500
        return failure(
            status: (400...599).contains(status) ? status : 500, words(value), provider: provider)
    }

    /// The failure behind `finish_reason`, or nil where it is none.
    ///
    /// A model that wrote calls which are none is at fault itself: another may do better.
    static func finished(
        _ reason: String, message: String?, type: String?, provider: String
    ) -> UpstreamFailure? {
        switch reason {
        case "TIMEOUT":
            return .answered(status: 504, ProviderWords(message: message), provider: provider)
        case "ERROR_TOXIC":
            return failure(status: 498, ProviderWords(message: message), provider: provider)
        case "ERROR" where type == "INVALID_TOOL_GENERATION":
            let words = ProviderWords(message: message, code: "invalid_tool_generation")
            var failure = failure(status: 422, words, provider: provider)
            failure.retry = .elsewhere
            return failure
        case _ where reason.hasPrefix("ERROR"):
            let words = ProviderWords(message: message, code: type)
            return failure(status: 500, words, provider: provider)
        default: return nil
        }
    }

    private static func words(_ value: JSONValue) -> ProviderWords {
        let error = value["error"]
        return ProviderWords(
            message: value["message"]?.string ?? error?["message"]?.string ?? error?.string
                ?? value["detail"]?.string,
            code: value["error_type"]?.string)
    }

    private static func failure(
        status: Int, _ words: ProviderWords, provider: String, retryAfterSeconds: Int? = nil
    ) -> UpstreamFailure {
        var words = words
        if status == 498 { words.code = "content_filter" }
        var failure = UpstreamFailure.answered(
            status: status, words, provider: provider, retryAfterSeconds: retryAfterSeconds)
        // 498 is Cohere's own: a deny-listed token in the request or in the answer.
        if status == 498 { failure.error.status = 400 }
        return failure
    }
}
