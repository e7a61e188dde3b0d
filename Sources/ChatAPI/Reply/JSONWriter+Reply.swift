// SPDX-License-Identifier: Apache-2.0
package import JSON

extension JSONWriter {
    /// Writes the members that an answer and each of its chunks begin with.
    mutating func writeReplyHead(
        id: String, object: String, created: Int, model: String, serviceTier: String?
    ) {
        member("id", id)
        member("object", object)
        key("created")
        integer(created)
        member("model", model)
        if let tier = serviceTier.flatMap(Self.openAIServiceTier) { member("service_tier", tier) }
    }

    /// OpenAI's name of a tier; nil where it has none.
    private static func openAIServiceTier(_ name: String) -> String? {
        switch name {
        case "standard": "default"
        case "auto", "default", "flex", "scale", "priority", "fast": name
        default: nil
        }
    }

    /// Writes the member `usage`, where both of its sums are known: absent is not zero.
    ///
    /// Shape: OpenAI's `CompletionUsage`, with `cache_write_tokens` beside `cached_tokens`, and
    /// `cost` in USD, null where it is unknown.
    package mutating func writeUsage(_ usage: Usage, cost: String?) {
        guard let input = usage.input, let output = usage.output else { return }
        key("usage")
        writeUsageObject(usage, input: input, output: output, cost: cost)
    }

    /// Writes a usage as the next value; `null` where one of its sums is not known.
    package mutating func writeUsageValue(_ usage: Usage, cost: String?) {
        guard let input = usage.input, let output = usage.output else { return null() }
        writeUsageObject(usage, input: input, output: output, cost: cost)
    }

    private mutating func writeUsageObject(
        _ usage: Usage, input: Int, output: Int, cost: String?
    ) {
        beginObject()
        member("prompt_tokens", input)
        member("completion_tokens", output)
        member("total_tokens", input.addingReportingOverflow(output).partialValue)
        let written = Self.sum(usage.cacheWrite5m, usage.cacheWrite1h)
        if usage.cacheRead != nil || written != nil || usage.audioInput != nil {
            key("prompt_tokens_details")
            beginObject()
            if let read = usage.cacheRead { member("cached_tokens", read) }
            if let written { member("cache_write_tokens", written) }
            if let audio = usage.audioInput { member("audio_tokens", audio) }
            endObject()
        }
        if usage.reasoning != nil || usage.audioOutput != nil {
            key("completion_tokens_details")
            beginObject()
            if let reasoning = usage.reasoning { member("reasoning_tokens", reasoning) }
            if let audio = usage.audioOutput { member("audio_tokens", audio) }
            endObject()
        }
        if let searches = usage.webSearches {
            key("server_tool_use")
            beginObject()
            member("web_search_requests", searches)
            endObject()
        }
        key("cost")
        if let cost { decimal(cost) } else { null() }
        endObject()
    }

    /// Writes one reasoning detail as the next value. `index` is its place among those of the
    /// answer.
    mutating func write(_ detail: ReasoningDetail, index: Int) {
        beginObject()
        switch detail.kind {
        case .text(let text, let signature):
            member("type", "reasoning.text")
            member("text", text)
            if let signature { member("signature", signature) }
        case .summary(let text):
            member("type", "reasoning.summary")
            member("summary", text)
        case .encrypted(let data):
            member("type", "reasoning.encrypted")
            member("data", data)
        }
        if let id = detail.id { member("id", id) }
        if let format = detail.format { member("format", format) }
        member("index", index)
        endObject()
    }

    /// Writes where a provider's signature of a call goes, as Google's own OpenAI API has it.
    mutating func writeExtraContent(signature: String) {
        key("extra_content")
        beginObject()
        key("google")
        beginObject()
        member("thought_signature", signature)
        endObject()
        endObject()
    }

    /// Writes a member whose value is a string.
    package mutating func member(_ name: String, _ text: String) {
        key(name)
        string(text)
    }

    /// Writes a member whose value is a whole number.
    package mutating func member(_ name: String, _ number: Int) {
        key(name)
        integer(number)
    }

    private static func sum(_ first: Int?, _ second: Int?) -> Int? {
        guard let first else { return second }
        return first.addingReportingOverflow(second ?? 0).partialValue
    }
}
