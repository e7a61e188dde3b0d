// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
package import Wire

/// OpenAI's own format of chat and of completions, on both sides: bytes pass with only the touched
/// fields edited.
package struct OpenAIDialect: ChatDialect {
    package init() {}

    package func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        try OpenAIRequest.make(call, to: target, path: call.operation.path)
    }

    package func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        try OpenAIReply(reading: body, from: context.source)
    }

    package func stream(in context: ReplyContext) -> any ChatStream {
        OpenAIChatStream(in: context)
    }

    package func failure(
        head: HTTPReplyHead, body: [UInt8], provider: String
    ) -> UpstreamFailure {
        OpenAIFailure.reading(head: head, body: body, provider: provider)
    }
}
