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

    /// What OpenAI's answers call themselves: the member `object`.
    package var answerObject: String {
        switch self {
        case .chat: "chat.completion"
        case .completions: "text_completion"
        case .embeddings: "list"
        }
    }

    /// The same of the pieces of a stream, which vectors do not have.
    package var chunkObject: String {
        self == .chat ? "chat.completion.chunk" : answerObject
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
