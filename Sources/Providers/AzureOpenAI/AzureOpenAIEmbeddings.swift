// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Wire

/// Azure OpenAI's embeddings: OpenAI's format, at the places where its chat is.
///
/// Source: recorded exchanges at both paths.
struct AzureOpenAIEmbeddings: EmbeddingsDialect {
    private let openAI = OpenAIEmbeddings()

    func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        try OpenAIEmbeddings.make(
            call, to: target, path: AzureOpenAIDialect.path(for: .embeddings, to: target))
    }

    func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        try openAI.answer(reading: body, in: context)
    }

    func failure(head: HTTPReplyHead, body: [UInt8], provider: String) -> UpstreamFailure {
        openAI.failure(head: head, body: body, provider: provider)
    }
}
