// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import JSON
package import Wire

/// IBM watsonx.ai: OpenAI's format, with the project that pays in the body.
///
/// Shape: `/ml/v1/chat/completions`, `"project_id"` or `"space_id"` beside OpenAI's members. A
/// client that says its own project is sent with that; `null` is none.
/// Source: recorded streams. `/ml/v1/text/chat`, IBM's older name of it, has no recording.
package struct WatsonxDialect: OpenAIAnswers {
    package init() {}

    package func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        var additions: [(name: String, value: String?)] = [("project_id", nil), ("space_id", nil)]
        let isSaid = additions.contains { name, _ in
            call.outline[name, in: call.body.span].map { $0.kind != .null } ?? false
        }
        if !isSaid,
            let index = additions.firstIndex(where: { target.provider.options[$0.name] != nil })
        {
            additions[index].value = target.provider.options[additions[index].name]
        }
        return try OpenAIRequest.make(
            call, to: target, path: "/ml/v1/chat/completions", adding: additions)
    }

    package func failure(
        head: HTTPReplyHead, body: [UInt8], provider: String
    ) -> UpstreamFailure {
        WatsonxFailure.reading(head: head, body: body, provider: provider)
    }
}
