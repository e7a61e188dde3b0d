// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
package import Wire

/// Amazon Bedrock's Converse API: one format for the models of all its makers.
///
/// Source: the public AWS service model of Bedrock Runtime, and recorded exchanges.
package struct BedrockDialect: ChatDialect {
    package init() {}

    package func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        try BedrockRequest.make(call, to: target)
    }

    package func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        try BedrockReply.answer(reading: body, in: context)
    }

    package var streamMediaType: String { "application/vnd.amazon.eventstream" }

    package func stream(in context: ReplyContext) -> any ChatStream {
        TranslatedStream(BedrockStream(in: context), in: context)
    }

    /// Of the models behind Converse, Claude is known to go on.
    package func prefill(of model: String, quirks: Quirks) -> AssistantPrefill {
        BedrockModel(model).family == .claude ? .continued : .refused
    }

    package func failure(
        head: HTTPReplyHead, body: [UInt8], provider: String
    ) -> UpstreamFailure {
        BedrockFailure.reading(head: head, body: body, provider: provider)
    }
}
