// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import JSON
package import Wire

/// Ollama's own chat API, at the root of its server: what it has beside its OpenAI-like one is
/// `keep_alive`, the model's `options` (`num_ctx` …) and `think`.
///
/// Source: Ollama's public OpenAPI description of 2026-08-21, and recorded exchanges.
package struct OllamaDialect: ChatDialect {
    /// The format tag of what a model thought.
    static let thinkingFormat = "ollama-thinking-v1"

    package init() {}

    package func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        try OllamaRequest.make(call, to: target)
    }

    package func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        try OllamaReply.read(body, in: context)
    }

    package var streamMediaType: String { "application/x-ndjson" }

    package func stream(in context: ReplyContext) -> any ChatStream {
        TranslatedStream(OllamaStream(in: context), in: context)
    }

    package func failure(
        head: HTTPReplyHead, body: [UInt8], provider: String
    ) -> UpstreamFailure {
        OllamaFailure.reading(head: head, body: body, provider: provider)
    }
}
