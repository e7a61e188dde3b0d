// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Reads a whole answer of Cohere's.
///
/// Shape: `{"id","finish_reason","message":{"role","tool_plan","content","tool_calls","citations"},
/// "usage","logprobs"}`
enum CohereReply {
    /// Throws: the failure that the answer tells, or `malformed`.
    static func read(
        _ body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> TranslatedAnswer {
        let value = try JSONValue(answer: body, of: context.provider)
        if let failure = CohereFailure.inside(value, provider: context.provider) { throw failure }
        guard let message = value["message"], message.kind == .object,
            let reason = value["finish_reason"]?.string
        else { throw .malformed("the reply has no message", provider: context.provider) }
        if let failure = CohereFailure.finished(
            reason, message: value["error"]?.string ?? value["message"]?.string,
            type: value["error_type"]?.string, provider: context.provider)
        {
            throw failure.having(CohereAnswer.usage(value["usage"]))
        }
        var facts = ReplyFacts()
        facts.id = value["id"]?.string
        facts.usage = CohereAnswer.usage(value["usage"])
        var kinds = said(message)
        let calls = message["tool_calls"]?.elements ?? []
        for (index, call) in calls.enumerated() {
            let function = call["function"]
            let id = CohereAnswer.callID(call, index: index, in: context)
            kinds.append(.toolCall(index: index, id: id, name: function?["name"]?.string ?? ""))
            let arguments = CohereAnswer.arguments(function?["arguments"]?.string)
            kinds.append(.toolArguments(index: index, arguments))
        }
        if let logprobs = CohereAnswer.logprobs(value["logprobs"]?.elements ?? []) {
            kinds.append(.logprobs(logprobs))
        }
        kinds.append(CohereAnswer.finish(reason, hasCalls: !calls.isEmpty))
        return try TranslatedAnswer(kinds.map { ChatDelta($0) }, facts, in: context)
    }

    /// The plan, the thoughts, the text and what is cited in it.
    private static func said(_ message: JSONValue) -> [ChatDelta.Kind] {
        var kinds: [ChatDelta.Kind] = []
        func think(_ text: String?, _ format: String) {
            guard let text, !text.isEmpty else { return }
            kinds.append(.reasoning(text))
            kinds.append(.reasoningDetail(.init(.text(text, signature: nil), format: format)))
        }
        think(message["tool_plan"]?.string, CohereDialect.planFormat)
        var starts: [Int] = []
        var length = 0
        if let text = message["content"]?.string { kinds.append(.text(text)) }
        for block in message["content"]?.elements ?? [] {
            starts.append(length)
            if block["type"]?.string == "thinking" {
                think(block["thinking"]?.string, CohereDialect.thinkingFormat)
            } else if let text = block["text"]?.string {
                kinds.append(.text(text))
                length += text.unicodeScalars.count
            }
        }
        for citation in message["citations"]?.elements ?? [] {
            let block = citation["content_index"]?.integer ?? 0
            let start = starts.indices.contains(block) ? starts[block] : 0
            kinds += CohereCitation.kinds(citation, start: start)
        }
        return kinds
    }
}
