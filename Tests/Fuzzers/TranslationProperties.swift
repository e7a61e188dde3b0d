// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Providers
import Wire

/// Requests of clients in every dialect and in Mistral's form: no bytes trap, what is sent is JSON
/// and goes to a path that is one, and what is asked twice is the same.
enum TranslationProperties {
    static let models = ["m", "claude-opus-4-6", "gemini-2.5-flash", "../../a b?c#d\r\n%2F", ""]
    /// Models by whose names a format of embeddings is chosen.
    static let embeddingModels = [
        "amazon.titan-embed-text-v2:0", "amazon.titan-embed-text-v1", "amazon.titan-embed-image-v1",
        "cohere.embed-v4:0", "gemini-embedding-2",
    ]

    private static let providers: [Provider] = {
        var mistral = Quirks()
        mistral.requestForm = .mistral
        // Voyage's, and more of the kind.
        var embeddings = EmbeddingsQuirks()
        embeddings.dimensionsField = "output_dimension"
        embeddings.encodingFormats = ["base64"]
        embeddings.droppedParameters = ["user"]
        var voyage = Quirks()
        voyage.embeddings = embeddings
        return AnswerProperties.providers
            + [mistral, voyage].map { AnswerProperties.provider(.openai, quirks: $0) }
    }()

    static func check(_ input: FuzzInput, for operation: CallOperation) {
        guard let call = try? ChatRequest(body: input.payload, operation: operation) else { return }
        let models = operation == .embeddings ? Self.models + embeddingModels : Self.models
        for provider in providers {
            guard let dialect = provider.dialect(for: operation) else { continue }
            let target = DialectTarget(
                model: models[Int(input.setting & 0x3F) % models.count], provider: provider,
                isStrict: input.setting >= 128)
            let first = outgoing(call, target, dialect)
            require(
                first == outgoing(call, target, dialect), "it is not the same when asked again")
            guard let first else { continue }
            require(first.target.first == "/", "the path is \(first.target)")
            let path = first.target.utf8
            require(path.allSatisfy { (0x21...0x7E).contains($0) }, "the path is \(first.target)")
            require(!first.target.contains("/../"), "the path is \(first.target)")
            require((try? JSONOutline(scanning: first.body)) != nil, "the body is no object")
        }
    }

    private static func outgoing(
        _ call: ChatRequest, _ target: DialectTarget, _ dialect: any ChatDialect
    ) -> HTTPRequest? {
        do throws(APIError) {
            return try dialect.request(for: call, to: target).message
        } catch {
            require((400..<500).contains(error.status), "a refusal is a \(error.status)")
            require((try? JSONOutline(scanning: error.body)) != nil, "an error is no object")
            return nil
        }
    }
}
