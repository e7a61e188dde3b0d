// SPDX-License-Identifier: Apache-2.0
import JSON

/// Gathers the steps of a whole answer into OpenAI's `chat.completion` or `text_completion`.
package struct ChatCompletionWriter: Sendable {
    /// What one choice consists of.
    fileprivate struct Choice: Sendable {
        var text: String?
        var refusal: String?
        var reasoning = ""
        var details: [ReasoningDetail] = []
        var calls: [ChatToolCall] = []
        var annotations: [[UInt8]] = []
        var citations: [[UInt8]] = []
        var images: [String] = []
        var audio: AudioPiece?
        var logprobs: [UInt8]?
        var finish: (reason: FinishReason, native: String)?
    }

    private let created: Int
    private let fallbackID: String
    private let fallbackModel: String
    private let operation: CallOperation
    /// What the answer says of itself.
    package var facts = ReplyFacts()
    private var choices: [Int: Choice] = [:]

    /// Parameters: as those of `ChatChunkWriter`.
    package init(id: String, model: String, created: Int, operation: CallOperation = .chat) {
        fallbackID = id
        self.operation = operation
        fallbackModel = model
        self.created = created
    }

    /// Whether there is at least one choice, and each has a finish reason.
    package var isComplete: Bool {
        !choices.isEmpty && choices.values.allSatisfy { $0.finish != nil }
    }

    /// Units: bytes of generated text; for estimates.
    package var contentBytes: Int {
        choices.values.reduce(0) { sum, choice in
            sum + (choice.text?.utf8.count ?? 0) + choice.reasoning.utf8.count
                + choice.calls.reduce(0) { $0 + $1.name.utf8.count + $1.arguments.utf8.count }
        }
    }

    /// Takes the next step.
    package mutating func take(_ delta: ChatDelta) {
        var choice = choices.removeValue(forKey: delta.choice) ?? Choice()
        choice.take(delta.kind)
        choices[delta.choice] = choice
    }

    /// The JSON of the answer.
    ///
    /// - Parameter cost: USD in decimal, or nil where it is unknown.
    package func body(cost: String?) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.writeReplyHead(
            id: facts.id ?? fallbackID, object: operation.answerObject, created: created,
            model: facts.model ?? fallbackModel, serviceTier: facts.serviceTier)
        writer.key("choices")
        writer.beginArray()
        for (index, choice) in choices.sorted(by: { $0.key < $1.key }) {
            choice.write(to: &writer, index: index, isText: operation == .completions)
        }
        writer.endArray()
        if let usage = facts.usage { writer.writeUsage(usage.usage, cost: cost) }
        writer.endObject()
        return writer.bytes
    }
}

extension ChatCompletionWriter.Choice {
    fileprivate mutating func take(_ kind: ChatDelta.Kind) {
        switch kind {
        case .text(let more): text.append(more)
        case .refusal(let more): refusal.append(more)
        case .reasoning(let more): reasoning += more
        case .reasoningDetail(let detail): details.append(detail)
        case .toolCall(_, let id, let name, let signature):
            calls.append(
                ChatToolCall(id: id, name: name, arguments: "", path: "", signature: signature))
        case .toolArguments(let index, let more):
            guard calls.indices.contains(index) else { return }
            calls[index].arguments += more
        case .annotation(let annotation): annotations.append(annotation)
        case .citation(let citation): citations.append(citation)
        case .image(let url): images.append(url)
        case .audio(let piece):
            if audio == nil { audio = AudioPiece() }
            if let id = piece.id { audio?.id = id }
            if let more = piece.base64 { audio?.base64.append(more) }
            if let more = piece.transcript { audio?.transcript.append(more) }
        case .logprobs(let logprobs): self.logprobs = logprobs
        case .finished(let reason, let native): finish = (reason, native)
        }
    }

    fileprivate func write(to writer: inout JSONWriter, index: Int, isText: Bool) {
        writer.beginObject()
        writer.member("index", index)
        if isText {
            writer.member("text", text ?? "")
            if !reasoning.isEmpty { writer.member("reasoning_content", reasoning) }
        } else {
            writeMessage(to: &writer)
        }
        writer.key("logprobs")
        if let logprobs { writer.raw(logprobs) } else { writer.null() }
        writer.key("finish_reason")
        if let finish {
            writer.string(finish.reason.rawValue)
            writer.member("native_finish_reason", finish.native)
        } else {
            writer.null()
        }
        writer.endObject()
    }

    private func writeMessage(to writer: inout JSONWriter) {
        writer.key("message")
        writer.beginObject()
        writer.member("role", "assistant")
        writer.key("content")
        if let text { writer.string(text) } else { writer.null() }
        writer.key("refusal")
        if let refusal { writer.string(refusal) } else { writer.null() }
        if !reasoning.isEmpty { writer.member("reasoning_content", reasoning) }
        writeDetails(to: &writer)
        writeCalls(to: &writer)
        writeList("annotations", annotations, to: &writer) { $0.raw($1) }
        writeList("citations", citations, to: &writer) { $0.raw($1) }
        writeList("images", images, to: &writer) { $0.writeImage($1) }
        if let audio {
            writer.key("audio")
            writer.write(audio)
        }
        writer.endObject()
    }

    private func writeDetails(to writer: inout JSONWriter) {
        guard !details.isEmpty else { return }
        writer.key("reasoning_details")
        writer.beginArray()
        for (index, detail) in details.enumerated() { writer.write(detail, index: index) }
        writer.endArray()
    }

    private func writeCalls(to writer: inout JSONWriter) {
        writeList("tool_calls", calls, to: &writer) { writer, call in
            writer.beginObject()
            writer.member("id", call.id)
            writer.member("type", "function")
            writer.key("function")
            writer.beginObject()
            writer.member("name", call.name)
            writer.member("arguments", call.arguments)
            writer.endObject()
            if let signature = call.signature { writer.writeExtraContent(signature: signature) }
            writer.endObject()
        }
    }

    private func writeList<Element>(
        _ name: String, _ list: [Element], to writer: inout JSONWriter,
        _ write: (inout JSONWriter, Element) -> Void
    ) {
        guard !list.isEmpty else { return }
        writer.key(name)
        writer.beginArray()
        for element in list { write(&writer, element) }
        writer.endArray()
    }
}

extension String? {
    /// Appends in place: a text of many pieces is not copied for each.
    fileprivate mutating func append(_ more: String) {
        if self == nil { self = more } else { self?.append(more) }
    }
}
