// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Vectors of a dialect that is not OpenAI's, as OpenAI's answer.
///
/// Shape: `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[…]}],"model",
/// "usage":{"prompt_tokens","total_tokens","cost"}}`; numbers keep their text. A usage that the
/// provider did not report is the gateway's estimate, and says so: `"estimated":true`.
struct TranslatedVectors: ChatAnswer {
    private let document: JSONDocument
    private let vectors: [JSONDocument.Node]
    /// The same vectors as JSON strings, where base64 is asked for.
    private let texts: [[UInt8]]
    private let model: String
    let usage: ReportedUsage?
    let contentBytes = 0

    /// - Parameter vectors: values of one document, in the order of the inputs.
    ///
    /// Throws: `malformed` where there is not one vector of numbers for each input.
    init(
        _ vectors: [JSONValue], usage: ReportedUsage?, model: String? = nil,
        in context: ReplyContext
    ) throws(UpstreamFailure) {
        guard let form = context.vectors, vectors.count == form.count, let first = vectors.first
        else {
            throw .malformed(
                "it has \(vectors.count) vectors for \(context.vectors?.count ?? 0) inputs",
                provider: context.provider)
        }
        document = first.document
        self.vectors = vectors.map(\.node)
        self.usage = usage.map { told in
            var told = told
            told.usage.output = told.usage.output ?? 0
            return told
        }
        self.model = model ?? context.model
        var texts: [[UInt8]] = []
        for vector in self.vectors {
            guard VectorText.isVector(vector, in: document) else {
                throw .malformed("a vector is not of numbers", provider: context.provider)
            }
            guard form.isBase64 else { continue }
            guard let text = VectorText.base64(of: vector, in: document) else {
                throw .malformed("a number is too large for a float", provider: context.provider)
            }
            texts.append(text)
        }
        self.texts = texts
    }

    func body(cost: String?) -> [UInt8] {
        body(usage?.usage, isEstimated: false, cost: cost)
    }

    func body(cost: String?, estimate: Usage) -> [UInt8] {
        body(estimate, isEstimated: true, cost: cost)
    }

    private func body(_ usage: Usage?, isEstimated: Bool, cost: String?) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("object", CallOperation.embeddings.answerObject)
        writer.key("data")
        writer.beginArray()
        for (index, vector) in vectors.enumerated() {
            writer.beginObject()
            writer.member("object", "embedding")
            writer.member("index", index)
            writer.key("embedding")
            if texts.isEmpty {
                writer.raw(document.bytes(of: vector))
            } else {
                writer.raw(texts[index])
            }
            writer.endObject()
        }
        writer.endArray()
        writer.member("model", model)
        if let input = usage?.input {
            writer.key("usage")
            writer.beginObject()
            writer.member("prompt_tokens", input)
            writer.member(
                "total_tokens", input.addingReportingOverflow(usage?.output ?? 0).partialValue)
            if isEstimated {
                writer.key("estimated")
                writer.bool(true)
            }
            writer.key("cost")
            if let cost { writer.decimal(cost) } else { writer.null() }
            writer.endObject()
        }
        writer.endObject()
        return writer.finish()
    }
}

extension PlainInput {
    /// Takes what all requests for vectors say of them: their form, which `ChatRequest` has read
    /// already, and their length.
    ///
    /// Throws: a 400 that names the parameter.
    mutating func takeDimensions() throws(APIError) -> Int? {
        if let format = try parameters.takeText("encoding_format"),
            format != "float", format != "base64"
        {
            throw .invalid("encoding_format", "encoding_format is neither float nor base64.")
        }
        let dimensions = try parameters.takeInteger("dimensions")
        if let dimensions, dimensions < 1 {
            throw .invalid("dimensions", "dimensions is less than 1.")
        }
        return dimensions
    }
}
