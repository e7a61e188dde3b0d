// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import JSON

/// The life of one streamed answer in the OpenAI dialect: what each event means, and whether the
/// stream ended whole.
///
/// Rules:
///  1. Whole means: every choice that appeared has a finish reason, and the transfer ended well.
///     `[DONE]` alone proves nothing, and its absence disproves nothing (several never send it).
///  2. Content is any member of a delta, other than its role, that is not empty.
///  3. An error object ends the stream, whatever comes after it, and so does the finish reason
///     `error`.
///  4. A choice has an index below 128, which are all that OpenAI allows.
package struct OpenAIStream: ~Copyable {
    /// What one event is.
    package enum Event {
        case chunk(Chunk)
        /// The provider's `[DONE]`.
        case done
        case failed(UpstreamFailure)
    }

    /// What is known of one chunk.
    package struct Chunk {
        /// Whether the client must see it now: content, or a finish reason.
        package var commits: Bool
        package var usage: OpenAIUsage?
        /// Whether it has no choices: usage alone, or a provider's preamble.
        package var isEmpty: Bool
        /// Finish reasons that are not in OpenAI's words.
        package var renamed: [RenamedFinishReason] = []
        /// Contents that came as parts.
        package var flattened: [FlattenedContent] = []
    }

    private let provider: String
    private let quirks: Quirks
    /// Whether the vendor has finish reasons of its own: most have none.
    private let hasAliases: Bool
    private var document = JSONDocument()
    /// Choices by index, one bit each.
    private var seen: UInt128 = 0
    private var finished: UInt128 = 0
    private var isDone = false

    /// Units: bytes of generated text so far, still escaped; for estimates.
    package private(set) var contentBytes = 0

    package init(provider: String, quirks: Quirks) {
        self.provider = provider
        self.quirks = quirks
        hasAliases = !quirks.finishReasonAliases.isEmpty
    }

    /// Reads the data of one event.
    package mutating func receive(_ data: Span<UInt8>) -> Event {
        if Self.isDoneMarker(data) {
            isDone = true
            return .done
        }
        do throws(JSONError) {
            try document.parse(data)
        } catch {
            return .failed(.unreadable(error, provider: provider))
        }
        let root = document.root
        guard document.kind(of: root) == .object else {
            return .failed(UpstreamFailure.malformed("a chunk is no object", provider: provider))
        }
        if let error = document.member("error", of: root), !document.isNull(error) {
            return .failed(OpenAIFailure.reading(error: error, of: document, provider: provider))
        }
        var chunk = Chunk(
            commits: false,
            usage: OpenAIUsage(inReplyAt: root, of: document, quirks: quirks), isEmpty: true)
        if let failure = readChoices(of: root, into: &chunk) {
            return .failed(failure.having(chunk.usage?.reported))
        }
        return .chunk(chunk)
    }

    /// Tells whether the stream is whole, now that the transfer has ended well.
    package borrowing func finish() -> UpstreamFailure? {
        if seen != 0 && seen == finished { return nil }
        if isDone && quirks.mayOmitFinishReason { return nil }
        if isDone {
            return UpstreamFailure.malformed(
                "the stream ended with [DONE] but without a finish reason", provider: provider)
        }
        return .cutOff(provider)
    }

    private mutating func readChoices(
        of root: JSONDocument.Node, into chunk: inout Chunk
    ) -> UpstreamFailure? {
        guard let choices = document.member("choices", of: root) else { return nil }
        var next = document.firstChild(of: choices)
        while let choice = next {
            next = document.nextSibling(of: choice)
            chunk.isEmpty = false
            if let failure = readChoice(choice, into: &chunk) { return failure }
        }
        return nil
    }

    /// Notes the choice's progress, and whether it carries something to show.
    private mutating func readChoice(
        _ choice: JSONDocument.Node, into chunk: inout Chunk
    ) -> UpstreamFailure? {
        let index = document.member("index", of: choice).flatMap { document.integer($0) } ?? 0
        guard index >= 0, index < 128 else {
            return .malformed("a choice has the index \(index)", provider: provider)
        }
        let bit = UInt128(1) << UInt128(index)
        seen |= bit
        if let reason = document.member("finish_reason", of: choice), !document.isHollow(reason) {
            if document.isString(reason, "error") {
                return OpenAIFailure.reading(choice: choice, of: document, provider: provider)
            }
            finished |= bit
            chunk.commits = true
            if hasAliases,
                let renamed = RenamedFinishReason(
                    reason, ofChoiceAt: choice, of: document, aliases: quirks.finishReasonAliases)
            {
                chunk.renamed.append(renamed)
            }
        }
        let said = contentBytes
        if let delta = document.member("delta", of: choice) { readDelta(delta, into: &chunk) }
        if let text = document.member("text", of: choice), !document.isHollow(text) {
            // Together says it a second time, as a delta.
            if contentBytes == said { contentBytes += document.range(of: text).count }
            chunk.commits = true
        }
        return nil
    }

    private mutating func readDelta(_ delta: JSONDocument.Node, into chunk: inout Chunk) {
        var next = document.firstChild(of: delta)
        while let member = next {
            next = document.nextSibling(of: member)
            let key = document.key(of: member)
            if document.kind(of: member) == .array, document.isString(key, "content"),
                let flattened = FlattenedContent(in: delta, of: document)
            {
                chunk.flattened.append(flattened)
            }
            if document.isHollow(member) || document.isString(key, "role") { continue }
            contentBytes += document.range(of: member).count
            chunk.commits = true
        }
    }

    /// `[DONE]`, with any white space around it.
    private static func isDoneMarker(_ data: Span<UInt8>) -> Bool {
        guard data.count >= 6, data.count <= 16 else { return false }
        var start = 0
        while start < data.count && data[start] <= 0x20 { start += 1 }
        var end = data.count
        while end > start && data[end - 1] <= 0x20 { end -= 1 }
        guard end - start == 6 else { return false }
        return data[start] == UInt8(ascii: "[") && data[start + 1] == UInt8(ascii: "D")
            && data[start + 2] == UInt8(ascii: "O") && data[start + 3] == UInt8(ascii: "N")
            && data[start + 4] == UInt8(ascii: "E") && data[start + 5] == UInt8(ascii: "]")
    }
}
