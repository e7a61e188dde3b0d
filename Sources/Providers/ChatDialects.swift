// SPDX-License-Identifier: Apache-2.0

/// The dialects that this version speaks.
package enum ChatDialects {
    /// The dialect of an id, or nil where it is known by name only.
    package static func dialect(_ id: DialectID) -> (any ChatDialect)? {
        switch id {
        case .openai: OpenAIDialect()
        case .bedrockConverse: BedrockDialect()
        case .anthropic, .gemini, .vertex, .azureOpenAI, .cohere, .replicate, .watsonx: nil
        }
    }
}
