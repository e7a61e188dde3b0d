// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// An answer's content that came as parts, where OpenAI's clients read one text: text parts as the
/// content, thinking as `reasoning_content`. Where that does not say all of them, as with Mistral's
/// marks of sources, they stay beside it as they came: as `content_parts`.
///
/// Shape: `"content":[{"type":"thinking","thinking":[{"type":"text","text":…}]},{"type":"text",
/// "text":…},{"type":"reference","reference_ids":[…]}]`.
/// Source: recorded exchanges of Mistral, and its public OpenAPI description of 2026-08-21.
package struct FlattenedContent: Sendable, Equatable {
    /// What stands in the place of a value: another, and perhaps members behind it.
    package struct Edit: Sendable, Equatable {
        /// Where the value lies in the bytes of the reply.
        package var range: Range<Int>
        package var text: [UInt8]
    }

    package private(set) var edits: [Edit]

    /// The content of a message or a delta, or nil where it is no array.
    init?(in holder: JSONDocument.Node, of document: borrowing JSONDocument) {
        guard let content = document.member("content", of: holder),
            document.kind(of: content) == .array
        else { return nil }
        var words = Words()
        var next = document.firstChild(of: content)
        while let part = next {
            next = document.nextSibling(of: part)
            words.take(part, of: document)
        }
        edits = []
        var writer = JSONWriter()
        if words.hasText { writer.string(utf8: words.text.span) } else { writer.null() }
        let told = document.member("reasoning_content", of: holder)
        if !words.thoughts.isEmpty {
            if let told, document.isNull(told) || document.isString(told, "") {
                var thoughts = JSONWriter()
                thoughts.string(utf8: words.thoughts.span)
                edits.append(Edit(range: document.range(of: told), text: thoughts.finish()))
            } else if told == nil {
                writer.key("reasoning_content")
                writer.string(utf8: words.thoughts.span)
            } else if !document.isString(told, String(decoding: words.thoughts, as: UTF8.self)) {
                words.areAll = false
            }
        }
        if !words.areAll {
            writer.key("content_parts")
            writer.raw(document.bytes(of: content))
        }
        edits.append(Edit(range: document.range(of: content), text: writer.finish()))
    }

    /// What the parts say.
    private struct Words {
        /// Units: UTF-8.
        var text: [UInt8] = []
        var hasText = false
        var thoughts: [UInt8] = []
        /// Whether the parts say nothing else.
        var areAll = true

        mutating func take(_ part: JSONDocument.Node, of document: borrowing JSONDocument) {
            if document.kind(of: part) != .object { areAll = false }
            var next = document.firstChild(of: part)
            while let member = next {
                next = document.nextSibling(of: member)
                let key = document.key(of: member)
                if document.isString(key, "text") {
                    let isText = document.appendString(member, to: &text)
                    if isText { hasText = true } else { areAll = false }
                } else if document.isString(key, "thinking") {
                    take(thinking: member, of: document)
                } else if !document.isString(key, "type"), !document.isString(key, "closed") {
                    areAll = false
                }
            }
        }

        private mutating func take(
            thinking: JSONDocument.Node, of document: borrowing JSONDocument
        ) {
            if document.appendString(thinking, to: &thoughts) { return }
            var next = document.firstChild(of: thinking)
            while let piece = next {
                next = document.nextSibling(of: piece)
                let isText = document.appendString(
                    document.member("text", of: piece), to: &thoughts)
                // Its type, and that.
                if !isText || document.count(of: piece) > 2 { areAll = false }
            }
        }
    }
}
