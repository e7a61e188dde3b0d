// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Reads a whole answer of Ollama's.
///
/// Shape: `{"model","message":{"role","content","thinking","tool_calls"},"done":true,"done_reason",
/// "prompt_eval_count","eval_count"}`
enum OllamaReply {
    /// Throws: the failure that the answer tells, or `malformed`.
    static func read(
        _ body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> TranslatedAnswer {
        let value = try JSONValue(answer: body, of: context.provider)
        var deltas: [ChatDelta] = []
        var facts = ReplyFacts()
        var answer = OllamaAnswer(in: context)
        try answer.take(value, &deltas, &facts)
        return try TranslatedAnswer(deltas, facts, in: context)
    }
}
