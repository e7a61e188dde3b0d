// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// Cohere's embeddings, version 2.
///
/// Cohere must be told what the texts are for. Where a client does not say it (`input_type`), they
/// are documents to be searched, `search_document`: a vector of a question needs `search_query`.
/// `truncate`, `max_tokens` and `priority` pass as Cohere has them.
/// Source: Cohere's public OpenAPI description of 2026-08-20, and recorded exchanges.
struct CohereEmbeddings: EmbeddingsDialect {
    func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        var body = try CohereVectors.Request(call)
        body.writer.beginObject()
        body.writer.member("model", target.model)
        try body.writeTexts()
        for name in ["max_tokens", "priority"] {
            body.writer.member(name, raw: body.input.parameters.take(name))
        }
        body.writer.endObject()
        return OutgoingRequest(
            target.message("/v2/embed", body.writer.bytes, isStream: false),
            dropped: try body.input.losses(for: target))
    }

    func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        let value = try JSONValue(answer: body, of: context.provider)
        if let failure = CohereFailure.inside(value, provider: context.provider) { throw failure }
        return try TranslatedVectors(
            CohereVectors.vectors(value), usage: CohereAnswer.usage(value["meta"]), in: context)
    }

    func failure(head: HTTPReplyHead, body: [UInt8], provider: String) -> UpstreamFailure {
        CohereFailure.reading(head: head, body: body, provider: provider)
    }
}

/// What Cohere's own API and Bedrock have in common where they embed texts.
enum CohereVectors {
    /// A request that is being written.
    struct Request {
        var input: PlainInput
        var writer = JSONWriter()
        private let isBase64: Bool

        /// Throws: a 400 that names the input where it is no text.
        init(_ call: ChatRequest) throws(APIError) {
            input = try PlainInput(call)
            isBase64 = call.vectors?.isBase64 == true
        }

        /// Writes the members that say what is embedded and how.
        ///
        /// - Parameter namesType: whether vectors of floats are asked for by that name, which the
        ///   oldest models do not know.
        mutating func writeTexts(namesType: Bool = true) throws(APIError) {
            let dimensions = try input.takeDimensions()
            writer.member("texts", input.texts)
            writer.member(
                "input_type",
                try input.parameters.takeText("input_type") ?? "search_document")
            let type = try vectorType()
            if namesType || type != "float" { writer.member("embedding_types", [type]) }
            if let dimensions { writer.member("output_dimension", dimensions) }
            writer.member("truncate", raw: input.parameters.take("truncate"))
        }

        /// An answer has one vector for each input, so there is one type.
        private mutating func vectorType() throws(APIError) -> String {
            guard let types = input.parameters.take("embedding_types") else { return "float" }
            guard types.kind == .array, types.elements.count == 1,
                let type = types.elements[0].string, type != "base64"
            else {
                throw .unsupported(
                    "embedding_types",
                    "embedding_types is not one of float, int8, uint8, binary and ubinary: an "
                        + "answer has one vector for each input. base64 is an encoding_format.")
            }
            guard type == "float" || !isBase64 else {
                throw .unsupported(
                    "encoding_format",
                    "base64 is of floats: leave encoding_format out for \(type).")
            }
            return type
        }
    }

    /// The vectors of an answer, of whatever type there is.
    ///
    /// Shape: `{"embeddings":{"float":[[…]]}}`, without types `{"embeddings":[[…]]}`.
    static func vectors(_ value: JSONValue) -> [JSONValue] {
        guard let embeddings = value["embeddings"] else { return [] }
        if embeddings.kind == .array { return embeddings.elements }
        return embeddings.members.first { !$0.value.elements.isEmpty }?.value.elements ?? []
    }
}
