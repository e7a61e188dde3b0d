// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// Turns what IBM calls an error into an `UpstreamFailure`.
///
/// Shape: `{"errors":[{"code":…,"message":…,"more_info":…}],"trace":…,"status_code":404}`; anything
/// else is read as OpenAI's. Source: IBM's documentation; no failure is recorded.
enum WatsonxFailure {
    static func reading(head: HTTPReplyHead, body: [UInt8], provider: String) -> UpstreamFailure {
        guard let root = try? JSONValue(parsing: body), let error = root["errors"]?[0] else {
            return OpenAIFailure.reading(head: head, body: body, provider: provider)
        }
        let words = ProviderWords(
            message: error["message"]?.string, code: error["code"]?.string)
        return .answered(
            status: head.status, words, provider: provider,
            retryAfterSeconds: head.fields.retryAfterSeconds)
    }
}
