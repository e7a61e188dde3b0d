// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// An answer's content that came as parts, where OpenAI's clients read one text: text parts as the
/// content, thinking as `reasoning_content`.
///
/// Shape: `"content":[{"type":"thinking","thinking":[{"type":"text","text":…}]},{"type":"text",
/// "text":…}]`, from Mistral's models that think. Other parts have no text: marks of sources, whose
/// list is not in the answer.
package struct FlattenedContent: Sendable, Equatable {
    /// Where the parts lie in the bytes of the reply.
    package var range: Range<Int>
    /// What stands there instead: a value, and perhaps a member behind it.
    package var text: [UInt8]

    /// The content of a message or a delta, or nil where it is no array.
    init?(in holder: JSONDocument.Node, of document: borrowing JSONDocument) {
        guard let content = document.member("content", of: holder),
            document.kind(of: content) == .array
        else { return nil }
        var words = Words()
        for part in document.children(of: content) { words.take(part, of: document) }
        range = document.range(of: content)
        var writer = JSONWriter()
        if let said = words.text { writer.string(said) } else { writer.null() }
        text = writer.bytes
        let hasReasoning = document.member("reasoning_content", of: holder) != nil
        guard !hasReasoning, !words.thoughts.isEmpty else { return }
        writer.removeAll()
        writer.string(words.thoughts)
        text += Array(#","reasoning_content":"#.utf8) + writer.bytes
    }

    private struct Words {
        var text: String?
        var thoughts = ""

        mutating func take(_ part: JSONDocument.Node, of document: borrowing JSONDocument) {
            if let more = document.string(document.member("text", of: part)) {
                text = (text ?? "") + more
            }
            guard let thinking = document.member("thinking", of: part) else { return }
            thoughts += document.string(thinking) ?? ""
            for piece in document.children(of: thinking) {
                thoughts += document.string(document.member("text", of: piece)) ?? ""
            }
        }
    }
}
