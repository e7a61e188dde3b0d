// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// Reads Cohere's stream of events.
///
/// Rules:
///  1. `message-end` with a finish reason ends the stream well; a `[DONE]` behind it, which some
///     streams have, says nothing.
///  2. Calls are numbered in the order in which they begin, whatever their index.
///  3. Events of unknown types are passed over.
struct CohereStream: ChatStreamReader {
    typealias Frames = ServerSentEventFrames

    /// A call that has begun and not ended.
    private struct Call {
        var index: Int
        /// The first bytes of the arguments, while they may still turn out to be `null`.
        var held = ""
        var isEmpty = true
    }

    /// More calls, or blocks of content, than any answer has.
    private static let most = 1_024

    private let context: ReplyContext
    private var document = JSONDocument()
    private var calls: [Int: Call] = [:]
    private var callCount = 0
    private var plan = HeldReasoning(format: CohereDialect.planFormat)
    private var thinking = HeldReasoning(format: CohereDialect.thinkingFormat)
    /// Where blocks of content begin in the message's text. Units: Unicode scalars.
    private var starts: [Int: Int] = [:]
    private var length = 0
    private(set) var isWhole = false

    init(in context: ReplyContext) { self.context = context }

    mutating func receive(
        name: Span<UInt8>, data: Span<UInt8>, deltas: inout [ChatDelta], facts: inout ReplyFacts
    ) throws(UpstreamFailure) {
        try document.parse(answer: data, of: context.provider)
        let event = JSONValue(document)
        let delta = event["delta"]
        let message = delta?["message"]
        let type = event["type"]?.string
        if type != "tool-plan-delta", let detail = plan.end() {
            deltas.append(ChatDelta(.reasoningDetail(detail)))
        }
        switch type {
        case "message-start": facts.id = event["id"]?.string
        case "content-start", "content-delta":
            try takeContent(event, message?["content"], isStart: type == "content-start", &deltas)
        case "content-end":
            if let detail = thinking.end() { deltas.append(ChatDelta(.reasoningDetail(detail))) }
        case "tool-plan-delta":
            take(message?["tool_plan"]?.string, to: \.plan, &deltas)
        case "tool-call-start": try beginCall(event, message?["tool_calls"], &deltas)
        case "tool-call-delta":
            let arguments = message?["tool_calls"]?["function"]?["arguments"]?.string
            try takeArguments(event, arguments, &deltas)
        case "tool-call-end": endCall(event["index"]?.integer ?? 0, &deltas)
        case "citation-start": takeCitations(message?["citations"], &deltas)
        case "message-end": try end(delta, &deltas, &facts)
        case nil:
            throw CohereFailure.inside(event, provider: context.provider)
                ?? .malformed("an event has no type", provider: context.provider)
        default: break
        }
    }

    mutating func finish(
        deltas: inout [ChatDelta], facts: inout ReplyFacts
    ) throws(UpstreamFailure) {
        if !isWhole { throw .cutOff(context.provider) }
    }

    private mutating func takeContent(
        _ event: JSONValue, _ content: JSONValue?, isStart: Bool, _ deltas: inout [ChatDelta]
    ) throws(UpstreamFailure) {
        if isStart, let index = event["index"]?.integer {
            guard starts.count < Self.most else { throw tooMany("blocks") }
            starts[index] = length
        }
        take(content?["thinking"]?.string, to: \.thinking, &deltas)
        if let text = content?["text"]?.string, !text.isEmpty {
            deltas.append(ChatDelta(.text(text)))
            length += text.unicodeScalars.count
        }
        guard let logprobs = event["logprobs"] ?? event["delta"]?["logprobs"] else { return }
        let items = logprobs.kind == .array ? logprobs.elements : [logprobs]
        if let told = CohereAnswer.logprobs(items.filter { $0.kind == .object }) {
            deltas.append(ChatDelta(.logprobs(told)))
        }
    }

    private mutating func take(
        _ text: String?, to held: WritableKeyPath<Self, HeldReasoning>,
        _ deltas: inout [ChatDelta]
    ) {
        guard let text, !text.isEmpty else { return }
        deltas.append(ChatDelta(.reasoning(text)))
        if let detail = self[keyPath: held].take(text) {
            deltas.append(ChatDelta(.reasoningDetail(detail)))
        }
    }

    private mutating func beginCall(
        _ event: JSONValue, _ value: JSONValue?, _ deltas: inout [ChatDelta]
    ) throws(UpstreamFailure) {
        guard callCount < Self.most else { throw tooMany("calls") }
        let index = callCount
        callCount += 1
        calls[event["index"]?.integer ?? 0] = Call(index: index)
        let id = CohereAnswer.callID(value, index: index, in: context)
        let name = value?["function"]?["name"]?.string ?? ""
        deltas.append(ChatDelta(.toolCall(index: index, id: id, name: name)))
        try takeArguments(event, value?["function"]?["arguments"]?.string, &deltas)
    }

    private mutating func takeArguments(
        _ event: JSONValue, _ text: String?, _ deltas: inout [ChatDelta]
    ) throws(UpstreamFailure) {
        guard let text, !text.isEmpty else { return }
        let place = event["index"]?.integer ?? 0
        guard var call = calls[place] else {
            throw .malformed("arguments belong to no call", provider: context.provider)
        }
        call.held += text
        if call.isEmpty && ("null".hasPrefix(call.held) || call.held.allSatisfy(\.isWhitespace)) {
            guard call.held.utf8.count <= Self.most else { throw tooMany("blanks") }
        } else {
            deltas.append(ChatDelta(.toolArguments(index: call.index, call.held)))
            call.held = ""
            call.isEmpty = false
        }
        calls[place] = call
    }

    private mutating func endCall(_ place: Int, _ deltas: inout [ChatDelta]) {
        guard let call = calls.removeValue(forKey: place), call.isEmpty else { return }
        let arguments = CohereAnswer.arguments(call.held)
        deltas.append(ChatDelta(.toolArguments(index: call.index, arguments)))
    }

    /// An event has one citation, or, as the schema of whole answers has it, several.
    private func takeCitations(_ value: JSONValue?, _ deltas: inout [ChatDelta]) {
        guard let value else { return }
        for citation in value.kind == .array ? value.elements : [value] {
            let start = starts[citation["content_index"]?.integer ?? 0] ?? 0
            deltas += CohereCitation.kinds(citation, start: start).map { ChatDelta($0) }
        }
    }

    private mutating func end(
        _ delta: JSONValue?, _ deltas: inout [ChatDelta], _ facts: inout ReplyFacts
    ) throws(UpstreamFailure) {
        facts.usage = CohereAnswer.usage(delta?["usage"]) ?? facts.usage
        guard let reason = delta?["finish_reason"]?.string else {
            throw .malformed("the message ends without a reason", provider: context.provider)
        }
        if let failure = CohereFailure.finished(
            reason, message: delta?["error"]?.string, type: delta?["error_type"]?.string,
            provider: context.provider)
        {
            throw failure
        }
        if let detail = thinking.end() { deltas.append(ChatDelta(.reasoningDetail(detail))) }
        for place in calls.keys.sorted() { endCall(place, &deltas) }
        deltas.append(ChatDelta(CohereAnswer.finish(reason, hasCalls: callCount > 0)))
        isWhole = true
    }

    private func tooMany(_ what: String) -> UpstreamFailure {
        .malformed("the answer has too many \(what)", provider: context.provider)
    }
}
