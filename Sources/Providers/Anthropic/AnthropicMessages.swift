// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// A conversation as the Messages API has it: instructions apart, and turns of user and assistant.
///
/// Rules:
///  1. Instructions are `system` blocks wherever they stand. One behind the first turn loses its
///     place, which is reported as `messages[].role`.
///  2. Messages of one side in a row are one turn; a tool's result is the user's.
///  3. Thinking goes back only with its signature and only where Anthropic made it.
///  4. Empty texts, which the API refuses, say nothing and are left out.
struct AnthropicMessages {
    /// The format of reasoning details that Anthropic's models made.
    static let reasoningFormat = "anthropic-claude-v1"

    struct Turn {
        var isAssistant: Bool
        var blocks: [AnthropicBlock]
    }

    private(set) var system: [AnthropicBlock] = []
    private(set) var turns: [Turn] = []

    init(_ messages: [ChatMessage], losses: inout LossReport) throws(APIError) {
        for message in messages {
            if message.isInstruction {
                if !turns.isEmpty { losses.add("messages[].role") }
                system += try Self.marked(Self.instructions(message), by: message)
                continue
            }
            let blocks: [AnthropicBlock]
            switch message.role {
            case .assistant: blocks = try Self.assistant(message, &losses)
            case .tool, .function: blocks = [try Self.toolResult(message, &losses)]
            default: blocks = try Self.content(message, &losses)
            }
            if message.name != nil, message.toolCallID == nil { losses.add("messages[].name") }
            append(Self.marked(blocks, by: message), isAssistant: message.role == .assistant)
        }
        // The API wants at least one turn: instructions alone are what the user says.
        if turns.isEmpty {
            turns = [Turn(isAssistant: false, blocks: system)]
            system = []
        }
        guard turns.contains(where: { !$0.blocks.isEmpty }) else {
            throw .invalid("messages", "messages has no content that says anything.")
        }
    }

    /// Whether the assistant called tools in the turn that is still going on without showing the
    /// thinking behind it, which the API then wants to see where thinking is on.
    var lacksThinkingBehindCalls: Bool {
        guard let last = turns.last, !last.isAssistant, turns.count > 1,
            last.blocks.contains(where: { if case .toolResult = $0.kind { true } else { false } })
        else { return false }
        let calls = turns[turns.count - 2]
        return calls.blocks.contains(where: \.isToolUse)
            && calls.blocks.first?.isThinking == false
    }

    private mutating func append(_ blocks: [AnthropicBlock], isAssistant: Bool) {
        if blocks.isEmpty { return }
        if let last = turns.last, last.isAssistant == isAssistant {
            turns[turns.count - 1].blocks += blocks
        } else {
            turns.append(Turn(isAssistant: isAssistant, blocks: blocks))
        }
    }

    /// Sets the marker of a whole message on its last block.
    private static func marked(
        _ blocks: [AnthropicBlock], by message: ChatMessage
    ) -> [AnthropicBlock] {
        guard let marker = message.cacheControl,
            let last = blocks.lastIndex(where: \.takesCacheControl)
        else { return blocks }
        var blocks = blocks
        blocks[last].cacheControl = blocks[last].cacheControl ?? marker
        return blocks
    }

    private static func instructions(_ message: ChatMessage) throws(APIError) -> [AnthropicBlock] {
        var blocks: [AnthropicBlock] = []
        for part in message.content {
            guard case .text(let text) = part.kind else {
                throw .unsupportedPart(part, "Anthropic takes instructions as text only")
            }
            if !text.isEmpty {
                blocks.append(AnthropicBlock(.text(text), cacheControl: part.cacheControl))
            }
        }
        return blocks
    }

    private static func assistant(
        _ message: ChatMessage, _ losses: inout LossReport
    ) throws(APIError) -> [AnthropicBlock] {
        var blocks: [AnthropicBlock] = []
        for detail in message.reasoning {
            switch detail.kind {
            case .text(let text, let signature?) where detail.format == reasoningFormat:
                blocks.append(AnthropicBlock(.thinking(text, signature: signature)))
            case .encrypted(let data) where detail.format == reasoningFormat:
                blocks.append(AnthropicBlock(.redactedThinking(data)))
            default: losses.add("messages[].reasoning_details")
            }
        }
        for part in message.content {
            switch part.kind {
            case .text(let text), .refusal(let text):
                if !text.isEmpty {
                    blocks.append(AnthropicBlock(.text(text), cacheControl: part.cacheControl))
                }
            default: throw .unsupportedPart(part, "Anthropic takes an assistant's text only")
            }
        }
        for call in message.toolCalls {
            if call.signature != nil { losses.add("messages[].tool_calls[].extra_content") }
            blocks.append(
                AnthropicBlock(
                    .toolUse(
                        id: toolID(call.id), name: call.name, input: try call.argumentsObject())))
        }
        return blocks
    }

    private static func toolResult(
        _ message: ChatMessage, _ losses: inout LossReport
    ) throws(APIError) -> AnthropicBlock {
        guard let id = message.toolCallID else {
            throw .invalid(
                "\(message.path).tool_call_id", code: "missing_required_parameter",
                "\(message.path).tool_call_id is missing: which call does this answer?")
        }
        let content = try content(message, &losses)
        return AnthropicBlock(
            .toolResult(id: toolID(id), content: content, isError: message.isError))
    }

    private static func content(
        _ message: ChatMessage, _ losses: inout LossReport
    ) throws(APIError) -> [AnthropicBlock] {
        var blocks: [AnthropicBlock] = []
        for part in message.content {
            if case .text("") = part.kind { continue }
            let kind = try AnthropicMedia.block(part, losses: &losses)
            blocks.append(AnthropicBlock(kind, cacheControl: part.cacheControl))
        }
        return blocks
    }

    /// The id in the letters that the API takes, `[a-zA-Z0-9_-]`: ids of other providers have
    /// others. The same id gives the same again.
    private static func toolID(_ id: String) -> String {
        var text = ""
        for byte in id.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "_" + String(byte, radix: 16, uppercase: true)
            }
        }
        return text.isEmpty ? "call" : text
    }
}

extension APIError {
    /// A 400 for a part of a message that the API has no place for.
    static func unsupportedPart(_ part: ContentPart, _ problem: String) -> APIError {
        .invalid(
            part.path, code: "unsupported_parameter", "\(part.path) cannot be sent: \(problem).")
    }

    /// A 400 for a parameter that the API has no place for and that may not be left out.
    static func unsupportedParameter(_ name: String, _ problem: String) -> APIError {
        .invalid(name, code: "unsupported_parameter", "\(name) cannot be sent: \(problem).")
    }
}
