// SPDX-License-Identifier: Apache-2.0

/// Single values, as they came.
extension JSONDocument {
    /// What the value is; a key is a string.
    package func kind(of node: Node) -> JSONKind { stored(node).kind }

    /// Where the value is in `source`; a string's quotes are in it.
    package func range(of node: Node) -> Range<Int> {
        let stored = stored(node)
        return Int(stored.start)..<Int(stored.end)
    }

    /// The bytes of the value as they came; a string's quotes are in them.
    @_lifetime(borrow self)
    package func bytes(of node: Node) -> Span<UInt8> {
        source.span.extracting(range(of: node))
    }

    /// The bytes of a string as they came, without its quotes; empty for another kind.
    ///
    /// They are the string itself where `hasEscapes` is false, and may go between the quotes of
    /// another JSON text where it is true.
    @_lifetime(borrow self)
    package func rawString(of node: Node) -> Span<UInt8> {
        let range = range(of: node)
        return source.span.extracting(
            kind(of: node) == .string ? range.withoutQuotes : range.lowerBound..<range.lowerBound)
    }

    /// Whether the value is a string with backslashes.
    package func hasEscapes(_ node: Node) -> Bool { stored(node).hasEscapes }

    /// Whether the value says nothing: `null`, `""`, `[]` and `{}`.
    package func isHollow(_ node: Node) -> Bool {
        switch kind(of: node) {
        case .null: true
        case .string: range(of: node).count <= 2
        case .array, .object: firstChild(of: node) == nil
        case .number, .true, .false: false
        }
    }

    /// The text of the value as it came.
    package func text(of node: Node) -> String {
        JSONText.string(source.span, range(of: node), hasEscapes: false) ?? ""
    }
}

/// Single values, converted. What a value is not, reads as nil; so does the absence of one, which
/// is why these take an optional: `document.string(document.member("id", of: root))`.
extension JSONDocument {
    /// The string, unescaped. A surrogate escape without its partner is U+FFFD.
    package func string(_ node: Node?) -> String? {
        guard let node, kind(of: node) == .string else { return nil }
        return JSONText.string(
            source.span, range(of: node).withoutQuotes, hasEscapes: hasEscapes(node))
    }

    /// Whether the value is this string: `string(_:)` without making one.
    package func isString(_ node: Node?, _ other: String) -> Bool {
        guard let node, kind(of: node) == .string else { return false }
        return JSONText.isEqual(
            source.span, range(of: node).withoutQuotes, hasEscapes: hasEscapes(node),
            to: other.utf8.span)
    }

    /// Appends the UTF-8 of the string, unescaped, to `result`. Returns whether it is one.
    @discardableResult
    package func appendString(_ node: Node?, to result: inout [UInt8]) -> Bool {
        guard let node, kind(of: node) == .string else { return false }
        JSONText.unescape(source.span, range(of: node).withoutQuotes, into: &result)
        return true
    }

    /// The number, where it is written as a whole one and fits. `12.0` and `1e3` are nil.
    package func integer(_ node: Node?) -> Int? {
        guard let node, kind(of: node) == .number else { return nil }
        return JSONText.integer(source.span, range(of: node))
    }

    /// The number as it is written, for exact decimals; never a binary float.
    package func decimalText(_ node: Node?) -> String? {
        guard let node, kind(of: node) == .number else { return nil }
        return text(of: node)
    }

    /// The Boolean.
    package func bool(_ node: Node?) -> Bool? {
        guard let node else { return nil }
        return switch kind(of: node) {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// Whether the value is there and is `null`.
    package func isNull(_ node: Node?) -> Bool { node.map { kind(of: $0) == .null } ?? false }
}
