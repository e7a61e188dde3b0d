// SPDX-License-Identifier: Apache-2.0

/// Writes a JSON text, front to back, without white space.
///
/// Commas and colons are put in by the writer. That objects and arrays are closed, and that an
/// object gets a key before each value, is the caller's care; a debug build checks the former.
package struct JSONWriter: Sendable {
    /// What was written so far.
    package private(set) var bytes: [UInt8]

    /// Whether what comes next stands behind a value of the same object or array.
    private var followsValue = false
    private var depth = 0

    /// A writer of an empty text.
    package init() { bytes = [] }

    /// A writer that goes on behind `bytes`, with their storage.
    package init(appendingTo bytes: consuming [UInt8]) { self.bytes = bytes }

    /// Forgets what was written, keeps the storage.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        followsValue = false
        depth = 0
    }

    /// Opens an object as the next value.
    package mutating func beginObject() { begin(.openBrace) }
    /// Closes the innermost object.
    package mutating func endObject() { end(.closeBrace) }
    /// Opens an array as the next value.
    package mutating func beginArray() { begin(.openBracket) }
    /// Closes the innermost array.
    package mutating func endArray() { end(.closeBracket) }

    /// The key of the next value.
    package mutating func key(_ key: String) {
        separate()
        quote(key.utf8.span)
        bytes.append(.colon)
        followsValue = false
    }

    /// The key of the next value, of bytes that need no escape: a third of a String's cost.
    package mutating func key(literal: StaticString) {
        separate()
        bytes.append(.quote)
        bytes.append(literal: literal)
        bytes.append(.quote)
        bytes.append(.colon)
        followsValue = false
    }

    /// A string, escaped here.
    package mutating func string(_ string: String) { self.string(utf8: string.utf8.span) }

    /// A string whose UTF-8, unescaped, is `utf8`.
    package mutating func string(utf8: Span<UInt8>) {
        separate()
        quote(utf8)
    }

    /// A string whose bytes between the quotes, escaped already, are `raw`.
    package mutating func string(raw: Span<UInt8>) {
        separate()
        bytes.append(.quote)
        bytes.append(raw, 0..<raw.count)
        bytes.append(.quote)
    }

    /// A whole number.
    package mutating func integer(_ value: some BinaryInteger) { decimal("\(value)") }

    /// As above, without a string between: entries of the ledger are mostly such numbers.
    package mutating func integer(_ value: Int) {
        separate()
        bytes.append(decimal: value)
    }

    /// A number as it is to be written, such as the text of a decimal. The caller vouches for it.
    package mutating func decimal(_ text: String) { raw(text.utf8.span) }

    /// `true` or `false`.
    package mutating func bool(_ value: Bool) { raw((value ? "true" : "false").utf8.span) }

    /// `null`.
    package mutating func null() { raw("null".utf8.span) }

    /// A whole value as it came. The caller vouches that it is JSON.
    package mutating func raw(_ value: Span<UInt8>) {
        separate()
        bytes.append(value, 0..<value.count)
    }

    /// A whole value as it came. The caller vouches that it is JSON.
    package mutating func raw(_ value: [UInt8]) { raw(value.span) }

    private mutating func begin(_ brace: UInt8) {
        separate()
        bytes.append(brace)
        followsValue = false
        depth += 1
    }

    private mutating func end(_ brace: UInt8) {
        assert(depth > 0, "closes what is not open")
        bytes.append(brace)
        followsValue = true
        depth -= 1
    }

    private mutating func separate() {
        if followsValue { bytes.append(.comma) }
        followsValue = true
    }

    private mutating func quote(_ utf8: Span<UInt8>) {
        bytes.append(.quote)
        bytes.appendEscaped(utf8)
        bytes.append(.quote)
    }
}
