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
///  3. An error object ends the stream, whatever comes after it.
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
    /// Choices by index, one bit each; OpenAI allows 128.
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
        return .chunk(readChunk(root))
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

    private mutating func readChunk(_ root: JSONDocument.Node) -> Chunk {
        var chunk = Chunk(commits: false, usage: readUsage(root), isEmpty: true)
        guard let choices = document.member("choices", of: root) else { return chunk }
        var next = document.firstChild(of: choices)
        while let choice = next {
            next = document.nextSibling(of: choice)
            chunk.isEmpty = false
            if readChoice(choice) { chunk.commits = true }
            if let delta = document.member("delta", of: choice),
                let flattened = FlattenedContent(in: delta, of: document)
            {
                chunk.flattened.append(flattened)
            }
            if hasAliases,
                let renamed = RenamedFinishReason(
                    inChoiceAt: choice, of: document, quirks: quirks)
            {
                chunk.renamed.append(renamed)
            }
        }
        return chunk
    }

    /// Most chunks have no usage, or null: found out before the quirks, a dozen references, are
    /// copied for its reading.
    private func readUsage(_ root: JSONDocument.Node) -> OpenAIUsage? {
        guard let node = document.member("usage", of: root), document.kind(of: node) == .object
        else { return nil }
        return OpenAIUsage(
            at: node, of: document, quirks: quirks,
            serviceTier: document.string(document.member("service_tier", of: root)))
    }

    /// Notes the choice's progress; returns whether it carries something to show.
    private mutating func readChoice(_ choice: JSONDocument.Node) -> Bool {
        let index = document.member("index", of: choice).flatMap { document.integer($0) } ?? 0
        let bit = UInt128(1) << UInt128(min(max(index, 0), 127))
        seen |= bit
        var commits = false
        if let reason = document.member("finish_reason", of: choice), !isHollow(reason) {
            finished |= bit
            commits = true
        }
        if let delta = document.member("delta", of: choice) {
            var next = document.firstChild(of: delta)
            while let member = next {
                next = document.nextSibling(of: member)
                if isHollow(member) || document.isString(document.key(of: member), "role") {
                    continue
                }
                contentBytes += document.range(of: member).count
                commits = true
            }
        }
        if let text = document.member("text", of: choice), !isHollow(text) {
            // Together says it a second time, as a delta.
            if !commits { contentBytes += document.range(of: text).count }
            commits = true
        }
        return commits
    }

    /// Null, `""`, `[]` and `{}` say nothing.
    private func isHollow(_ node: JSONDocument.Node) -> Bool {
        switch document.kind(of: node) {
        case .null: true
        case .string: document.range(of: node).count <= 2
        case .array, .object: document.firstChild(of: node) == nil
        case .number, .true, .false: false
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
