// SPDX-License-Identifier: Apache-2.0
import JSON

/// Requests whose answers another model can go on with where they break off.
extension ChatRequest {
    /// Whether the answer is one stream of text, as far as the request says: one choice, free in its
    /// form, neither spoken nor thought about, without probabilities and without a call that must
    /// be made.
    package var asksForPlainText: Bool {
        guard operation == .chat, isStream else { return false }
        return outline.members.allSatisfy { member in
            guard member.kind != .null, let name = outline.key(of: member, in: body.span) else {
                return true
            }
            guard Self.shaping.contains(name) else { return true }
            guard let value = value(of: member) else { return false }
            return Self.leavesPlainText(name, value)
        }
    }

    /// Members that may ask for something else than one text.
    private static let shaping: Set<String> = [
        "n", "logprobs", "modalities", "audio", "response_format", "tool_choice", "function_call",
        "reasoning_effort", "reasoning", "thinking",
    ]

    private static func leavesPlainText(_ name: String, _ value: JSONValue) -> Bool {
        switch name {
        case "response_format": value["type"]?.string == "text"
        case "tool_choice", "function_call": value.string == "auto" || value.string == "none"
        case "reasoning_effort": value.string == "none"
        default: ChatParameters.asksForNothing(name, value)
        }
    }

    /// The same request with the beginning of its answer as the last message, for a model that goes
    /// on from there; what was said already counts against the limit of the output. Nil where the
    /// last message is an assistant's own, and where there is none.
    ///
    /// - Parameter isMarked: whether the message says `"prefix": true`.
    /// Complexity: O(n); meant for calls that broke off.
    package func goingOn(from text: String, isMarked: Bool) -> ChatRequest? {
        guard let value = try? parsed(), let messages = value["messages"],
            let last = messages.elements.last, last["role"]?.string != "assistant"
        else { return nil }
        let document = value.document
        var writer = JSONWriter()
        writer.beginArray()
        for message in messages.elements { writer.raw(document.bytes(of: message.node)) }
        writer.beginObject()
        writer.member("role", "assistant")
        writer.member("content", text)
        if isMarked {
            writer.key("prefix")
            writer.bool(true)
        }
        writer.endObject()
        writer.endArray()
        var edits = JSONEdits()
        edits.replace(document.range(of: messages.node), with: writer.bytes)
        for name in ["max_tokens", "max_completion_tokens"] {
            guard let limit = value[name], let tokens = limit.integer else { continue }
            let rest = max(1, tokens - Self.tokens(inBytes: text.utf8.count))
            edits.replace(document.range(of: limit.node), with: Array("\(rest)".utf8))
        }
        return try? ChatRequest(body: edits.applied(to: body.span), operation: operation)
    }
}
