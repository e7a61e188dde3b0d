// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
package import JSON
import Wire

/// Reads the `usage` object of the OpenAI dialect, as its many speakers write it.
///
/// Source: OpenAI API reference, `CompletionUsage`; the recordings for what others add.
package struct OpenAIUsage: Sendable, Equatable {
    package var reported: ReportedUsage
    /// Whether the object has a member `cost`, which then is left as it is.
    package var hasCost: Bool
    /// Where the object lies in the bytes of the reply.
    package var range: Range<Int>

    init(reported: ReportedUsage, hasCost: Bool, range: Range<Int>) {
        self.reported = reported
        self.hasCost = hasCost
        self.range = range
    }

    /// The usage of the reply or chunk at `root`, or nil where it has none (`"usage": null` is
    /// common) or one that counts nothing that is known here.
    ///
    /// - Parameter quirks: a dozen references, not copied for the many chunks that have none.
    package init?(
        inReplyAt root: JSONDocument.Node, of document: borrowing JSONDocument,
        quirks: @autoclosure () -> Quirks
    ) {
        guard let node = document.member("usage", of: root), document.kind(of: node) == .object
        else { return nil }
        self.init(
            at: node, of: document, quirks: quirks(),
            serviceTier: document.string(document.member("service_tier", of: root)))
    }

    /// The usage that is the value at `node`, or nil where it counts nothing that is known here.
    package init?(
        at node: JSONDocument.Node, of document: borrowing JSONDocument, quirks: Quirks,
        serviceTier: String? = nil
    ) {
        guard document.kind(of: node) == .object else { return nil }
        range = document.range(of: node)
        func count(_ name: String, in object: JSONDocument.Node?) -> Int? {
            Self.count(name, in: object, of: document)
        }
        var usage = Usage()
        let inputDetails = document.member("prompt_tokens_details", of: node)
        let outputDetails = document.member("completion_tokens_details", of: node)
        var read =
            count("cached_tokens", in: inputDetails)
            ?? count("prompt_cache_hit_tokens", in: node) ?? count("cached_tokens", in: node)
        var written = count("cache_write_tokens", in: inputDetails)
        usage.reasoning =
            count("reasoning_tokens", in: outputDetails) ?? count("reasoning_tokens", in: node)
        if let output = count("completion_tokens", in: node) {
            let outside = quirks.reasoningOutsideOutput ? usage.reasoning ?? 0 : 0
            usage.output = output.addingReportingOverflow(outside).partialValue
        }
        // What only one of the two counts leaves out, the total says.
        func rest(besides other: Int?) -> Int? {
            guard let other, let total = count("total_tokens", in: node) else { return nil }
            return total >= other ? total - other : nil
        }
        if let prompt = count("prompt_tokens", in: node) ?? rest(besides: usage.output) {
            usage.output = usage.output ?? rest(besides: prompt)
            // Parts of the prompt are at most the prompt: some count a token as written and read.
            read = read.map { min($0, prompt) }
            written = written.map { min($0, prompt - (read ?? 0)) }
            usage.uncachedInput = prompt - (read ?? 0) - (written ?? 0)
            usage.cacheRead = read
            usage.cacheWrite5m = written
        }
        usage.audioInput = count("audio_tokens", in: inputDetails)
        usage.audioOutput = count("audio_tokens", in: outputDetails)
        hasCost = document.member("cost", of: node) != nil
        reported = ReportedUsage(usage, serviceTier: serviceTier)
        if let cost = quirks.reportedCost,
            let text = Self.decimal(at: cost.path, below: node, of: document)
        {
            reported.reportedCost = ReportedAmount(decimalText: text, unit: cost.unit)
        }
        if usage.input == nil && usage.output == nil { return nil }
    }

    /// The count of this name, or nil where there is none.
    static func count(
        _ name: String, in object: JSONDocument.Node?, of document: borrowing JSONDocument
    ) -> Int? {
        document.integer(document.member(name, of: object)).flatMap { $0 >= 0 ? $0 : nil }
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

    /// `bytes` with the member `cost` added at the end of the usage object.
    ///
    /// Shape: `,"cost":0.000123` before the closing brace; `null` where the cost is not known.
    package func addingCost(_ decimalText: String?, to bytes: Span<UInt8>) -> [UInt8] {
        var edited: [UInt8] = []
        edited.reserveCapacity(bytes.count + 32)
        let brace = range.upperBound - 1
        edited.append(bytesOf: bytes.extracting(..<brace))
        edited.append(contentsOf: Self.costMember(decimalText))
        edited.append(bytesOf: bytes.extracting(brace...))
        return edited
    }

    /// The member that says the cost, behind the comma that goes before it.
    static func costMember(_ decimalText: String?) -> [UInt8] {
        Array(#","cost":"#.utf8) + (decimalText ?? "null").utf8
    }
}
