// SPDX-License-Identifier: Apache-2.0

/// What a client asks a model for. The raw value is its name in the ledger.
package enum CallOperation: String, Sendable, CaseIterable {
    case chat = "chat.completions"
    /// Text that goes on behind a prompt: what OpenAI calls legacy.
    case completions
    case embeddings

    /// The path behind `/v1`, as in OpenAI's API.
    package var path: String {
        switch self {
        case .chat: "/chat/completions"
        case .completions: "/completions"
        case .embeddings: "/embeddings"
        }
    }

    /// The parameter that holds what the model is given.
    var input: String {
        switch self {
        case .chat: "messages"
        case .completions: "prompt"
        case .embeddings: "input"
        }
    }
}
