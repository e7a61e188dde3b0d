// SPDX-License-Identifier: Apache-2.0
import JSON

/// What one walk over the input of a request finds: how long it is, what else than text is in it, and
/// how its conversation begins.
package struct RequestInput: Sendable, Equatable {
    /// Units: tokens, a token for every four bytes of text; embedded files are not counted.
    package var tokens = 0
    package var holdsImages = false
    package var holdsAudio = false
    package var holdsFiles = false
    /// What the instructions before the first word of the user and that word come to; nil where
    /// there is neither. The same in every process.
    package var opening: UInt64?

    /// Notes what a message's content holds beside text.
    fileprivate mutating func add(
        partsOf content: JSONDocument.Node, of document: borrowing JSONDocument
    ) {
        guard document.kind(of: content) == .array else { return }
        var next = document.firstChild(of: content)
        while let part = next {
            next = document.nextSibling(of: part)
            let type = document.member("type", of: part)
            if document.isString(type, "image_url") {
                holdsImages = true
            } else if document.isString(type, "input_audio") {
                holdsAudio = true
            } else if document.isString(type, "file") {
                holdsFiles = true
            }
        }
    }
}

extension ChatRequest {
    /// Reads the input.
    ///
    /// Complexity: linear in it; meant for calls that broke off, and for decisions between targets.
    package func readInput() -> RequestInput {
        var reading = RequestInput()
        guard let input = outline[operation.input, in: body.span],
            let document = try? JSONDocument(parsing: Array(body[input.valueRange]))
        else { return reading }
        var counts = TextCounts()
        counts.add(document.root, of: document)
        // Prompts may come as the numbers of their tokens.
        reading.tokens =
            Self.tokens(inBytes: counts.bytes) + (operation == .chat ? 0 : counts.numbers)
        if operation == .chat { Self.readMessages(document, into: &reading) }
        return reading
    }

    private static func readMessages(
        _ document: borrowing JSONDocument, into reading: inout RequestInput
    ) {
        var hash = StableHash()
        var isOpening = true
        var next = document.firstChild(of: document.root)
        while let message = next {
            next = document.nextSibling(of: message)
            guard let content = document.member("content", of: message) else { continue }
            reading.add(partsOf: content, of: document)
            guard isOpening else { continue }
            let role = document.member("role", of: message)
            let isUser = document.isString(role, "user")
            if isUser || document.isString(role, "system") || document.isString(role, "developer") {
                hash.mix(document.bytes(of: content))
                reading.opening = hash.value
            }
            if isUser { isOpening = false }
        }
    }
}

/// What a value consists of, files aside.
private struct TextCounts {
    /// Units: bytes of all strings, escapes as they are.
    var bytes = 0
    var numbers = 0

    mutating func add(_ node: JSONDocument.Node, of document: borrowing JSONDocument) {
        switch document.kind(of: node) {
        case .string:
            let text = document.rawString(of: node)
            let isFile =
                text.count > 5 && text[4] == UInt8(ascii: ":")
                && document.text(of: node).hasPrefix(#""data:"#)
            bytes += isFile ? 0 : text.count
        case .number: numbers += 1
        default:
            var next = document.firstChild(of: node)
            while let child = next {
                add(child, of: document)
                next = document.nextSibling(of: child)
            }
        }
    }
}
