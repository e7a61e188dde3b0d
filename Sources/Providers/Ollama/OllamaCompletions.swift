// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// Ollama's `/api/generate`: text that goes on from a prompt.
///
/// Ollama puts the prompt into the model's template, as it does behind its own OpenAI-like
/// endpoint; `raw: true` keeps it from that. `raw`, `system`, `template`, `context`, `format`,
/// `images`, `think` and `keep_alive` pass as Ollama has them.
/// Source: Ollama's public OpenAPI description of 2026-08-21, and recorded exchanges.
struct OllamaCompletions: ChatDialect {
    private static let own = [
        "raw", "system", "template", "context", "format", "images", "think", "keep_alive",
    ]

    func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        var input = try PlainInput(call)
        let vendor = target.vendor.name
        guard input.texts.count == 1 else {
            throw .unsupported(
                "prompt", "\(vendor) takes one prompt a call: send a call for each.")
        }
        try input.parameters.takeOneTextChoice(vendor: vendor)
        guard try input.parameters.takeFlag("echo") != true else {
            throw .unsupported("echo", "\(vendor) does not repeat the prompt: leave echo out.")
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("model", target.model)
        writer.member("prompt", input.texts[0])
        if let suffix = try input.parameters.takeText("suffix") { writer.member("suffix", suffix) }
        writer.key("stream")
        writer.bool(call.isStream)
        try OllamaOptions.write(&input.parameters, to: &writer)
        for name in Self.own { writer.member(name, raw: input.parameters.take(name)) }
        writer.endObject()
        return OutgoingRequest(
            target.message("/api/generate", writer.bytes, isStream: call.isStream),
            dropped: try input.losses(for: target))
    }

    func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        try OllamaReply.read(body, in: context)
    }

    var streamMediaType: String { "application/x-ndjson" }

    func stream(in context: ReplyContext) -> any ChatStream {
        TranslatedStream(OllamaStream(in: context), in: context)
    }

    func failure(head: HTTPReplyHead, body: [UInt8], provider: String) -> UpstreamFailure {
        OllamaFailure.reading(head: head, body: body, provider: provider)
    }
}
