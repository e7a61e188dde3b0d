// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Messages of a conversation in Ollama's words.
///
/// Shape: `{"role","content","images":[base64],"thinking","tool_calls":[{"id","function":{"index",
/// "name","arguments":{}}}],"tool_name","tool_call_id"}`
enum OllamaMessages {
    /// Writes the messages as the next value.
    ///
    /// Throws: a 400 that names a part for which Ollama has no form.
    static func write(
        _ conversation: ChatConversation, to writer: inout JSONWriter, losses: inout LossReport
    ) throws(APIError) {
        var names: [String: String] = [:]
        writer.beginArray()
        for message in conversation.messages {
            for call in message.toolCalls { names[call.id] = call.name }
            writer.beginObject()
            writer.member("role", role(message))
            try writeContent(of: message, to: &writer)
            switch message.role {
            case .assistant: try writeAnswer(message, to: &writer, losses: &losses)
            case .tool, .function:
                // Older servers know the name only, which OpenAI's messages need not have.
                let name = message.name ?? message.toolCallID.flatMap { names[$0] }
                if let name { writer.member("tool_name", name) }
                if message.role == .tool, let id = message.toolCallID {
                    writer.member("tool_call_id", id)
                }
            case .system, .developer, .user:
                if message.name != nil { losses.add("messages[].name") }
            }
            writer.endObject()
        }
        writer.endArray()
    }

    private static func role(_ message: ChatMessage) -> String {
        switch message.role {
        case .system, .developer: "system"
        case .user: "user"
        case .assistant: "assistant"
        case .tool, .function: "tool"
        }
    }

    /// Texts are one string; pictures stand beside it.
    private static func writeContent(
        of message: ChatMessage, to writer: inout JSONWriter
    ) throws(APIError) {
        var text = ""
        var images: [String] = []
        for part in message.content {
            switch part.kind {
            case .text(let more), .refusal(let more): text += more
            case .image(.inline(_, let base64), _): images.append(base64)
            case .image:
                throw .unsupported(
                    "\(part.path).image_url.url",
                    "\(part.path).image_url.url is an address: Ollama fetches no pictures, send "
                        + "a data: URL.")
            case .audio, .file:
                throw .unsupported(
                    part.path, "\(part.path) is neither text nor a picture: Ollama takes no other.")
            }
        }
        writer.member("content", text)
        writer.member("images", images)
    }

    private static func writeAnswer(
        _ message: ChatMessage, to writer: inout JSONWriter, losses: inout LossReport
    ) throws(APIError) {
        if message.name != nil { losses.add("messages[].name") }
        message.reportReasoning(outside: [OllamaDialect.thinkingFormat], to: &losses)
        if let thinking = message.reasoning(inFormat: OllamaDialect.thinkingFormat) {
            writer.member("thinking", thinking)
        }
        guard !message.toolCalls.isEmpty else { return }
        writer.key("tool_calls")
        writer.beginArray()
        for (index, call) in message.toolCalls.enumerated() {
            writer.beginObject()
            writer.member("id", call.id)
            writer.member("type", "function")
            writer.key("function")
            writer.beginObject()
            writer.member("index", index)
            writer.member("name", call.name)
            writer.member("arguments", raw: try call.argumentsObject())
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
    }
}
