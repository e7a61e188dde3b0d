// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
package import JSON

/// Reads the `usage` object of the OpenAI dialect, as its many speakers write it.
///
/// Source: OpenAI API reference, `CompletionUsage`; the recordings for what others add.
package struct OpenAIUsage: Sendable, Equatable {
    package var usage: Usage
    /// What the provider says the call cost, as decimal USD text; nil where it does not say.
    package var reportedCost: String?
    /// Whether the object has a member `cost`, which then is left as it is.
    package var hasCost: Bool

    /// The object at `node`, or nil where it is no object (`"usage": null` is common) or counts
    /// nothing that is known here.
    package init?(at node: JSONDocument.Node, of document: borrowing JSONDocument, quirks: Quirks) {
        guard document.kind(of: node) == .object else { return nil }
        func count(_ name: StaticString, in object: JSONDocument.Node?) -> Int? {
            guard let object, let member = document.member(name, of: object) else { return nil }
            return document.integer(member).flatMap { $0 >= 0 ? $0 : nil }
        }
        usage = Usage()
        let inputDetails = document.member("prompt_tokens_details", of: node)
        let outputDetails = document.member("completion_tokens_details", of: node)
        let read =
            count("cached_tokens", in: inputDetails)
            ?? count("prompt_cache_hit_tokens", in: node) ?? count("cached_tokens", in: node)
        let written = count("cache_write_tokens", in: inputDetails)
        if let prompt = count("prompt_tokens", in: node) {
            // A provider that counts cached tokens beside, not inside, must not turn negative.
            usage.uncachedInput = max(0, prompt - (read ?? 0) - (written ?? 0))
        }
        usage.cacheRead = read
        usage.cacheWrite5m = written
        usage.audioInput = count("audio_tokens", in: inputDetails)
        usage.audioOutput = count("audio_tokens", in: outputDetails)
        usage.reasoning =
            count("reasoning_tokens", in: outputDetails) ?? count("reasoning_tokens", in: node)
        if let output = count("completion_tokens", in: node) {
            let outside = quirks.reasoningOutsideOutput ? usage.reasoning ?? 0 : 0
            usage.output = output.addingReportingOverflow(outside).partialValue
        }
        hasCost = document.member("cost", of: node) != nil
        reportedCost = quirks.reportedCost.flatMap { path in
            Self.decimal(at: path, below: node, of: document)
        }
        if usage.input == nil && usage.output == nil { return nil }
    }

    /// The number text at a path of member names, or nil.
    private static func decimal(
        at path: [String], below node: JSONDocument.Node, of document: borrowing JSONDocument
    ) -> String? {
        var current = node
        for name in path {
            guard let next = document.member(name, of: current) else { return nil }
            current = next
        }
        return document.decimalText(current)
    }
}
