// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// The content blocks of one answer, whole or piece by piece, as steps of OpenAI's.
///
/// Rules:
///  1. A block begins, grows and ends. A whole one only begins and ends.
///  2. Calls are counted from 0, without what the provider's own tools did: that is in the text.
///  3. The call of the gateway's own answer tool is the answer's text.
///  4. Arguments are never empty: a call without any has `{}`.
struct AnthropicContent {
    private enum Open {
        case text(begin: Int, citations: [JSONValue])
        /// Its words are in `thoughts`, where they grow in place.
        case thinking
        case call(index: Int, whole: String, hasPieces: Bool)
        case answer(whole: String, hasPieces: Bool)
        case silent
    }

    /// The most that is kept of an answer until its block ends. Units: bytes.
    private static let mostHeld = 16 << 20

    private var open: [Int: Open] = [:]
    private var thoughts: [Int: (text: String, signature: String)] = [:]
    private var callCount = 0
    /// Units: Unicode scalars, by which OpenAI counts the places of annotations.
    private var textLength = 0
    private var heldBytes = 0

    /// Whether a tool of the client's was called.
    var hasCalls: Bool { callCount > 0 }
    /// Whether more is held back than any answer has.
    var holdsTooMuch: Bool { heldBytes > Self.mostHeld }

    mutating func begin(_ index: Int, _ block: JSONValue, _ deltas: inout [ChatDelta]) {
        end(index, &deltas)
        switch block["type"]?.string {
        case "text":
            open[index] = .text(begin: textLength, citations: block["citations"]?.elements ?? [])
            append(text: block["text"]?.string ?? "", &deltas)
        case "thinking":
            let text = block["thinking"]?.string ?? ""
            if !text.isEmpty { deltas.append(ChatDelta(.reasoning(text))) }
            open[index] = .thinking
            thoughts[index] = (text, block["signature"]?.string ?? "")
        case "redacted_thinking":
            guard let data = block["data"]?.string else { break }
            deltas.append(
                ChatDelta(
                    .reasoningDetail(
                        ReasoningDetail(
                            .encrypted(data), format: AnthropicMessages.reasoningFormat))))
            open[index] = .silent
        case "tool_use":
            let name = block["name"]?.string ?? ""
            let input = block["input"].flatMap { $0.isNull ? nil : $0.text } ?? "{}"
            if name == AnswerTool.name {
                open[index] = .answer(whole: input, hasPieces: false)
            } else {
                let id = block["id"]?.string ?? "toolu_\(callCount)"
                deltas.append(ChatDelta(.toolCall(index: callCount, id: id, name: name)))
                open[index] = .call(index: callCount, whole: input, hasPieces: false)
                callCount += 1
            }
        default: open[index] = .silent
        }
    }

    mutating func grow(_ index: Int, _ delta: JSONValue, _ deltas: inout [ChatDelta]) {
        switch (open[index], delta["type"]?.string) {
        case (_, "text_delta"): append(text: delta["text"]?.string ?? "", &deltas)
        case (.thinking, "thinking_delta"):
            let more = delta["thinking"]?.string ?? ""
            heldBytes += more.utf8.count
            if more.isEmpty { return }
            deltas.append(ChatDelta(.reasoning(more)))
            thoughts[index]?.text += more
        case (.thinking, "signature_delta"):
            let more = delta["signature"]?.string ?? ""
            heldBytes += more.utf8.count
            thoughts[index]?.signature += more
        case (.call(let call, let whole, _), "input_json_delta"):
            let more = delta["partial_json"]?.string ?? ""
            if more.isEmpty { return }
            deltas.append(ChatDelta(.toolArguments(index: call, more)))
            open[index] = .call(index: call, whole: whole, hasPieces: true)
        case (.answer(let whole, _), "input_json_delta"):
            let more = delta["partial_json"]?.string ?? ""
            if more.isEmpty { return }
            append(text: more, &deltas)
            open[index] = .answer(whole: whole, hasPieces: true)
        case (.text(let begin, var citations), "citations_delta"):
            guard let citation = delta["citation"] else { return }
            heldBytes += citation.text.utf8.count
            citations.append(citation)
            open[index] = .text(begin: begin, citations: citations)
        default: break
        }
    }

    mutating func end(_ index: Int, _ deltas: inout [ChatDelta]) {
        switch open.removeValue(forKey: index) {
        case .text(let begin, let citations):
            for citation in citations {
                deltas.append(ChatDelta(AnthropicCitation.kind(citation, begin..<textLength)))
            }
        case .thinking:
            guard let (text, signature) = thoughts.removeValue(forKey: index) else { return }
            if text.isEmpty && signature.isEmpty { return }
            let detail = ReasoningDetail(
                .text(text, signature: signature.isEmpty ? nil : signature),
                format: AnthropicMessages.reasoningFormat)
            deltas.append(ChatDelta(.reasoningDetail(detail)))
        case .call(let call, let whole, false):
            deltas.append(ChatDelta(.toolArguments(index: call, whole)))
        case .answer(let whole, false): append(text: whole, &deltas)
        default: break
        }
    }

    /// Ends what is still open, in order.
    mutating func endAll(_ deltas: inout [ChatDelta]) {
        for index in open.keys.sorted() { end(index, &deltas) }
    }

    /// The step that ends the answer.
    ///
    /// `pause_turn` and `model_context_window_exceeded` are answers that are not at their end, for
    /// which OpenAI's word is `length`, as it is for reasons that are not known.
    func finished(_ reason: String) -> ChatDelta {
        let finish: FinishReason
        switch reason {
        case "tool_use": finish = hasCalls ? .toolCalls : .stop
        case "max_tokens", "pause_turn", "model_context_window_exceeded": finish = .length
        case "refusal": finish = .contentFilter
        case "end_turn", "stop_sequence": finish = .stop
        default: finish = .unknown
        }
        return ChatDelta(.finished(finish, native: reason))
    }

    private mutating func append(text: String, _ deltas: inout [ChatDelta]) {
        if text.isEmpty { return }
        textLength += text.unicodeScalars.count
        deltas.append(ChatDelta(.text(text)))
    }
}

/// What the provider says that a text rests on.
enum AnthropicCitation {
    /// Shape: OpenAI's `url_citation`, with the words that are cited as `content`; for a place in
    /// the client's own document `file_citation`, with the place as the provider says it.
    static func kind(_ citation: JSONValue, _ range: Range<Int>) -> ChatDelta.Kind {
        let url = (citation["url"] ?? citation["source"])?.string
        let type = url == nil ? "file_citation" : "url_citation"
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", type)
        writer.key(type)
        writer.beginObject()
        writer.member("start_index", range.lowerBound)
        writer.member("end_index", range.upperBound)
        let title = (citation["title"] ?? citation["document_title"])?.string
        if let url {
            writer.member("url", url)
            writer.member("title", title ?? "")
        } else {
            if let title { writer.member("filename", title) }
            writer.key("location")
            writer.raw(citation)
        }
        if let text = citation["cited_text"]?.string { writer.member("content", text) }
        writer.endObject()
        writer.endObject()
        return url == nil ? .citation(writer.bytes) : .annotation(writer.bytes)
    }
}
