// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import JSON
package import Wire

/// Cohere's chat API, version 2.
///
/// Source: Cohere's public OpenAPI description of 2026-08-20, and recorded exchanges.
package struct CohereDialect: ChatDialect {
    /// The format tag of `thinking` blocks.
    static let thinkingFormat = "cohere-thinking-v2"
    /// The format tag of a `tool_plan`.
    static let planFormat = "cohere-tool-plan-v2"

    package init() {}

    package func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        try CohereRequest.make(call, to: target)
    }

    package func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        try CohereReply.read(body, in: context)
    }

    package func stream(in context: ReplyContext) -> any ChatStream {
        TranslatedStream(CohereStream(in: context), in: context)
    }

    package func failure(
        head: HTTPReplyHead, body: [UInt8], provider: String
    ) -> UpstreamFailure {
        CohereFailure.reading(head: head, body: body, provider: provider)
    }
}
