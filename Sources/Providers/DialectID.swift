// SPDX-License-Identifier: Apache-2.0

/// The wire format that a vendor speaks, by the name used in `Config/providers.json` and in the
/// `dialect:` key of the configuration.
package enum DialectID: String, Sendable, CaseIterable {
    case openai
    case anthropic
    case gemini
    case vertex
    case azureOpenAI = "azure-openai"
    case bedrockConverse = "bedrock-converse"
    case cohere = "cohere-v2"
    case ollama
    case replicate
    case watsonx

    /// Whether this version can speak it. The others are known by name only, so that a key found
    /// in the environment is answered with a reason and not with silence.
    package var isImplemented: Bool { ChatDialects.dialect(self) != nil }

    /// Whether a vendor's quirks have an effect: they are differences from OpenAI's format.
    package var takesQuirks: Bool { [.openai, .azureOpenAI, .watsonx].contains(self) }
}
