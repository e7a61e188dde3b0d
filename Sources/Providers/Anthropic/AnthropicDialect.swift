// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import JSON
package import Wire

/// Anthropic's Messages API: `POST /v1/messages`.
///
/// Source: the JSON schemas of Anthropic's Python SDK 2.12, and recorded exchanges.
package struct AnthropicDialect: ChatDialect {
    package init() {}

    package func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        let (body, dropped) = try AnthropicRequest.body(call, to: target)
        return OutgoingRequest(
            target.message("/v1/messages", body, isStream: call.isStream), dropped: dropped)
    }

    package var ownFields: [(name: String, value: String)] {
        [("anthropic-version", "2023-06-01")]
    }

    package func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        var deltas: [ChatDelta] = []
        var facts = ReplyFacts()
        let root = try JSONValue(answer: body, of: context.provider)
        try AnthropicReply.read(
            root, deltas: &deltas, facts: &facts, provider: context.provider)
        return try TranslatedAnswer(deltas, facts, in: context)
    }

    package func stream(in context: ReplyContext) -> any ChatStream {
        TranslatedStream(AnthropicStream(provider: context.provider), in: context)
    }

    package func prefill(of model: String, quirks: Quirks) -> AssistantPrefill { .continued }

    package func failure(
        head: HTTPReplyHead, body: [UInt8], provider: String
    ) -> UpstreamFailure {
        AnthropicFailure.reading(head: head, body: body, provider: provider)
    }
}
