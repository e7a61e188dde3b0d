// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Gathers the messages of a conversation into `systemInstruction` and `contents`.
///
/// Shape: roles are `user` and `model`; messages of one side in a row are one content, as results
/// of parallel calls have to be. Instructions go to the front, wherever they stand.
struct GeminiMessages {
    /// What other clients of Google's send for calls that have lost their signature, or come from
    /// other models.
    private static let skippedSignature = "skip_thought_signature_validator"

    private let model: String
    private var instructions: [String] = []
    private var contents: [(role: String, parts: [[UInt8]])] = []
    /// The functions' names, by the ids of their calls.
    private var names: [String: String] = [:]

    init(model: String) { self.model = model }

    /// Takes the next message.
    ///
    /// Throws: a 400 that names the part which cannot be said.
    mutating func take(
        _ message: ChatMessage, losses: inout LossReport
    ) throws(APIError) {
        if message.cacheControl != nil { losses.add("messages[].cache_control") }
        switch message.role {
        case .system, .developer:
            if message.name != nil { losses.add("messages[].name") }
            try takeInstruction(message, losses: &losses)
        case .user:
            if message.name != nil { losses.add("messages[].name") }
            var parts: [[UInt8]] = []
            for part in message.content {
                parts.append(try GeminiPart.json(part, losses: &losses))
            }
            add(parts, as: "user")
        case .assistant:
            if message.name != nil { losses.add("messages[].name") }
            add(try answerParts(message, losses: &losses), as: "model")
        case .tool, .function:
            add([try result(message, losses: &losses)], as: "user")
        }
    }

    /// Throws: a 400 where there are instructions only, for which Google has no form.
    func write(to writer: inout JSONWriter) throws(APIError) {
        guard !contents.isEmpty else {
            throw .invalid(
                "messages", "messages has nothing to answer: add a message that is no instruction.")
        }
        if !instructions.isEmpty {
            writer.key("systemInstruction")
            writer.beginObject()
            writer.key("parts")
            writer.beginArray()
            for text in instructions {
                writer.beginObject()
                writer.member("text", text)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
        writer.key("contents")
        writer.beginArray()
        for content in contents {
            writer.beginObject()
            writer.member("role", content.role)
            writer.key("parts")
            writer.beginArray()
            for part in content.parts { writer.raw(part) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
    }

    private mutating func add(_ parts: [[UInt8]], as role: String) {
        guard !parts.isEmpty else { return }
        if let last = contents.indices.last, contents[last].role == role {
            contents[last].parts += parts
        } else {
            contents.append((role, parts))
        }
    }

    private mutating func takeInstruction(
        _ message: ChatMessage, losses: inout LossReport
    ) throws(APIError) {
        for part in message.content {
            if part.cacheControl != nil { losses.add("messages[].content[].cache_control") }
            switch part.kind {
            case .text(let text), .refusal(let text): instructions.append(text)
            default:
                throw .invalid(
                    part.path, code: "unsupported_value", "\(part.path): instructions are text.")
            }
        }
    }

    private mutating func answerParts(
        _ message: ChatMessage, losses: inout LossReport
    ) throws(APIError) -> [[UInt8]] {
        var signatures = Signatures(message)
        var parts: [[UInt8]] = []
        let content = message.content.filter { !$0.isEmptyText }
        let lastText = content.lastIndex { $0.isText }
        for signature in signatures.beforeText(hasText: lastText != nil) {
            parts.append(GeminiPart.text("", signature: signature))
        }
        for (index, part) in content.enumerated() {
            let signature = index == lastText ? signatures.text.last : nil
            parts.append(try GeminiPart.json(part, signature: signature, losses: &losses))
        }
        if model.contains("gemini-3") { signatures.fillFirstCall(with: Self.skippedSignature) }
        for (index, call) in message.toolCalls.enumerated() {
            names[call.id] = call.name
            parts.append(try GeminiPart.call(call, signature: signatures.calls[index]))
        }
        return parts
    }

    private func result(
        _ message: ChatMessage, losses: inout LossReport
    ) throws(APIError) -> [UInt8] {
        let place = "\(message.path).tool_call_id"
        guard let id = message.toolCallID else {
            throw .invalid(place, code: "missing_required_parameter", "\(place) is missing.")
        }
        guard let name = names[id] ?? message.name else {
            throw .invalid(place, "\(place) is the id of no call in the messages before it.")
        }
        return try GeminiPart.result(of: name, id: id, message, losses: &losses)
    }
}

/// The signatures of one answer that go back: those of its calls, and those of its text.
private struct Signatures {
    /// One place for each call.
    var calls: [String?]
    var text: [String] = []

    init(_ message: ChatMessage) {
        calls = message.toolCalls.map(\.signature)
        for detail in message.reasoning where detail.format == GeminiReply.detailFormat {
            guard case .encrypted(let data) = detail.kind else { continue }
            // Others keep a call's signature here, under the id of the call.
            if let index = message.toolCalls.firstIndex(where: { $0.id == detail.id }) {
                calls[index] = calls[index] ?? data
            } else {
                text.append(data)
            }
        }
    }

    /// Those that have no text to stand on: one text takes one of them.
    func beforeText(hasText: Bool) -> ArraySlice<String> { hasText ? text.dropLast() : text[...] }

    /// Models from 3 on refuse calls of which not even the first is signed.
    mutating func fillFirstCall(with signature: String) {
        guard !calls.isEmpty, calls.allSatisfy({ $0 == nil }) else { return }
        calls[0] = signature
    }
}

extension ContentPart {
    fileprivate var isText: Bool {
        if case .text = kind { true } else { false }
    }

    fileprivate var isEmptyText: Bool {
        if case .text(let text) = kind { text.isEmpty } else { false }
    }
}
