// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// What whole answers of Cohere and its streams have in common.
enum CohereAnswer {
    /// How an answer ended, in OpenAI's words and Cohere's.
    static func finish(_ reason: String, hasCalls: Bool) -> ChatDelta.Kind {
        let own: FinishReason =
            switch reason {
            case "MAX_TOKENS": .length
            case "TOOL_CALL": .toolCalls
            case "COMPLETE", "STOP_SEQUENCE": hasCalls ? .toolCalls : .stop
            default: .unknown
            }
        return .finished(own, native: reason)
    }

    /// The usage, or nil where nothing is counted.
    ///
    /// `billed_units` is what Cohere charges for: the client's own tokens. `tokens` also counts
    /// Cohere's preambles, and `cached_tokens` is a part of that sum: by the recordings a cache hit
    /// changes nothing in what is billed, so it is no part of a billed usage. Where nothing is
    /// billed, `tokens` is the usage.
    static func usage(_ value: JSONValue?) -> ReportedUsage? {
        guard let value else { return nil }
        var usage = Usage()
        let tokens = value["tokens"]
        let billed = value["billed_units"]
        if let input = count(billed?["input_tokens"]) {
            usage.uncachedInput = input
        } else if let input = count(tokens?["input_tokens"]) {
            usage.cacheRead = count(value["cached_tokens"]).map { min($0, input) }
            usage.uncachedInput = input - (usage.cacheRead ?? 0)
        }
        usage.output = count(billed?["output_tokens"]) ?? count(tokens?["output_tokens"])
        usage.reasoning = count(tokens?["reasoning_tokens"]).map { min($0, usage.output ?? $0) }
        return usage.input == nil && usage.output == nil ? nil : ReportedUsage(usage)
    }

    /// The schema has counts as numbers, so that `12.0` is one too.
    private static func count(_ value: JSONValue?) -> Int? {
        guard let value else { return nil }
        if let number = value.integer { return number >= 0 ? number : nil }
        guard let number = value.decimalText.flatMap(Double.init), number >= 0, number < 1e15
        else { return nil }
        return Int(number)
    }

    /// The ids are Cohere's; where one has none it is made.
    static func callID(_ value: JSONValue?, index: Int, in context: ReplyContext) -> String {
        guard let id = value?["id"]?.string, !id.isEmpty else { return context.toolCallID(index) }
        return id
    }

    /// A call without arguments has none, `""` or `"null"` for them: as JSON that is `{}`.
    static func arguments(_ text: String?) -> String {
        guard let text, text != "null", text.utf8.contains(where: { $0 > 0x20 }) else {
            return "{}"
        }
        return text
    }

    /// OpenAI's `logprobs` for Cohere's, or nil where there are none.
    ///
    /// Cohere tells them of pieces of text. A piece of several tokens is one token here, its log
    /// probability the sum.
    static func logprobs(_ items: [JSONValue]) -> [UInt8]? {
        guard !items.isEmpty else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("content")
        writer.beginArray()
        for item in items {
            let numbers = item["logprobs"]?.elements.compactMap(\.decimalText) ?? []
            let sum = numbers.compactMap(Double.init).reduce(0, +)
            guard numbers.count == 1 || (!numbers.isEmpty && sum.isFinite) else { continue }
            writer.beginObject()
            writer.member("token", item["text"]?.string ?? "")
            writer.member("logprob", decimalText: numbers.count == 1 ? numbers[0] : "\(sum)")
            writer.key("bytes")
            writer.null()
            writer.key("top_logprobs")
            writer.beginArray()
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.key("refusal")
        writer.null()
        writer.endObject()
        return writer.bytes
    }
}
