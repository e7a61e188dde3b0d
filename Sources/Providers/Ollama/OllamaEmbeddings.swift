// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// Ollama's own embeddings. `truncate`, `keep_alive` and `options` pass as Ollama has them.
///
/// Source: Ollama's public OpenAPI description of 2026-08-21, and recorded exchanges.
struct OllamaEmbeddings: EmbeddingsDialect {
    func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        var input = try PlainInput(call)
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("model", target.model)
        writer.member("input", input.texts)
        if let dimensions = try input.takeDimensions() { writer.member("dimensions", dimensions) }
        for name in ["truncate", "keep_alive", "options"] {
            writer.member(name, raw: input.parameters.take(name))
        }
        writer.endObject()
        return OutgoingRequest(
            target.message("/api/embed", writer.bytes, isStream: false),
            dropped: try input.losses(for: target))
    }

    /// Shape: `{"model","embeddings":[[…]],"prompt_eval_count"}`; of an older endpoint, which some
    /// servers answer like, `{"embedding":[…]}`.
    func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        let value = try JSONValue(answer: body, of: context.provider)
        if let failure = OllamaFailure.inside(value, provider: context.provider) { throw failure }
        let vectors = value["embeddings"]?.elements ?? value["embedding"].map { [$0] }
        return try TranslatedVectors(
            vectors ?? [], usage: OllamaAnswer.usage(value),
            model: value["model"]?.string, in: context)
    }

    func failure(head: HTTPReplyHead, body: [UInt8], provider: String) -> UpstreamFailure {
        OllamaFailure.reading(head: head, body: body, provider: provider)
    }
}
