// SPDX-License-Identifier: Apache-2.0
package import JSON

/// One message of a conversation, as OpenAI's API has it.
package struct ChatMessage: Sendable {
    /// Who speaks. `developer` is OpenAI's newer word for `system`.
    package enum Role: String, Sendable { case system, developer, user, assistant, tool, function }

    package var role: Role
    /// Where it stands in the request: `messages[3]`.
    package var path: String
    /// A text that stands alone is one part.
    package var content: [ContentPart] = []
    package var name: String?
    /// Of an assistant.
    package var toolCalls: [ChatToolCall] = []
    /// Of a tool's result: the call that it answers.
    package var toolCallID: String?
    /// Of a tool's result: whether the tool failed. Not OpenAI's, but said by many clients.
    package var isError = false
    /// Of an assistant: what it thought, as it was told with its answer.
    package var reasoning: [ReasoningDetail] = []
    /// Set on the message itself, where its content is one text.
    package var cacheControl: CacheControl?

    /// All texts of the content, joined. Other parts are left out.
    package var text: String {
        content.compactMap { if case .text(let text) = $0.kind { text } else { nil } }.joined()
    }

    /// Whether it instructs instead of converses.
    package var isInstruction: Bool { role == .system || role == .developer }
}

/// One part of a message's content.
package struct ContentPart: Sendable {
    /// What the part is.
    package enum Kind: Sendable {
        case text(String)
        case refusal(String)
        case image(MediaSource, detail: String?)
        /// - Parameter format: `wav`, `mp3` …
        case audio(base64: String, format: String)
        case file(MediaSource, name: String?)
    }

    package var kind: Kind
    /// Where it stands in the request: `messages[3].content[0]`.
    package var path: String
    package var cacheControl: CacheControl?
}

/// Where the bytes of a picture or a file are.
package enum MediaSource: Sendable, Equatable {
    /// Inside of the request, by a `data:` URL.
    case inline(mediaType: String, base64: String)
    /// Somewhere else. The gateway never fetches it.
    case url(String)
    /// With the provider, uploaded before.
    case fileID(String)
}

/// A marker after which a provider may cache the prompt, in Anthropic's words.
package struct CacheControl: Sendable, Equatable {
    /// `5m` or `1h`; nil is the provider's default.
    package var timeToLive: String?
}

/// A call of a function that a model made.
package struct ChatToolCall: Sendable, Equatable {
    package var id: String
    package var name: String
    /// JSON as text, as the model wrote it; may be empty and need not be valid.
    package var arguments: String
    /// Where it stands in the request: `messages[3].tool_calls[0]`.
    package var path: String
    /// An opaque signature that the provider wants back with the call (Gemini).
    package var signature: String?
}

/// One piece of a model's reasoning that may have to be given back, in OpenRouter's shape.
///
/// Shape: `{"type":"reasoning.text","text":…,"signature":…}`, `{"type":"reasoning.summary",
/// "summary":…}`, `{"type":"reasoning.encrypted","data":…}`, each with `id`, `format` and `index`
/// where they are known.
package struct ReasoningDetail: Sendable, Equatable {
    /// What the piece is.
    package enum Kind: Sendable, Equatable {
        case text(String, signature: String?)
        case summary(String)
        /// Reasoning that only the provider can read, or a bare signature.
        case encrypted(String)
    }

    package var kind: Kind
    package var id: String?
    /// Whose it is: `anthropic-claude-v1`, `google-gemini-v1`. A dialect takes back only its own.
    package var format: String?

    package init(_ kind: Kind, id: String? = nil, format: String? = nil) {
        self.kind = kind
        self.id = id
        self.format = format
    }
}

/// A function that a model may call.
package struct ChatTool: Sendable {
    package var name: String
    package var description: String?
    /// A JSON schema; nil for a function without parameters.
    package var parameters: JSONValue?
    package var isStrict: Bool
    package var cacheControl: CacheControl?
    /// Where it stands in the request: `tools[0]`.
    package var path: String
}

/// Which function a model has to call.
package enum ToolChoice: Sendable, Equatable {
    case auto
    case none
    /// Any of them.
    case required
    case function(String)
}

/// What form an answer has to have.
package enum ResponseFormat: Sendable {
    case text
    case jsonObject
    case jsonSchema(name: String, description: String?, schema: JSONValue?, isStrict: Bool)
}
