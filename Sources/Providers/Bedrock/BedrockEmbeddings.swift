// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// Embeddings on Amazon Bedrock: `InvokeModel`, whose body is the model's own format.
///
/// Amazon's Titan takes one text a call, and several are refused: a gateway that sent them one by
/// one could fail in their middle, with the first ones billed. Cohere's models take 96.
/// Source: AWS's public user guide (Titan text and multimodal embeddings, Cohere Embed), and
/// recorded exchanges.
struct BedrockEmbeddings: EmbeddingsDialect {
    /// Which format a model has, by its name or its ARN.
    enum Family {
        case titanText1, titanText2, titanImage, cohere

        init?(_ model: String) {
            if model.contains("cohere.embed") {
                self = .cohere
            } else if model.contains("titan-embed-text-v1") || model.contains("titan-embed-g1") {
                self = .titanText1
            } else if model.contains("titan-embed-text") {
                self = .titanText2
            } else if model.contains("titan-embed-image") {
                self = .titanImage
            } else {
                return nil
            }
        }
    }

    func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        let path = "/model/\(try ModelPath.segment(target.model))/invoke"
        guard let family = Family(target.model) else {
            throw .unsupported(
                "model",
                "\(target.model) is not known to embed texts: on \(target.vendor.name) models named "
                    + "amazon.titan-embed… and cohere.embed… are.")
        }
        var body = try CohereVectors.Request(call)
        body.writer.beginObject()
        if family == .cohere {
            // The third version answers with an array where no type is named: so it is recorded.
            try body.writeTexts(namesType: false)
        } else {
            try Self.writeText(&body, family, vendor: target.vendor.name)
        }
        body.writer.endObject()
        return OutgoingRequest(
            target.message(path, body.writer.bytes, isStream: false),
            dropped: try body.input.losses(for: target))
    }

    /// Shape: `{"inputText","dimensions","normalize"}` of the second version, `inputText` alone of
    /// the first, `{"inputText","embeddingConfig":{"outputEmbeddingLength"}}` of the one for images.
    private static func writeText(
        _ body: inout CohereVectors.Request, _ family: Family, vendor: String
    ) throws(APIError) {
        let texts = body.input.texts
        guard texts.count == 1 else {
            throw .unsupported(
                "input",
                "Titan on \(vendor) embeds one text a call, and input has \(texts.count): send a "
                    + "call for each, or use one of Cohere's models there.")
        }
        body.writer.member("inputText", texts[0])
        let dimensions = try body.input.takeDimensions()
        switch family {
        case .titanText2:
            if let dimensions { body.writer.member("dimensions", dimensions) }
            body.writer.member("normalize", raw: body.input.parameters.take("normalize"))
        case .titanImage:
            guard let dimensions else { return }
            body.writer.key("embeddingConfig")
            body.writer.beginObject()
            body.writer.member("outputEmbeddingLength", dimensions)
            body.writer.endObject()
        case .titanText1, .cohere:
            guard dimensions == nil else {
                throw .unsupported(
                    "dimensions", "The first version of Titan has one length of vectors.")
            }
        }
    }

    func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        try Self.answer(body, counted: nil, in: context)
    }

    /// Cohere's answers do not say what they consumed; Bedrock counts it in the head.
    func answer(
        reading body: [UInt8], head: HTTPReplyHead, in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        let counted = head.fields.first("x-amzn-bedrock-input-token-count")
        return try Self.answer(body, counted: counted.flatMap { Int($0) }, in: context)
    }

    /// Shape: Titan `{"embedding":[…],"inputTextTokenCount"}`; Cohere as its own API, or as OpenAI's
    /// `{"data":[{"embedding","index"}]}`, of which there is one recording.
    private static func answer(
        _ body: [UInt8], counted: Int?, in context: ReplyContext
    ) throws(UpstreamFailure) -> TranslatedVectors {
        let value = try JSONValue(answer: body, of: context.provider)
        var vectors: [JSONValue]
        if let vector = value["embedding"] {
            vectors = [vector]
        } else if let items = value["data"]?.elements {
            vectors = items.compactMap { $0["embedding"] }
        } else {
            vectors = CohereVectors.vectors(value)
        }
        guard !vectors.isEmpty else {
            throw BedrockFailure.insideAnswer(value, provider: context.provider)
        }
        var usage = Usage()
        usage.uncachedInput = [value["inputTextTokenCount"]?.integer, counted].lazy
            .compactMap(\.self).first { $0 >= 0 }
        return try TranslatedVectors(
            vectors, usage: usage.input == nil ? nil : ReportedUsage(usage), in: context)
    }

    func failure(head: HTTPReplyHead, body: [UInt8], provider: String) -> UpstreamFailure {
        BedrockFailure.reading(head: head, body: body, provider: provider)
    }
}
