// SPDX-License-Identifier: Apache-2.0
import JSON

/// Writes the steps of an answer as OpenAI's `chat.completion.chunk`s, or as the pieces of its
/// `text_completion`.
///
/// Rules:
///  1. The first chunk of a choice says its role.
///  2. A chunk holds one step, but for a finish reason, which may follow the last one.
///  3. Usage is a chunk of its own, without choices, and comes last.
package struct ChatChunkWriter: Sendable {
    private let created: Int
    private let fallbackID: String
    private let fallbackModel: String
    private let operation: CallOperation
    /// What the answer has said of itself so far.
    package var facts = ReplyFacts()
    private var begun: Set<Int> = []
    private var reasoningIndex: [Int: Int] = [:]
    private var writer = JSONWriter()

    /// - Parameters:
    ///   - id: for answers without an id of their own.
    ///   - model: for answers that do not name theirs.
    ///   - created: seconds since 1970.
    ///   - operation: what is answered to.
    package init(id: String, model: String, created: Int, operation: CallOperation = .chat) {
        fallbackID = id
        self.operation = operation
        fallbackModel = model
        self.created = created
    }

    /// The JSON of the chunk for one step. Valid until the next call.
    package mutating func chunk(_ delta: ChatDelta) -> [UInt8] {
        begin()
        writer.key("choices")
        writer.beginArray()
        writer.beginObject()
        writer.member("index", delta.choice)
        if operation == .completions {
            writeText(delta)
        } else {
            writer.key("delta")
            writer.beginObject()
            if begun.insert(delta.choice).inserted { writer.member("role", "assistant") }
            write(delta)
            writer.endObject()
        }
        if case .logprobs(let logprobs) = delta.kind {
            writer.key("logprobs")
            writer.raw(logprobs)
        }
        writer.key("finish_reason")
        if case .finished(let reason, let native) = delta.kind {
            writer.string(reason.rawValue)
            writer.member("native_finish_reason", native)
        } else {
            writer.null()
        }
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// The JSON of the chunk that reports the usage.
    ///
    /// - Parameter cost: USD in decimal, or nil where it is unknown.
    package mutating func usageChunk(_ usage: Usage, cost: String?) -> [UInt8] {
        begin()
        writer.key("choices")
        writer.beginArray()
        writer.endArray()
        writer.writeUsage(usage, cost: cost)
        writer.endObject()
        return writer.bytes
    }

    private mutating func begin() {
        writer.removeAll()
        writer.beginObject()
        writer.writeReplyHead(
            id: facts.id ?? fallbackID, object: operation.chunkObject, created: created,
            model: facts.model ?? fallbackModel, serviceTier: facts.serviceTier)
    }

    private mutating func writeText(_ delta: ChatDelta) {
        var said = ""
        if case .text(let text) = delta.kind { said = text }
        writer.member("text", said)
        if case .reasoning(let text) = delta.kind { writer.member("reasoning_content", text) }
        writer.key("logprobs")
        writer.null()
    }

    private mutating func write(_ delta: ChatDelta) {
        switch delta.kind {
        case .text(let text): writer.member("content", text)
        case .refusal(let text): writer.member("refusal", text)
        case .reasoning(let text): writer.member("reasoning_content", text)
        case .reasoningDetail(let detail):
            let index = reasoningIndex[delta.choice, default: 0]
            reasoningIndex[delta.choice] = index + 1
            writer.key("reasoning_details")
            writer.beginArray()
            writer.write(detail, index: index)
            writer.endArray()
        case .toolCall(let index, let id, let name, let signature):
            beginToolCall(index)
            writer.member("id", id)
            writer.member("type", "function")
            writeFunction(name: name, arguments: "")
            if let signature { writer.writeExtraContent(signature: signature) }
            endToolCall()
        case .toolArguments(let index, let text):
            beginToolCall(index)
            writeFunction(name: nil, arguments: text)
            endToolCall()
        case .annotation(let annotation): writer.list("annotations", of: annotation)
        case .citation(let citation): writer.list("citations", of: citation)
        case .image(let url):
            writer.key("images")
            writer.beginArray()
            writer.writeImage(url)
            writer.endArray()
        case .audio(let piece):
            writer.key("audio")
            writer.write(piece)
        case .logprobs, .finished: break
        }
    }

    private mutating func beginToolCall(_ index: Int) {
        writer.key("tool_calls")
        writer.beginArray()
        writer.beginObject()
        writer.member("index", index)
    }

    private mutating func writeFunction(name: String?, arguments: String) {
        writer.key("function")
        writer.beginObject()
        if let name { writer.member("name", name) }
        writer.member("arguments", arguments)
        writer.endObject()
    }

    private mutating func endToolCall() {
        writer.endObject()
        writer.endArray()
    }
}

extension JSONWriter {
    /// Writes a picture as the next value, as OpenRouter has it.
    mutating func writeImage(_ url: String) {
        beginObject()
        member("type", "image_url")
        key("image_url")
        beginObject()
        member("url", url)
        endObject()
        endObject()
    }

    /// Writes a member whose value is an array of one element.
    fileprivate mutating func list(_ name: String, of element: [UInt8]) {
        key(name)
        beginArray()
        raw(element)
        endArray()
    }

    /// Writes spoken words as the next value.
    mutating func write(_ piece: AudioPiece) {
        beginObject()
        if let id = piece.id { member("id", id) }
        if let data = piece.base64 { member("data", data) }
        if let transcript = piece.transcript { member("transcript", transcript) }
        endObject()
    }
}
