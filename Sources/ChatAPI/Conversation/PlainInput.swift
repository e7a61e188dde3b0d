// SPDX-License-Identifier: Apache-2.0
import JSON

/// Texts and parameters of a request without a conversation, for dialects that are not OpenAI's.
package struct PlainInput: Sendable {
    /// The texts to embed, or the prompts; at least one.
    package let texts: [String]
    package var parameters: ChatParameters

    /// Throws: a 400 that names the input where it is something else than text.
    package init(_ request: ChatRequest) throws(APIError) {
        let value = try request.parsed()
        let name = request.operation.input
        parameters = ChatParameters(value, without: name)
        guard let input = value[name], !input.isNull else {
            throw .invalid(
                name, code: "missing_required_parameter", "\(name) is null: this target needs one.")
        }
        let elements = input.kind == .array ? input.elements : [input]
        texts = elements.compactMap(\.string)
        guard !texts.isEmpty, texts.count == elements.count else {
            throw .invalid(
                name, code: "unsupported_value",
                "\(name) is no text and no array of texts, and this target takes no tokens.")
        }
    }
}
