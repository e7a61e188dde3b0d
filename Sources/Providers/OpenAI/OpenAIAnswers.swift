// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
package import Wire

/// A format whose answers are OpenAI's, however it is asked.
package protocol OpenAIAnswers: ChatDialect {}

extension OpenAIAnswers {
    package func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        try OpenAIReply(reading: body, from: context.source)
    }

    package func stream(in context: ReplyContext) -> any ChatStream {
        OpenAIChatStream(in: context)
    }

    /// OpenAI's own models take none, so that it is the vendor who has to say that its do.
    package func prefill(of model: String, quirks: Quirks) -> AssistantPrefill {
        quirks.assistantPrefill
    }

    package func failure(
        head: HTTPReplyHead, body: [UInt8], provider: String
    ) -> UpstreamFailure {
        OpenAIFailure.reading(head: head, body: body, provider: provider)
    }
}
