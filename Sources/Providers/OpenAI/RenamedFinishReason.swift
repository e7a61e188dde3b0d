// SPDX-License-Identifier: Apache-2.0
import JSON
import Wire

/// A finish reason in a vendor's own word, where it stands, and OpenAI's word for it.
package struct RenamedFinishReason: Sendable, Equatable {
    /// Where the vendor's word lies in the bytes of the reply, quotes included.
    package var range: Range<Int>
    /// OpenAI's word.
    package var name: String
    /// Whether the choice says the vendor's word in `native_finish_reason` already.
    package var hasNative: Bool

    /// What is renamed in a choice, or nil where its reason is OpenAI's.
    init?(
        _ reason: JSONDocument.Node, ofChoiceAt choice: JSONDocument.Node,
        of document: borrowing JSONDocument, aliases: [String: String]
    ) {
        guard let name = document.string(reason).flatMap({ aliases[$0] }) else { return nil }
        self.range = document.range(of: reason)
        self.name = name
        hasNative = document.member("native_finish_reason", of: choice) != nil
    }
}

/// The edits that a reply or a chunk gets on its way to the client; all other bytes stay.
///
/// Shape: `"finish_reason":"stop","native_finish_reason":"eos"` in the place of the vendor's own
/// word, and the cost as `OpenAIUsage.addingCost` writes it.
package enum OpenAIReplyEdits {
    /// `bytes` with finish reasons renamed and, where `usage` is given and says no cost of its own,
    /// the cost added to it.
    package static func applied(
        renaming reasons: [RenamedFinishReason], flattening contents: [FlattenedContent],
        usage: OpenAIUsage?, cost: String?,
        to bytes: Span<UInt8>
    ) -> [UInt8] {
        let costed = usage.flatMap { $0.hasCost ? nil : $0 }
        if let costed, reasons.isEmpty, contents.isEmpty {
            return costed.addingCost(cost, to: bytes)
        }
        var edits = JSONEdits()
        for edit in contents.flatMap(\.edits) { edits.replace(edit.range, with: edit.text) }
        for reason in reasons {
            var writer = JSONWriter()
            writer.string(reason.name)
            var text = writer.bytes
            if !reason.hasNative {
                text += Array(#","native_finish_reason":"#.utf8)
                text.append(bytesOf: bytes.extracting(reason.range))
            }
            edits.replace(reason.range, with: text)
        }
        if let costed {
            let brace = costed.range.upperBound - 1
            edits.replace(brace..<brace, with: OpenAIUsage.costMember(cost))
        }
        return edits.applied(to: bytes)
    }
}
