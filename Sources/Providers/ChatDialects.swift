// SPDX-License-Identifier: Apache-2.0

/// The dialects that this version speaks.
package enum ChatDialects {
    /// The dialect of an id, or nil where it is known by name only.
    package static func dialect(_ id: DialectID) -> (any ChatDialect)? {
        switch id {
        case .openai: OpenAIDialect()
        case .anthropic: AnthropicDialect()
        case .bedrockConverse: BedrockDialect()
        case .cohere: CohereDialect()
        case .gemini: GeminiDialect()
        case .ollama: OllamaDialect()
        case .vertex: VertexDialect()
        case .azureOpenAI: AzureOpenAIDialect()
        case .watsonx: WatsonxDialect()
        case .replicate: nil
        }
    }
}
