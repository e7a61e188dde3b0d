// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import JSON

/// Reasoning of a stream that has to return with the conversation, held back until it is whole.
///
/// What is longer than a piece is told in several details, so that no more than that is held.
package struct HeldReasoning {
    /// Units: bytes.
    private static let piece = 64 << 10

    private let format: String
    private var text = ""

    /// Nothing is held.
    package init(format: String) { self.format = format }

    /// Takes more text; returns a detail where a piece is full.
    package mutating func take(_ more: String) -> ReasoningDetail? {
        text += more
        return text.utf8.count >= Self.piece ? end() : nil
    }

    /// What is held, which is given away; nil where that is nothing.
    package mutating func end() -> ReasoningDetail? {
        guard !text.isEmpty else { return nil }
        defer { text = "" }
        return ReasoningDetail(.text(text, signature: nil), format: format)
    }
}

extension ChatMessage {
    /// The readable reasoning that was told under a format, joined; nil where there is none.
    package func reasoning(inFormat format: String) -> String? {
        let texts = reasoning.compactMap { detail -> String? in
            guard detail.format == format, case .text(let text, _) = detail.kind else { return nil }
            return text
        }
        return texts.isEmpty ? nil : texts.joined()
    }

    /// Reports reasoning that was told in none of the formats: it is another provider's.
    package func reportReasoning(outside formats: Set<String>, to losses: inout LossReport) {
        if reasoning.contains(where: { !formats.contains($0.format ?? "") }) {
            losses.add("messages[].reasoning_details")
        }
    }
}
