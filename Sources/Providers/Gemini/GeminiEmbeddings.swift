// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// Google's embeddings, by an API key: `embedContent` for one text, `batchEmbedContents` for more.
///
/// `task_type` and `title` pass as Google has them, in its spelling or in Python's. Vectors that are
/// shorter than a model's own (`dimensions`) come as Google sends them, which is not normalized.
/// Source: Google's public API reference, and recorded exchanges.
struct GeminiEmbeddings: EmbeddingsDialect {
    func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        var input = try PlainInput(call)
        let dimensions = try input.takeDimensions()
        let taskType = try input.parameters.takeText("task_type", or: "taskType")
        let title = try input.parameters.takeText("title")
        let dropped = try input.losses(for: target)

        func write(_ text: String, to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("model", GeminiDialect.resource(target.model))
            writer.writeContent(text)
            if let taskType { writer.member("taskType", taskType) }
            if let title { writer.member("title", title) }
            if let dimensions { writer.member("outputDimensionality", dimensions) }
            writer.endObject()
        }

        var writer = JSONWriter()
        let isOne = input.texts.count == 1
        if isOne {
            write(input.texts[0], to: &writer)
        } else {
            writer.beginObject()
            writer.key("requests")
            writer.beginArray()
            for text in input.texts { write(text, to: &writer) }
            writer.endArray()
            writer.endObject()
        }
        let path = "/v1beta/" + (try GeminiDialect.modelPath(target.model))
        return OutgoingRequest(
            target.message(
                path + (isOne ? ":embedContent" : ":batchEmbedContents"), writer.finish(),
                isStream: false),
            dropped: dropped)
    }

    /// Shape: `{"embedding":{"values"}}` or `{"embeddings":[{"values"}]}`; newer models say
    /// `usageMetadata`.
    func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        let value = try JSONValue(answer: body, of: context.provider)
        if let error = value["error"], !error.isNull {
            throw GeminiFailure.reading(error, provider: context.provider)
        }
        let items = value["embedding"].map { [$0] } ?? value["embeddings"]?.elements ?? []
        return try TranslatedVectors(
            items.compactMap { $0["values"] }, usage: GeminiUsage.reading(value["usageMetadata"]),
            in: context)
    }

    func failure(head: HTTPReplyHead, body: [UInt8], provider: String) -> UpstreamFailure {
        GeminiFailure.reading(head: head, body: body, provider: provider)
    }
}

extension JSONWriter {
    /// Writes the member `content` of one text, as Google's requests for vectors have it.
    mutating func writeContent(_ text: String) {
        key("content")
        beginObject()
        key("parts")
        beginArray()
        beginObject()
        member("text", text)
        endObject()
        endArray()
        endObject()
    }
}
