// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// One content block of a request.
struct AnthropicBlock {
    indirect enum Kind {
        case text(String)
        case image(MediaSource)
        case document(MediaSource, title: String?)
        /// A document whose bytes are text.
        case plainText(String, title: String?)
        case thinking(String, signature: String)
        case redactedThinking(String)
        case toolUse(id: String, name: String, input: JSONValue)
        case toolResult(id: String, content: [AnthropicBlock], isError: Bool)
    }

    var kind: Kind
    var cacheControl: CacheControl?

    init(_ kind: Kind, cacheControl: CacheControl? = nil) {
        self.kind = kind
        self.cacheControl = cacheControl
    }

    /// Whether a cache marker may be set here: thinking has no place for it.
    var takesCacheControl: Bool {
        switch kind {
        case .thinking, .redactedThinking: false
        default: true
        }
    }

    var isToolUse: Bool { if case .toolUse = kind { true } else { false } }

    var isThinking: Bool {
        switch kind {
        case .thinking, .redactedThinking: true
        default: false
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        switch kind {
        case .text(let text):
            writer.member("type", "text")
            writer.member("text", text)
        case .image(let source):
            writer.member("type", "image")
            Self.write(source, to: &writer)
        case .document(let source, let title):
            writer.member("type", "document")
            Self.write(source, to: &writer)
            if let title { writer.member("title", title) }
        case .plainText(let text, let title):
            writer.member("type", "document")
            writer.key("source")
            writer.beginObject()
            writer.member("type", "text")
            writer.member("media_type", "text/plain")
            writer.member("data", text)
            writer.endObject()
            if let title { writer.member("title", title) }
        case .thinking(let text, let signature):
            writer.member("type", "thinking")
            writer.member("thinking", text)
            writer.member("signature", signature)
        case .redactedThinking(let data):
            writer.member("type", "redacted_thinking")
            writer.member("data", data)
        case .toolUse(let id, let name, let input):
            writer.member("type", "tool_use")
            writer.member("id", id)
            writer.member("name", name)
            writer.key("input")
            writer.raw(input)
        case .toolResult(let id, let content, let isError):
            writer.member("type", "tool_result")
            writer.member("tool_use_id", id)
            writer.key("content")
            Self.write(content, to: &writer)
            if isError {
                writer.key("is_error")
                writer.bool(true)
            }
        }
        if let cacheControl { writer.write(cacheControl) }
        writer.endObject()
    }

    static func write(_ blocks: [AnthropicBlock], to writer: inout JSONWriter) {
        writer.beginArray()
        for block in blocks { block.write(to: &writer) }
        writer.endArray()
    }

    private static func write(_ source: MediaSource, to writer: inout JSONWriter) {
        writer.key("source")
        writer.beginObject()
        switch source {
        case .inline(let mediaType, let base64):
            writer.member("type", "base64")
            writer.member("media_type", mediaType)
            writer.member("data", base64)
        case .url(let url):
            writer.member("type", "url")
            writer.member("url", url)
        case .fileID(let id):
            writer.member("type", "file")
            writer.member("file_id", id)
        }
        writer.endObject()
    }
}

extension JSONWriter {
    /// Writes the member that marks where a prompt may be cached.
    mutating func write(_ cacheControl: CacheControl) {
        key("cache_control")
        beginObject()
        member("type", "ephemeral")
        if let timeToLive = cacheControl.timeToLive { member("ttl", timeToLive) }
        endObject()
    }
}
