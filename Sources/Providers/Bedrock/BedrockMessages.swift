// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// The messages of a conversation as Converse takes them.
///
/// Rules:
///  1. Instructions go to `system`; messages of the same role that follow each other become one.
///  2. Results of tools are the user's.
///  3. Texts without a byte are left out: Converse refuses them, and they say nothing.
///  4. A `cache_control` marker becomes a `cachePoint` right behind what it marks.
struct BedrockMessages {
    /// The tag of reasoning that is given back to Claude models, wherever they are served.
    static let claudeFormat = "anthropic-claude-v1"
    /// The tag of reasoning that only Bedrock can read.
    static let ownFormat = "bedrock-converse-v1"

    private let model: BedrockModel
    private var media = BedrockMedia()
    private var openRole: String?

    init(model: BedrockModel) { self.model = model }

    /// Writes the members `messages` and `system`.
    mutating func write(
        _ messages: [ChatMessage], to writer: inout JSONWriter, losses: inout LossReport
    ) throws(APIError) {
        writer.key("messages")
        writer.beginArray()
        for message in messages where !message.isInstruction {
            if message.name != nil, message.role != .function { losses.add("messages[].name") }
            switch message.role {
            case .assistant: try writeAssistant(message, to: &writer)
            case .tool, .function: try writeResult(message, to: &writer, &losses)
            default: try writeUser(message, to: &writer, &losses)
            }
        }
        if openRole != nil { Self.closeMessage(&writer) }
        writer.endArray()
        let instructions = messages.filter(\.isInstruction)
        guard !instructions.isEmpty else { return }
        writer.key("system")
        writer.beginArray()
        for message in instructions { try Self.writeInstruction(message, to: &writer) }
        writer.endArray()
    }

    private static func writeInstruction(
        _ message: ChatMessage, to writer: inout JSONWriter
    ) throws(APIError) {
        for part in message.content {
            guard case .text(let text) = part.kind else {
                throw .unsupported(
                    part.path, "\(part.path) is no text, as instructions have to be.")
            }
            writer.writeText(text)
            if let control = part.cacheControl { try writer.write(control, of: part.path) }
        }
        if let control = message.cacheControl { try writer.write(control, of: message.path) }
    }

    private mutating func writeUser(
        _ message: ChatMessage, to writer: inout JSONWriter, _ losses: inout LossReport
    ) throws(APIError) {
        begin("user", &writer)
        for part in message.content {
            try write(part, to: &writer, &losses)
            if let control = part.cacheControl { try writer.write(control, of: part.path) }
        }
        if let control = message.cacheControl { try writer.write(control, of: message.path) }
    }

    private mutating func writeAssistant(
        _ message: ChatMessage, to writer: inout JSONWriter
    ) throws(APIError) {
        begin("assistant", &writer)
        for thought in Self.thoughts(of: message, model: model) {
            writer.write(thought: thought)
        }
        for part in message.content {
            switch part.kind {
            case .text(let text), .refusal(let text): writer.writeText(text)
            case .image, .audio, .file:
                throw .unsupported(
                    part.path, "\(part.path) is no text, as an assistant's has to be.")
            }
            if let control = part.cacheControl { try writer.write(control, of: part.path) }
        }
        for call in message.toolCalls {
            writer.beginObject()
            writer.key("toolUse")
            writer.beginObject()
            writer.member("toolUseId", BedrockToolID.make(call.id))
            writer.member("name", call.name)
            writer.key("input")
            writer.raw(try call.argumentsObject())
            writer.endObject()
            writer.endObject()
        }
        if let control = message.cacheControl { try writer.write(control, of: message.path) }
    }

    private mutating func writeResult(
        _ message: ChatMessage, to writer: inout JSONWriter, _ losses: inout LossReport
    ) throws(APIError) {
        guard let id = message.toolCallID else {
            throw .invalid(
                "\(message.path).tool_call_id", code: "missing_required_parameter",
                "\(message.path).tool_call_id is missing.")
        }
        begin("user", &writer)
        writer.beginObject()
        writer.key("toolResult")
        writer.beginObject()
        writer.member("toolUseId", BedrockToolID.make(id))
        writer.key("content")
        writer.beginArray()
        for part in message.content {
            if case .audio = part.kind {
                throw .unsupported(part.path, "\(part.path) is audio, which a tool cannot answer.")
            }
            try write(part, to: &writer, &losses)
        }
        writer.endArray()
        writer.endObject()
        writer.endObject()
        // A marker cannot stand inside of a result.
        if let part = message.content.last(where: { $0.cacheControl != nil }),
            let control = part.cacheControl
        {
            try writer.write(control, of: part.path)
        } else if let control = message.cacheControl {
            try writer.write(control, of: message.path)
        }
    }

    private mutating func write(
        _ part: ContentPart, to writer: inout JSONWriter, _ losses: inout LossReport
    ) throws(APIError) {
        switch part.kind {
        case .text(let text), .refusal(let text): writer.writeText(text)
        case .image(let source, let detail):
            if let detail, detail != "auto" {
                losses.add("messages[].content[].image_url.detail")
            }
            try media.writeImage(source, path: "\(part.path).image_url.url", to: &writer)
        case .audio(let base64, let format):
            try media.writeAudio(base64, format, path: "\(part.path).input_audio", to: &writer)
        case .file(let source, let name):
            try media.writeFile(source, name: name, path: "\(part.path).file", to: &writer)
        }
    }

    /// What an assistant thought, as far as this model takes it back.
    static func thoughts(of message: ChatMessage, model: BedrockModel) -> [ReasoningDetail] {
        message.reasoning.filter { detail in
            guard detail.format == ownFormat || detail.format == claudeFormat && model.canThink
            else { return false }
            return switch detail.kind {
            case .text(_, let signature): signature != nil
            // Redacted thoughts of Anthropic's own API are no bytes of Bedrock's.
            case .encrypted: detail.format == ownFormat
            case .summary: false
            }
        }
    }

    /// Opens a message, or goes on with the one that is open where it has the same role.
    private mutating func begin(_ role: String, _ writer: inout JSONWriter) {
        if openRole == role { return }
        if openRole != nil { Self.closeMessage(&writer) }
        openRole = role
        writer.beginObject()
        writer.member("role", role)
        writer.key("content")
        writer.beginArray()
    }

    private static func closeMessage(_ writer: inout JSONWriter) {
        writer.endArray()
        writer.endObject()
    }
}

extension JSONWriter {
    /// Writes a text as the next block; nothing for an empty one.
    fileprivate mutating func writeText(_ text: String) {
        guard !text.isEmpty else { return }
        beginObject()
        member("text", text)
        endObject()
    }

    fileprivate mutating func write(thought: ReasoningDetail) {
        beginObject()
        key("reasoningContent")
        beginObject()
        switch thought.kind {
        case .text(let text, let signature):
            key("reasoningText")
            beginObject()
            member("text", text)
            if let signature { member("signature", signature) }
            endObject()
        case .encrypted(let data): member("redactedContent", data)
        case .summary: break
        }
        endObject()
        endObject()
    }

    /// Throws: a 400 for a life time that a cache cannot have.
    fileprivate mutating func write(_ control: CacheControl, of path: String) throws(APIError) {
        if let time = control.timeToLive, time != "5m", time != "1h" {
            throw .invalid(
                "\(path).cache_control.ttl", "\(path).cache_control.ttl is neither 5m nor 1h.")
        }
        writeCachePoint(control)
    }
}

/// Ids of calls as Converse allows them.
///
/// Shape: 1 to 64 letters, digits, `_`, `.`, `:` and `-`.
enum BedrockToolID {
    /// The id itself where it is allowed; else one that is made of it, always the same.
    static func make(_ id: String) -> String {
        let isFit = id.utf8.allSatisfy(isAllowed)
        if isFit && !id.isEmpty && id.utf8.count <= 64 { return id }
        // FNV-1a, so that ids which differ stay different.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let kept = id.utf8.prefix(40).map { isAllowed($0) ? $0 : UInt8(ascii: "_") }
        return String(decoding: kept, as: UTF8.self) + "-" + String(hash, radix: 16)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: ":"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
