// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// What whole answers of Ollama and the lines of its streams have in common: they are the same
/// object, whose texts are pieces where `done` is false. What follows a prompt stands in that object
/// itself, as `response`; what answers a conversation in its `message`.
struct OllamaAnswer {
    /// More calls than any answer has.
    private static let mostCalls = 1_024

    private let context: ReplyContext
    private var calls = 0
    private var thinking = HeldReasoning(format: OllamaDialect.thinkingFormat)
    /// Whether the answer has said that it is done.
    private(set) var isDone = false

    /// Nothing is read so far.
    init(in context: ReplyContext) { self.context = context }

    /// Reads the next object.
    ///
    /// Throws: the failure that it tells, or `malformed`.
    mutating func take(
        _ value: JSONValue, _ deltas: inout [ChatDelta], _ facts: inout ReplyFacts
    ) throws(UpstreamFailure) {
        if let failure = OllamaFailure.inside(value, provider: context.provider) { throw failure }
        let isChat = context.operation == .chat
        guard value.kind == .object,
            value[isChat ? "message" : "response"] != nil || value["done"]?.bool == true
        else {
            throw .malformed("there is no message", provider: context.provider)
        }
        facts.model = value["model"]?.string ?? facts.model
        guard isChat else { return takeText(value, &deltas, &facts) }
        try takeMessage(value["message"], &deltas)
        if let logprobs = Self.logprobs(value["logprobs"]) {
            deltas.append(ChatDelta(.logprobs(logprobs)))
        }
        guard value["done"]?.bool == true else { return }
        endThinking(&deltas)
        end(value, &deltas, &facts)
    }

    private mutating func takeText(
        _ value: JSONValue, _ deltas: inout [ChatDelta], _ facts: inout ReplyFacts
    ) {
        if let text = value["thinking"]?.string, !text.isEmpty {
            deltas.append(ChatDelta(.reasoning(text)))
        }
        if let text = value["response"]?.string, !text.isEmpty {
            deltas.append(ChatDelta(.text(text)))
        }
        if value["done"]?.bool == true { end(value, &deltas, &facts) }
    }

    private mutating func end(
        _ value: JSONValue, _ deltas: inout [ChatDelta], _ facts: inout ReplyFacts
    ) {
        facts.usage = Self.usage(value)
        deltas.append(ChatDelta(finish(value["done_reason"]?.string)))
        isDone = true
    }

    private mutating func takeMessage(
        _ message: JSONValue?, _ deltas: inout [ChatDelta]
    ) throws(UpstreamFailure) {
        if let text = message?["thinking"]?.string, !text.isEmpty {
            deltas.append(ChatDelta(.reasoning(text)))
            if let detail = thinking.take(text) {
                deltas.append(ChatDelta(.reasoningDetail(detail)))
            }
        }
        if let text = message?["content"]?.string, !text.isEmpty {
            endThinking(&deltas)
            deltas.append(ChatDelta(.text(text)))
        }
        for image in message?["images"]?.elements.compactMap(\.string) ?? [] {
            deltas.append(ChatDelta(.image(url: "data:image/png;base64,\(image)")))
        }
        for call in message?["tool_calls"]?.elements ?? [] {
            endThinking(&deltas)
            guard calls < Self.mostCalls else {
                throw .malformed("the answer has too many calls", provider: context.provider)
            }
            let id = call["id"]?.string ?? ""
            let function = call["function"]
            let kind = ChatDelta.Kind.toolCall(
                index: calls, id: id.isEmpty ? context.toolCallID(calls) : id,
                name: function?["name"]?.string ?? "")
            deltas.append(ChatDelta(kind))
            let arguments = Self.arguments(function?["arguments"])
            deltas.append(ChatDelta(.toolArguments(index: calls, arguments)))
            calls += 1
        }
    }

    private mutating func endThinking(_ deltas: inout [ChatDelta]) {
        if let detail = thinking.end() { deltas.append(ChatDelta(.reasoningDetail(detail))) }
    }

    /// Arguments are an object, which becomes its text.
    private static func arguments(_ value: JSONValue?) -> String {
        guard let value, !value.isNull else { return "{}" }
        return value.string ?? value.text
    }

    /// `load` and `unload` end an answer to no message. Old servers give no reason.
    private func finish(_ reason: String?) -> ChatDelta.Kind {
        let own: FinishReason =
            switch reason {
            case "length": .length
            case "stop", "load", "unload", nil: calls > 0 ? .toolCalls : .stop
            default: .unknown
            }
        return .finished(own, native: reason ?? "done")
    }

    /// Old servers leave the count of a prompt out that they had in their cache: it is unknown.
    static func usage(_ value: JSONValue) -> ReportedUsage? {
        func count(_ name: String) -> Int? { value[name]?.integer.flatMap { $0 >= 0 ? $0 : nil } }
        var usage = Usage()
        usage.uncachedInput = count("prompt_eval_count")
        usage.output = count("eval_count")
        return usage.input == nil && usage.output == nil ? nil : ReportedUsage(usage)
    }

    /// Ollama's list is what OpenAI has under `content`.
    private static func logprobs(_ value: JSONValue?) -> [UInt8]? {
        guard let value, value.kind == .array, !value.elements.isEmpty else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("content")
        writer.beginArray()
        for item in value.elements where item["logprob"]?.decimalText != nil {
            write(item, to: &writer) { writer in
                writer.key("top_logprobs")
                writer.beginArray()
                for other in item["top_logprobs"]?.elements ?? []
                where other["logprob"]?.decimalText != nil {
                    write(other, to: &writer) { _ in }
                }
                writer.endArray()
            }
        }
        writer.endArray()
        writer.key("refusal")
        writer.null()
        writer.endObject()
        return writer.bytes
    }

    private static func write(
        _ item: JSONValue, to writer: inout JSONWriter, _ rest: (inout JSONWriter) -> Void
    ) {
        writer.beginObject()
        writer.member("token", item["token"]?.string ?? "")
        writer.member("logprob", decimalText: item["logprob"]?.decimalText)
        writer.key("bytes")
        if let bytes = item["bytes"], bytes.kind == .array {
            writer.raw(bytes)
        } else {
            writer.null()
        }
        rest(&writer)
        writer.endObject()
    }
}
