// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// A whole answer: `{"type":"message", …}`.
enum AnthropicReply {
    /// Appends what the message says. Throws: the failure that it is instead, or `malformed`.
    static func read(
        _ message: JSONValue, deltas: inout [ChatDelta], facts: inout ReplyFacts, provider: String
    ) throws(UpstreamFailure) {
        if let error = message["error"], !error.isNull {
            throw AnthropicFailure.reading(error: error, provider: provider)
        }
        guard let blocks = message["content"], blocks.kind == .array else {
            throw .malformed("the reply has no content", provider: provider)
        }
        guard let reason = message["stop_reason"]?.string else {
            throw .malformed("the reply has no stop_reason", provider: provider)
        }
        facts.id = message["id"]?.string
        facts.model = message["model"]?.string
        var usage = AnthropicUsage()
        usage.take(message["usage"])
        facts.usage = usage.reported
        facts.serviceTier = usage.reported?.serviceTier
        var content = AnthropicContent()
        for (index, block) in blocks.elements.enumerated() {
            content.begin(index, block, &deltas)
            content.end(index, &deltas)
        }
        if let words = refusal(message["stop_details"]) { deltas.append(words) }
        deltas.append(content.finished(reason))
    }

    /// What the provider says about its refusal, where it says something.
    static func refusal(_ details: JSONValue?) -> ChatDelta? {
        guard let text = details?["explanation"]?.string, !text.isEmpty else { return nil }
        return ChatDelta(.refusal(text))
    }
}
