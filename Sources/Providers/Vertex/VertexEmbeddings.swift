// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// Vertex AI's embeddings: `predict`, and `embedContent` for Gemini's models behind the first.
///
/// `embedContent` takes one text a call; several are refused, for the method that takes more,
/// `batchEmbedContents`, is not recorded. A text that is too long is cut by Google unless
/// `auto_truncate` is false.
/// Source: recorded exchanges of both, Google's public reference of the text embeddings API, and its
/// Gen AI Python SDK 3.6 for `embedContentConfig`; which model is asked how, from public reports of
/// what Google refuses (vercel/ai 15853, quarkus-langchain4j 2376).
struct VertexEmbeddings: EmbeddingsDialect {
    func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        let model = VertexModel(target.model)
        let path = try model.path()
        guard model.publisher == .google, !model.name.hasPrefix("multimodalembedding") else {
            throw .unsupported(
                "model",
                "\(target.model) is not known to embed texts: on \(target.vendor.name) models named "
                    + "text-embedding-… and gemini-embedding-… are.")
        }
        let body: [UInt8]
        let method: String
        var input = try PlainInput(call)
        let settings = try Settings(&input)
        if Self.takesContent(model.name) {
            guard input.texts.count == 1 else {
                throw .unsupported(
                    "input",
                    "\(target.model) on \(target.vendor.name) embeds one text a call, and input has "
                        + "\(input.texts.count): send a call for each.")
            }
            (method, body) = (":embedContent", settings.content(input.texts[0]))
        } else {
            (method, body) = (":predict", settings.instances(input.texts))
        }
        return OutgoingRequest(
            target.message(path + method, body, isStream: false),
            dropped: try input.losses(for: target))
    }

    /// The first of Gemini's models is asked by `predict`, and its successors by that no more.
    private static func takesContent(_ model: Substring) -> Bool {
        model.hasPrefix("gemini") && !model.hasPrefix("gemini-embedding-001")
    }

    /// Shape: `{"predictions":[{"embeddings":{"values","statistics":{"token_count"}}}],
    /// "metadata":{"billableCharacterCount"}}`, or as Gemini's `{"embedding":{"values"},
    /// "usageMetadata"}`.
    func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        let value = try JSONValue(answer: body, of: context.provider)
        if let error = value["error"], !error.isNull {
            throw GeminiFailure.reading(error, provider: context.provider)
        }
        if let vector = value["embedding"]?["values"] {
            return try TranslatedVectors(
                [vector], usage: GeminiUsage.reading(value["usageMetadata"]), in: context)
        }
        let items = (value["predictions"]?.elements ?? []).compactMap { $0["embeddings"] }
        return try TranslatedVectors(
            items.compactMap { $0["values"] },
            usage: Self.usage(items, value["metadata"]?["billableCharacterCount"]), in: context)
    }

    /// The sum of all texts' tokens, or nil where one has no count.
    private static func usage(_ items: [JSONValue], _ characters: JSONValue?) -> ReportedUsage? {
        var sum = 0
        for item in items {
            guard let count = item["statistics"]?["token_count"]?.integer, count >= 0 else {
                return nil
            }
            let (next, overflow) = sum.addingReportingOverflow(count)
            if overflow { return nil }
            sum = next
        }
        var usage = Usage()
        usage.uncachedInput = sum
        usage.inputCharacters = characters?.integer.flatMap { $0 >= 0 ? $0 : nil }
        return ReportedUsage(usage)
    }

    func failure(head: HTTPReplyHead, body: [UInt8], provider: String) -> UpstreamFailure {
        GeminiFailure.reading(head: head, body: body, provider: provider)
    }
}

/// What a call says of all its texts, in Google's spelling or in Python's.
private struct Settings {
    let taskType: String?
    let title: String?
    let dimensions: Int?
    let truncates: Bool?

    init(_ input: inout PlainInput) throws(APIError) {
        dimensions = try input.takeDimensions()
        taskType = try input.parameters.takeText("task_type", or: "taskType")
        title = try input.parameters.takeText("title")
        truncates = try input.parameters.takeFlag("auto_truncate", or: "autoTruncate")
    }

    /// Shape: `{"instances":[{"content","task_type","title"}],"parameters":{"outputDimensionality",
    /// "autoTruncate"}}`.
    func instances(_ texts: [String]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("instances")
        writer.beginArray()
        for text in texts {
            writer.beginObject()
            writer.member("content", text)
            if let taskType { writer.member("task_type", taskType) }
            if let title { writer.member("title", title) }
            writer.endObject()
        }
        writer.endArray()
        if dimensions != nil || truncates != nil {
            writer.key("parameters")
            writer.beginObject()
            writeParameters(to: &writer)
            writer.endObject()
        }
        writer.endObject()
        return writer.finish()
    }

    /// Shape: `{"content":{"parts":[{"text"}]},"embedContentConfig":{"taskType","title",
    /// "outputDimensionality","autoTruncate"}}`.
    func content(_ text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.writeContent(text)
        if taskType != nil || title != nil || dimensions != nil || truncates != nil {
            writer.key("embedContentConfig")
            writer.beginObject()
            if let taskType { writer.member("taskType", taskType) }
            if let title { writer.member("title", title) }
            writeParameters(to: &writer)
            writer.endObject()
        }
        writer.endObject()
        return writer.finish()
    }

    private func writeParameters(to writer: inout JSONWriter) {
        if let dimensions { writer.member("outputDimensionality", dimensions) }
        if let truncates {
            writer.key("autoTruncate")
            writer.bool(truncates)
        }
    }
}
