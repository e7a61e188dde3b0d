// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// A whole answer of Converse.
///
/// Shape: `{"output":{"message":{"role","content":[…]}},"stopReason","usage",…}`.
enum BedrockReply {
    static func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> TranslatedAnswer {
        let root = try JSONValue(answer: body, of: context.provider)
        guard let message = root["output"]?["message"], message.kind == .object else {
            throw BedrockFailure.insideAnswer(root, provider: context.provider)
        }
        var deltas: [ChatDelta] = []
        var writing = BedrockWriting(in: context)
        for block in message["content"]?.elements ?? [] {
            writing.append(block, to: &deltas)
        }
        var facts = ReplyFacts()
        facts.take(bedrock: root)
        if let reason = root["stopReason"]?.string {
            do throws(UpstreamFailure) {
                deltas.append(try writing.finished(reason))
            } catch {
                throw error.having(facts.usage)
            }
        }
        return try TranslatedAnswer(deltas, facts, in: context)
    }
}

/// What the blocks of an answer, streamed or whole, become.
///
/// Rules:
///  1. A call that Bedrock runs itself (`server_tool_use`) and its result are its own affair: the
///     client is told of the text that comes of them, and of no call to answer.
///  2. The input of the tool that was made of `response_format` is the answer's text.
struct BedrockWriting {
    private let context: ReplyContext
    /// The tag of signed reasoning of this model.
    private let signedFormat: String
    private(set) var callCount = 0
    /// Units: Unicode code points of the answer's text so far.
    private var textLength = 0

    init(in context: ReplyContext) {
        self.context = context
        signedFormat =
            BedrockModel(context.model).family == .claude
            ? BedrockMessages.claudeFormat : BedrockMessages.ownFormat
    }

    /// Appends a whole block.
    mutating func append(_ block: JSONValue, to deltas: inout [ChatDelta]) {
        if let text = block["text"]?.string { append(text: text, to: &deltas) }
        if let use = block["toolUse"] {
            let input = use["input"]?.text ?? "{}"
            switch begin(use, to: &deltas) {
            case .call(let index): deltas.append(ChatDelta(.toolArguments(index: index, input)))
            case .answer: append(text: input, to: &deltas)
            case .ignored: break
            }
        }
        if let reasoning = block["reasoningContent"] {
            let text = reasoning["reasoningText"]?["text"]?.string ?? ""
            if !text.isEmpty { deltas.append(ChatDelta(.reasoning(text))) }
            appendThought(
                text, signature: reasoning["reasoningText"]?["signature"]?.string,
                redacted: reasoning["redactedContent"]?.string, to: &deltas)
        }
        if let cited = block["citationsContent"] {
            let start = textLength
            for piece in cited["content"]?.elements ?? [] {
                append(text: piece["text"]?.string ?? "", to: &deltas)
            }
            append(citations: cited["citations"]?.elements ?? [], from: start, to: &deltas)
        }
        if let image = block["image"], let data = image["source"]?["bytes"]?.string {
            append(image: data, format: image["format"]?.string, to: &deltas)
        }
    }

    /// What the pieces of a tool's input are.
    enum ToolUse {
        case call(index: Int)
        case answer
        case ignored
    }

    /// Begins what a `toolUse` says.
    mutating func begin(_ use: JSONValue, to deltas: inout [ChatDelta]) -> ToolUse {
        if use["type"]?.string == "server_tool_use" { return .ignored }
        let name = use["name"]?.string ?? ""
        if name == AnswerTool.name { return .answer }
        let index = callCount
        callCount += 1
        let given = use["toolUseId"]?.string ?? ""
        let id = given.isEmpty ? context.toolCallID(index) : given
        deltas.append(ChatDelta(.toolCall(index: index, id: id, name: name)))
        return .call(index: index)
    }

    mutating func append(text: String, to deltas: inout [ChatDelta]) {
        guard !text.isEmpty else { return }
        textLength += text.unicodeScalars.count
        deltas.append(ChatDelta(.text(text)))
    }

    /// Appends reasoning in the form that has to return; nothing where none has to.
    func appendThought(
        _ text: String, signature: String?, redacted: String?, to deltas: inout [ChatDelta]
    ) {
        if let signature {
            let detail = ReasoningDetail(.text(text, signature: signature), format: signedFormat)
            deltas.append(ChatDelta(.reasoningDetail(detail)))
        }
        if let redacted {
            let detail = ReasoningDetail(.encrypted(redacted), format: BedrockMessages.ownFormat)
            deltas.append(ChatDelta(.reasoningDetail(detail)))
        }
    }

    func append(image base64: String, format: String?, to deltas: inout [ChatDelta]) {
        let url = "data:image/\(format ?? "png");base64,\(base64)"
        deltas.append(ChatDelta(.image(url: url)))
    }

    /// Where the text that comes next begins. Units: Unicode code points.
    var position: Int { textLength }

    /// Appends citations of the text from `start` on.
    func append(citations: [JSONValue], from start: Int, to deltas: inout [ChatDelta]) {
        for citation in citations {
            let kind = BedrockCitation.kind(citation, start: start, end: textLength)
            deltas.append(ChatDelta(kind))
        }
    }

    /// The end of the answer.
    ///
    /// Throws: where the model's output was of no use: that is no answer.
    func finished(_ native: String) throws(UpstreamFailure) -> ChatDelta {
        let reason: FinishReason
        switch native {
        case "tool_use": reason = callCount > 0 ? .toolCalls : .stop
        case "max_tokens", "model_context_window_exceeded": reason = .length
        case "guardrail_intervened", "content_filtered": reason = .contentFilter
        case "end_turn", "stop_sequence": reason = .stop
        case "malformed_model_output", "malformed_tool_use":
            throw .malformed(
                "the model broke off with \(native)", provider: context.provider)
        default: reason = .unknown
        }
        return ChatDelta(.finished(reason, native: native))
    }
}

/// What a text rests on.
///
/// Shape: OpenAI's `url_citation` where there is an address, with the words that are cited as
/// `content`; and `file_citation` with Bedrock's own location where a document of the request is
/// cited.
enum BedrockCitation {
    static func kind(_ citation: JSONValue, start: Int, end: Int) -> ChatDelta.Kind {
        let location = citation["location"]
        let source = citation["source"]?.string
        let address =
            location?["web"]?["url"]?.string
            ?? source.flatMap { $0.hasPrefix("http") ? $0 : nil }
        let kind = address == nil ? "file_citation" : "url_citation"
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", kind)
        writer.key(kind)
        writer.beginObject()
        writer.member("start_index", start)
        writer.member("end_index", end)
        let title = citation["title"]?.string
        if let address {
            writer.member("url", address)
            writer.member("title", title ?? "")
        } else {
            if let title { writer.member("title", title) }
            if let source { writer.member("source", source) }
            if let location, location.kind == .object {
                writer.key("location")
                writer.raw(location)
            }
        }
        let cited = (citation["sourceContent"]?.elements ?? []).compactMap { $0["text"]?.string }
        if !cited.isEmpty { writer.member("content", cited.joined()) }
        writer.endObject()
        writer.endObject()
        return address == nil ? .citation(writer.bytes) : .annotation(writer.bytes)
    }
}

extension ReplyFacts {
    /// Takes what an answer, or the `metadata` of a stream, says of itself.
    mutating func take(bedrock root: JSONValue) {
        if let routed = root["trace"]?["promptRouter"]?["invokedModelId"]?.string { model = routed }
        if let tier = root["serviceTier"]?["type"]?.string { serviceTier = tier }
        guard let counts = root["usage"], counts.kind == .object else { return }
        func count(_ value: JSONValue?) -> Int? {
            value?.integer.flatMap { $0 >= 0 ? $0 : nil }
        }
        var read = Usage()
        // Recorded: 64 input + 2,492 written + 4 output = 2,560 in all. Input is what is not cached.
        read.uncachedInput = count(counts["inputTokens"])
        read.output = count(counts["outputTokens"])
        read.cacheRead = count(counts["cacheReadInputTokens"])
        read.cacheWrite5m = count(counts["cacheWriteInputTokens"])
        for detail in counts["cacheDetails"]?.elements ?? []
        where detail["ttl"]?.string == "1h" {
            guard let tokens = count(detail["inputTokens"]), let all = read.cacheWrite5m else {
                continue
            }
            let long = min(tokens, all)
            read.cacheWrite1h = (read.cacheWrite1h ?? 0) + long
            read.cacheWrite5m = all - long
        }
        if read.input != nil || read.output != nil {
            usage = ReportedUsage(read, serviceTier: serviceTier)
        }
    }
}
