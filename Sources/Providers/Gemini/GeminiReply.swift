// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Reads answers, whole or piece by piece: a chunk of a stream has the shape of a whole answer.
///
/// Rules:
///  1. A finish reason is told at the end only: some models give one with each chunk, and the last
///     one counts.
///  2. The answer is complete where each candidate has a reason, or the prompt was blocked.
///  3. Code that ran at the provider, and what came out, is told as reasoning: it is no part of
///     the text, and people want to see it.
struct GeminiReply {
    /// The format of reasoning details that are Google's own.
    static let detailFormat = "google-gemini-v1"
    /// The most candidates that an answer can have, by OpenAI's limit of `n`.
    private static let mostCandidates = 128

    private struct Candidate {
        var calls = 0
        var finish: GeminiFinish?
        var citations = GeminiCitations()
    }

    private let context: ReplyContext
    private var candidates: [Int: Candidate] = [:]
    private var block: (reason: String, message: String?)?

    init(in context: ReplyContext) { self.context = context }

    /// Reads the whole body of an answer.
    static func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> TranslatedAnswer {
        let root = try JSONValue(answer: body, of: context.provider)
        var reply = GeminiReply(in: context)
        var deltas: [ChatDelta] = []
        var facts = ReplyFacts()
        for piece in root.kind == .array ? root.elements : [root] {
            try reply.take(piece, deltas: &deltas, facts: &facts)
        }
        guard reply.isComplete else {
            throw UpstreamFailure.malformed(
                "the reply has no candidate with a finish reason", provider: context.provider
            ).having(facts.usage)
        }
        do throws(UpstreamFailure) {
            try reply.finish(deltas: &deltas, facts: &facts)
        } catch {
            throw error.having(facts.usage)
        }
        return try TranslatedAnswer(deltas, facts, in: context)
    }

    /// Whether the answer could end here.
    var isComplete: Bool {
        candidates.isEmpty ? block != nil : candidates.values.allSatisfy { $0.finish != nil }
    }

    /// Reads a chunk, or a whole answer.
    mutating func take(
        _ value: JSONValue, deltas: inout [ChatDelta], facts: inout ReplyFacts
    ) throws(UpstreamFailure) {
        guard value.kind == .object else {
            throw .malformed("an answer is no object", provider: context.provider)
        }
        if let error = value["error"], !error.isNull {
            throw GeminiFailure.reading(error, provider: context.provider)
        }
        facts.id = value["responseId"]?.string ?? facts.id
        facts.model = value["modelVersion"]?.string ?? facts.model
        let usage = value["usageMetadata"]
        facts.serviceTier = GeminiUsage.serviceTier(usage) ?? facts.serviceTier
        // Each chunk repeats the usage so far: the last one counts.
        facts.usage = GeminiUsage.reading(usage) ?? facts.usage
        if let reason = value["promptFeedback"]?["blockReason"], !reason.isNull {
            block = (
                reason.string ?? reason.text,
                value["promptFeedback"]?["blockReasonMessage"]?.string
            )
        }
        for (position, candidate) in (value["candidates"]?.elements ?? []).enumerated() {
            try take(candidate: candidate, position: position, deltas: &deltas)
        }
    }

    /// Nothing follows: tells what was held back.
    mutating func finish(
        deltas: inout [ChatDelta], facts: inout ReplyFacts
    ) throws(UpstreamFailure) {
        guard isComplete else { throw .cutOff(context.provider) }
        if candidates.isEmpty, let block {
            let message = block.message ?? "The prompt was blocked: \(block.reason)."
            deltas.append(ChatDelta(.refusal(message)))
            deltas.append(ChatDelta(.finished(.contentFilter, native: block.reason)))
        }
        var searches: Int?
        for index in candidates.keys.sorted() {
            guard var candidate = candidates[index], let finish = candidate.finish else { continue }
            for annotation in candidate.citations.annotations() {
                deltas.append(ChatDelta(.annotation(annotation), choice: index))
            }
            if let more = candidate.citations.searches {
                searches = (searches ?? 0).addingReportingOverflow(more).partialValue
            }
            guard let reason = finish.reason(calls: candidate.calls > 0) else {
                throw GeminiFailure.ended(
                    with: finish.native, message: finish.message, provider: context.provider)
            }
            if reason == .contentFilter, let message = finish.message {
                deltas.append(ChatDelta(.refusal(message), choice: index))
            }
            deltas.append(ChatDelta(.finished(reason, native: finish.native), choice: index))
        }
        facts.usage?.usage.webSearches = searches
    }

    private mutating func take(
        candidate value: JSONValue, position: Int, deltas: inout [ChatDelta]
    ) throws(UpstreamFailure) {
        let index = value["index"]?.integer ?? position
        guard (0..<Self.mostCandidates).contains(index) else {
            throw .malformed("a candidate has no possible index", provider: context.provider)
        }
        var candidate = candidates.removeValue(forKey: index) ?? Candidate()
        for part in value["content"]?["parts"]?.elements ?? [] {
            try take(part: part, of: &candidate, at: index, deltas: &deltas)
        }
        candidate.citations.take(candidate: value)
        if let logprobs = GeminiLogprobs.object(value["logprobsResult"]) {
            deltas.append(ChatDelta(.logprobs(logprobs), choice: index))
        }
        candidate.finish = GeminiFinish(candidate: value) ?? candidate.finish
        candidates[index] = candidate
    }

    private func take(
        part: JSONValue, of candidate: inout Candidate, at index: Int, deltas: inout [ChatDelta]
    ) throws(UpstreamFailure) {
        let signature = part["thoughtSignature"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        if let call = part["functionCall"], !call.isNull {
            guard let name = call["name"]?.string, !name.isEmpty else {
                throw .malformed("a function call has no name", provider: context.provider)
            }
            let number = candidate.calls
            candidate.calls += 1
            let id = call["id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            let begin = ChatDelta.Kind.toolCall(
                index: number, id: id ?? context.toolCallID(number, choice: index), name: name,
                signature: signature)
            let arguments = call["args"].flatMap { $0.isNull ? nil : $0.text } ?? "{}"
            deltas.append(ChatDelta(begin, choice: index))
            deltas.append(ChatDelta(.toolArguments(index: number, arguments), choice: index))
            return
        }
        let isThought = part["thought"]?.bool == true
        if let text = part["text"]?.string, !text.isEmpty {
            deltas.append(ChatDelta(isThought ? .reasoning(text) : .text(text), choice: index))
            if !isThought { candidate.citations.take(text: text) }
        }
        // Pictures among the thoughts are drafts of the one that follows.
        if !isThought, let media = Self.media(part) {
            deltas.append(ChatDelta(media, choice: index))
        }
        if let code = Self.executed(part) {
            deltas.append(ChatDelta(.reasoning(code), choice: index))
        }
        if let signature {
            let detail = ReasoningDetail(.encrypted(signature), format: Self.detailFormat)
            deltas.append(ChatDelta(.reasoningDetail(detail), choice: index))
        }
    }

    /// A picture, or sound, that the model made.
    private static func media(_ part: JSONValue) -> ChatDelta.Kind? {
        if let uri = part["fileData"]?["fileUri"]?.string { return .image(url: uri) }
        guard let data = part["inlineData"]?["data"]?.string, !data.isEmpty else { return nil }
        let type = part["inlineData"]?["mimeType"]?.string ?? "application/octet-stream"
        if type.hasPrefix("audio/") { return .audio(AudioPiece(base64: data)) }
        return .image(url: "data:\(type);base64,\(data)")
    }

    /// Code that ran, or its output, as Markdown.
    private static func executed(_ part: JSONValue) -> String? {
        if let code = part["executableCode"]?["code"]?.string {
            let language = part["executableCode"]?["language"]?.string ?? ""
            return "```\(language.lowercased())\n\(code)\n```\n"
        }
        guard let result = part["codeExecutionResult"], result.kind == .object else { return nil }
        return "```\n\(result["output"]?.string ?? result["outcome"]?.string ?? "")\n```\n"
    }
}
