// SPDX-License-Identifier: Apache-2.0

/// What vendors of a dialect can be asked for besides chat.
extension DialectID {
    /// How a vendor of this dialect is asked for embeddings; nil where it has none.
    var embeddings: (any EmbeddingsDialect)? {
        switch self {
        case .openai: OpenAIEmbeddings()
        case .gemini: GeminiEmbeddings()
        case .cohere: CohereEmbeddings()
        case .ollama: OllamaEmbeddings()
        case .bedrockConverse: BedrockEmbeddings()
        case .azureOpenAI: AzureOpenAIEmbeddings()
        case .vertex: VertexEmbeddings()
        case .anthropic, .replicate, .watsonx: nil
        }
    }

    /// How a vendor of this dialect is asked to go on from a prompt; nil where it knows
    /// conversations only.
    var completions: (any ChatDialect)? {
        switch self {
        case .openai: OpenAIDialect()
        case .azureOpenAI: AzureOpenAIDialect()
        case .ollama: OllamaCompletions()
        case .anthropic, .gemini, .cohere, .bedrockConverse, .vertex, .replicate, .watsonx: nil
        }
    }
}
