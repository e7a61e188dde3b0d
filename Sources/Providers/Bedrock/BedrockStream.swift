// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// A streamed answer of Converse.
///
/// Shape: `messageStart`, for each block `contentBlockStart` (of tools only), `contentBlockDelta`s
/// and `contentBlockStop`, then `messageStop` with the reason, and `metadata` with the usage.
///
/// Rules:
///  1. Usage comes behind `messageStop`: the stream is whole with the end of the transfer behind it.
///  2. Events that are not known are passed over; what comes as no event is a failure.
struct BedrockStream: ChatStreamReader {
    typealias Frames = AWSEventStreamFrames

    /// A block that has begun and not ended.
    private struct Block {
        var tool: BedrockWriting.ToolUse?
        /// Where its text begins.
        var start: Int
        var thought = ""
        var signature: String?
        var redacted: String?
        var citations: [JSONValue] = []
        var image = ""
        var imageFormat: String?
    }

    /// More than any answer has at once.
    private static let mostOpenBlocks = 256
    /// How much is kept for the ends of blocks. Units: bytes of events.
    private static let mostKept = 64 << 20

    private let provider: String
    private var writing: BedrockWriting
    private var blocks: [Int: Block] = [:]
    private var isStopped = false
    private var keptBytes = 0
    private var document = JSONDocument()

    /// Usage follows the end of the message, and nothing says that nothing follows it.
    let isWhole = false

    init(in context: ReplyContext) {
        provider = context.provider
        writing = BedrockWriting(in: context)
    }

    mutating func receive(
        name: Span<UInt8>, data: Span<UInt8>, deltas: inout [ChatDelta], facts: inout ReplyFacts
    ) throws(UpstreamFailure) {
        let event = String(decoding: name.indices.map { name[$0] }, as: UTF8.self)
        if let failure = BedrockFailure.inStream(event, data, provider: provider) { throw failure }
        try document.parse(answer: data, of: provider)
        let value = JSONValue(document)
        switch event {
        case "contentBlockStart": try start(value, &deltas)
        case "contentBlockDelta": try take(value, &deltas)
        case "contentBlockStop":
            if let index = value["contentBlockIndex"]?.integer { stop(index, &deltas) }
        case "messageStop":
            guard let reason = value["stopReason"]?.string else {
                throw .malformed("messageStop has no stopReason", provider: provider)
            }
            for index in blocks.keys.sorted() { stop(index, &deltas) }
            guard !isStopped else { return }
            deltas.append(try writing.finished(reason))
            isStopped = true
        case "metadata": facts.take(bedrock: value)
        case "": throw .malformed("an event has no type", provider: provider)
        default: break
        }
    }

    mutating func finish(
        deltas: inout [ChatDelta], facts: inout ReplyFacts
    ) throws(UpstreamFailure) {
        guard isStopped else { throw .cutOff(provider) }
    }

    private mutating func start(
        _ value: JSONValue, _ deltas: inout [ChatDelta]
    ) throws(UpstreamFailure) {
        try change(value) { block, writing in
            let start = value["start"]
            if let use = start?["toolUse"] {
                block.tool = writing.begin(use, to: &deltas)
            } else if let image = start?["image"] {
                block.imageFormat = image["format"]?.string
            }
        }
    }

    private mutating func take(
        _ value: JSONValue, _ deltas: inout [ChatDelta]
    ) throws(UpstreamFailure) {
        guard let delta = value["delta"] else {
            throw .malformed("contentBlockDelta has no delta", provider: provider)
        }
        if delta["text"] == nil && delta["toolUse"] == nil {
            keptBytes += value.document.source.count
            guard keptBytes <= Self.mostKept else {
                throw .malformed("its reasoning has no end", provider: provider)
            }
        }
        var isLost = false
        try change(value) { block, writing in
            if let text = delta["text"]?.string { writing.append(text: text, to: &deltas) }
            if let input = delta["toolUse"]?["input"]?.string {
                switch block.tool {
                case .call(let index):
                    deltas.append(ChatDelta(.toolArguments(index: index, input)))
                case .answer: writing.append(text: input, to: &deltas)
                case .ignored: break
                case nil: isLost = true
                }
            }
            if let reasoning = delta["reasoningContent"] {
                if let text = reasoning["text"]?.string, !text.isEmpty {
                    block.thought += text
                    deltas.append(ChatDelta(.reasoning(text)))
                }
                if let more = reasoning["signature"]?.string {
                    block.signature = (block.signature ?? "") + more
                }
                if let more = reasoning["redactedContent"]?.string {
                    block.redacted = (block.redacted ?? "") + more
                }
            }
            if let citation = delta["citation"] {
                block.citations.append(citation)
            }
            if let data = delta["image"]?["source"]?["bytes"]?.string { block.image += data }
        }
        if isLost { throw .malformed("a tool's input came before its name", provider: provider) }
    }

    private mutating func stop(_ index: Int, _ deltas: inout [ChatDelta]) {
        guard let block = blocks.removeValue(forKey: index) else { return }
        writing.appendThought(
            block.thought, signature: block.signature, redacted: block.redacted, to: &deltas)
        writing.append(citations: block.citations, from: block.start, to: &deltas)
        if !block.image.isEmpty {
            writing.append(image: block.image, format: block.imageFormat, to: &deltas)
        }
    }

    /// Changes the block that `value` belongs to, which begins where it is not known yet.
    private mutating func change(
        _ value: JSONValue, _ body: (inout Block, inout BedrockWriting) -> Void
    ) throws(UpstreamFailure) {
        guard let index = value["contentBlockIndex"]?.integer else {
            throw .malformed("an event has no contentBlockIndex", provider: provider)
        }
        var block = blocks.removeValue(forKey: index) ?? Block(start: writing.position)
        guard blocks.count < Self.mostOpenBlocks else {
            throw .malformed("too many blocks are open", provider: provider)
        }
        body(&block, &writing)
        blocks[index] = block
    }
}
