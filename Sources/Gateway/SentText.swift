// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// What a client has been sent of one stream, as far as another model could go on with it.
struct SentText {
    /// The most that is kept. Units: bytes.
    private static let longest = 1 << 20

    /// What the stream calls itself: the values of `id` and `created`, as JSON.
    private(set) var id: [UInt8]?
    private(set) var created: [UInt8]?
    /// The text of the only choice.
    private var text: [UInt8] = []
    /// Whether nothing but text has been sent, and no end of it.
    private var isPlain = true
    private var parser = ServerSentEventParser()
    private var document = JSONDocument()

    /// Reads whole events.
    mutating func read(_ events: Span<UInt8>) {
        guard isPlain else { return }
        var parser = ServerSentEventParser()
        swap(&parser, &self.parser)
        do throws(ServerSentEventError) {
            try parser.receive(events) { read(event: $0.data) }
        } catch {
            isPlain = false
        }
        swap(&parser, &self.parser)
    }

    private mutating func read(event: Span<UInt8>) {
        guard (try? document.parse(event)) != nil else { return isPlain = false }
        let root = document.root
        id = id ?? value("id", of: root)
        created = created ?? value("created", of: root)
        for choice in document.children(of: document.member("choices", of: root)) {
            read(choice: choice)
        }
        if text.count > Self.longest { isPlain = false }
        if !isPlain { text = [] }
    }

    private mutating func read(choice: JSONDocument.Node) {
        if let index = document.member("index", of: choice), document.integer(index) != 0 {
            isPlain = false
        }
        for name in ["finish_reason", "logprobs"] {
            if let said = document.member(name, of: choice), !document.isHollow(said) {
                isPlain = false
            }
        }
        for said in document.children(of: document.member("delta", of: choice)) {
            let key = document.key(of: said)
            if document.isString(key, "role") || document.isHollow(said) { continue }
            guard document.isString(key, "content"), document.appendString(said, to: &text) else {
                return isPlain = false
            }
        }
    }

    private func value(_ name: String, of root: JSONDocument.Node) -> [UInt8]? {
        guard let node = document.member(name, of: root), !document.isHollow(node) else {
            return nil
        }
        return Array(document.text(of: node).utf8)
    }

    /// The text without white space at its end, and that white space: models refuse to begin with
    /// some (Anthropic), or go on worse from it. Nil where nothing can be gone on with.
    var beginning: (text: String, space: String)? {
        guard isPlain else { return nil }
        let all = String(decoding: text, as: UTF8.self).unicodeScalars
        guard let last = all.lastIndex(where: { !$0.isSpace }) else { return nil }
        let end = all.index(after: last)
        return (String(all[..<end]), String(all[end...]))
    }
}

extension Unicode.Scalar {
    /// Whether it is white space to those who refuse it: Unicode's, and Python's separators.
    var isSpace: Bool { properties.isWhitespace || (0x1C...0x1F).contains(value) }
}
