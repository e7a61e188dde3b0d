// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// A streamed answer: `message_start`, blocks that begin, grow and end, `message_delta` with the
/// reason of the end, `message_stop`.
///
/// Rules:
///  1. An event's `type` counts, not its name. Types that are not known are passed over.
///  2. The stream is whole at `message_stop`, or where the body ends well behind a stop reason.
///  3. Some servers answer with a whole message as the only event.
struct AnthropicStream: ChatStreamReader {
    typealias Frames = ServerSentEventFrames

    private let provider: String
    private var document = JSONDocument()
    private var content = AnthropicContent()
    private var usage = AnthropicUsage()
    private var stopReason: String?
    private var refusal: ChatDelta?
    private var isMessage = false
    private(set) var isWhole = false

    init(provider: String) { self.provider = provider }

    mutating func receive(
        name: Span<UInt8>, data: Span<UInt8>, deltas: inout [ChatDelta], facts: inout ReplyFacts
    ) throws(UpstreamFailure) {
        try document.parse(answer: data, of: provider)
        let event = JSONValue(document)
        let index = event["index"]?.integer ?? 0
        switch event["type"]?.string {
        case "message_start":
            let message = event["message"]
            facts.id = message?["id"]?.string ?? facts.id
            facts.model = message?["model"]?.string ?? facts.model
            take(message?["usage"], isBeginning: true, &facts)
        case "content_block_start":
            if let block = event["content_block"] { content.begin(index, block, &deltas) }
        case "content_block_delta":
            if let delta = event["delta"] { content.grow(index, delta, &deltas) }
        case "content_block_stop": content.end(index, &deltas)
        case "message_delta":
            stopReason = event["delta"]?["stop_reason"]?.string ?? stopReason
            refusal = AnthropicReply.refusal(event["delta"]?["stop_details"]) ?? refusal
            take(event["usage"], &facts)
        case "message_stop": isWhole = true
        case "message":
            try AnthropicReply.read(event, deltas: &deltas, facts: &facts, provider: provider)
            isMessage = true
            isWhole = true
        case "error": throw AnthropicFailure.reading(error: event["error"], provider: provider)
        default:
            // Servers between may fail in a shape of their own.
            if let error = event["error"], !error.isNull {
                throw AnthropicFailure.reading(error: error, provider: provider)
            }
        }
        if content.holdsTooMuch {
            throw .malformed("its thinking has no end", provider: provider)
        }
    }

    mutating func finish(
        deltas: inout [ChatDelta], facts: inout ReplyFacts
    ) throws(UpstreamFailure) {
        if isMessage { return }
        guard let stopReason else { throw .cutOff(provider) }
        content.endAll(&deltas)
        if let refusal { deltas.append(refusal) }
        deltas.append(content.finished(stopReason))
    }

    private mutating func take(
        _ told: JSONValue?, isBeginning: Bool = false, _ facts: inout ReplyFacts
    ) {
        usage.take(told, isBeginning: isBeginning)
        facts.usage = usage.reported
        facts.serviceTier = usage.reported?.serviceTier
    }
}
