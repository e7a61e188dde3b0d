// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Messages of a conversation in Cohere's words.
enum CohereMessages {
    /// Writes one message as the next value.
    ///
    /// Throws: a 400 that names a part for which Cohere has no form.
    static func write(
        _ message: ChatMessage, to writer: inout JSONWriter, losses: inout LossReport
    ) throws(APIError) {
        writer.beginObject()
        switch message.role {
        case .system, .developer:
            writer.member("role", "system")
            try writeContent(of: message, allowingImages: false, to: &writer)
        case .user:
            writer.member("role", "user")
            try writeContent(of: message, allowingImages: true, to: &writer)
        case .assistant:
            writer.member("role", "assistant")
            try writeAnswer(message, to: &writer, losses: &losses)
        case .tool, .function:
            writer.member("role", "tool")
            guard let id = message.toolCallID else {
                throw .invalid(
                    "\(message.path).tool_call_id", code: "missing_required_parameter",
                    "\(message.path).tool_call_id is missing.")
            }
            writer.member("tool_call_id", id)
            try writeContent(of: message, allowingImages: false, to: &writer)
        }
        if message.name != nil && message.role != .function { losses.add("messages[].name") }
        writer.endObject()
    }

    /// What a model said: its plan, its thoughts, its text and its calls.
    private static func writeAnswer(
        _ message: ChatMessage, to writer: inout JSONWriter, losses: inout LossReport
    ) throws(APIError) {
        message.reportReasoning(
            outside: [CohereDialect.thinkingFormat, CohereDialect.planFormat], to: &losses)
        let thinking = message.reasoning(inFormat: CohereDialect.thinkingFormat)
        if let thinking {
            writer.key("content")
            writer.beginArray()
            writer.writePart("thinking", thinking)
            for part in message.content {
                writer.writePart("text", try text(part, of: message))
            }
            writer.endArray()
        } else if !message.content.isEmpty {
            try writeContent(of: message, allowingImages: false, to: &writer)
        }
        if let plan = message.reasoning(inFormat: CohereDialect.planFormat) {
            writer.member("tool_plan", plan)
        }
        guard !message.toolCalls.isEmpty else { return }
        writer.key("tool_calls")
        writer.beginArray()
        for call in message.toolCalls {
            writer.beginObject()
            writer.member("id", call.id)
            writer.member("type", "function")
            writer.key("function")
            writer.beginObject()
            writer.member("name", call.name)
            writer.member("arguments", call.arguments.isEmpty ? "{}" : call.arguments)
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
    }

    /// One text stands alone; several parts are an array.
    private static func writeContent(
        of message: ChatMessage, allowingImages: Bool, to writer: inout JSONWriter
    ) throws(APIError) {
        writer.key("content")
        if message.content.isEmpty { return writer.string("") }
        if message.content.count == 1, let part = message.content.first, !part.isImage {
            return writer.string(try text(part, of: message))
        }
        writer.beginArray()
        for part in message.content {
            if allowingImages, case .image(let source, let detail) = part.kind {
                try writeImage(source, detail: detail, path: part.path, to: &writer)
            } else {
                writer.writePart("text", try text(part, of: message))
            }
        }
        writer.endArray()
    }

    private static func writeImage(
        _ source: MediaSource, detail: String?, path: String, to writer: inout JSONWriter
    ) throws(APIError) {
        let url: String
        switch source {
        case .url(let address): url = address
        case .inline(let type, let base64): url = "data:\(type);base64,\(base64)"
        case .fileID: throw .unsupported(path, "\(path) is a file of OpenAI's, not of Cohere's.")
        }
        writer.beginObject()
        writer.member("type", "image_url")
        writer.key("image_url")
        writer.beginObject()
        writer.member("url", url)
        if let detail { writer.member("detail", detail) }
        writer.endObject()
        writer.endObject()
    }

    private static func text(
        _ part: ContentPart, of message: ChatMessage
    ) throws(APIError) -> String {
        switch part.kind {
        case .text(let text), .refusal(let text): return text
        case .image:
            throw .unsupported(
                part.path, "\(part.path) is a picture, which Cohere takes from users only.")
        case .audio, .file:
            throw .unsupported(
                part.path, "\(part.path) is neither text nor a picture: Cohere takes no other.")
        }
    }
}

extension ContentPart {
    /// Whether it is a picture.
    var isImage: Bool { if case .image = kind { true } else { false } }
}

extension JSONWriter {
    /// Writes a part of a message whose text is named as its type is.
    fileprivate mutating func writePart(_ type: String, _ text: String) {
        beginObject()
        member("type", type)
        member(type, text)
        endObject()
    }
}
