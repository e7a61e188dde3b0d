// SPDX-License-Identifier: Apache-2.0

/// Writes a JSON text, front to back, without white space.
///
/// Commas and colons are put in by the writer. That objects and arrays are closed, and that an
/// object gets a key before each value, is the caller's care; a debug build checks the former.
package struct JSONWriter: Sendable {
    /// The text, of `written` bytes, and behind it room for more, whose bytes mean nothing.
    private var storage: [UInt8]
    private var written: Int

    /// Whether what comes next stands behind a value of the same object or array.
    private var followsValue = false
    private var depth = 0

    /// A writer of an empty text.
    package init() { self.init(appendingTo: []) }

    /// A writer that goes on behind `bytes`, with their storage.
    package init(appendingTo bytes: consuming [UInt8]) {
        written = bytes.count
        storage = bytes
    }

    /// A copy of what was written so far.
    package var bytes: [UInt8] { Array(storage[..<written]) }

    /// What was written, with the writer's storage.
    package consuming func finish() -> [UInt8] {
        storage.removeLast(storage.count - written)
        return storage
    }

    /// Forgets what was written, keeps the storage.
    package mutating func removeAll() {
        written = 0
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
        unsafe write(room: 1) { unsafe $0.put(.colon) }
        followsValue = false
    }

    /// The key of the next value, of bytes that need no escape.
    package mutating func key(literal: StaticString) {
        let comma = followsValue
        followsValue = false
        unsafe write(room: literal.keyRoom) { unsafe $0.put(key: literal, afterComma: comma) }
    }

    /// A member with a whole number; the key needs no escape.
    package mutating func member(_ key: StaticString, integer: Int) {
        let comma = followsValue
        followsValue = true
        unsafe write(room: key.keyRoom + JSONCursor.decimalRoom) { cursor in
            unsafe cursor.put(key: key, afterComma: comma)
            unsafe cursor.put(decimal: integer)
        }
    }

    /// A member with a string, escaped here; the key needs no escape.
    package mutating func member(_ key: StaticString, string: String) {
        let utf8 = string.utf8.span
        guard utf8.firstToEscape(from: 0) == utf8.count else {
            self.key(literal: key)
            return self.string(utf8: utf8)
        }
        let comma = followsValue
        followsValue = true
        unsafe write(room: key.keyRoom + utf8.count + 2) { cursor in
            unsafe cursor.put(key: key, afterComma: comma)
            unsafe cursor.put(quoted: utf8)
        }
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
        unsafe write(room: raw.count + 2) { unsafe $0.put(quoted: raw) }
    }

    /// A whole number.
    package mutating func integer(_ value: some BinaryInteger) { decimal("\(value)") }

    /// As above, without a string between: entries of the ledger are mostly such numbers.
    package mutating func integer(_ value: Int) {
        separate()
        unsafe write(room: JSONCursor.decimalRoom) { unsafe $0.put(decimal: value) }
    }

    /// A number as it is to be written, such as the text of a decimal. The caller vouches for it.
    package mutating func decimal(_ text: String) { raw(text.utf8.span) }

    /// `true` or `false`.
    package mutating func bool(_ value: Bool) { self.value(literal: value ? "true" : "false") }

    /// `null`.
    package mutating func null() { value(literal: "null") }

    /// Writes a whole number, or `null` where there is none.
    package mutating func integer(orNull value: Int?) {
        if let value { integer(value) } else { null() }
    }

    /// Writes a string, or `null` where there is none.
    package mutating func string(orNull text: String?) {
        if let text { string(text) } else { null() }
    }

    /// A whole value as it came. The caller vouches that it is JSON.
    package mutating func raw(_ value: Span<UInt8>) {
        separate()
        unsafe write(room: value.count) { unsafe $0.put(copyOf: value) }
    }

    /// A whole value as it came. The caller vouches that it is JSON.
    package mutating func raw(_ value: [UInt8]) { raw(value.span) }

    private mutating func value(literal: StaticString) {
        separate()
        unsafe write(room: literal.utf8CodeUnitCount) { unsafe $0.put(literal: literal) }
    }

    private mutating func begin(_ brace: UInt8) {
        let comma = followsValue
        followsValue = false
        unsafe write(room: 2) { cursor in
            if comma { unsafe cursor.put(.comma) }
            unsafe cursor.put(brace)
        }
        depth += 1
    }

    private mutating func end(_ brace: UInt8) {
        assert(depth > 0, "closes what is not open")
        unsafe write(room: 1) { unsafe $0.put(brace) }
        followsValue = true
        depth -= 1
    }

    private mutating func separate() {
        if followsValue { unsafe write(room: 1) { unsafe $0.put(.comma) } }
        followsValue = true
    }

    private mutating func quote(_ utf8: Span<UInt8>) {
        let plain = utf8.firstToEscape(from: 0)
        if plain == utf8.count {
            return unsafe write(room: plain + 2) { unsafe $0.put(quoted: utf8) }
        }
        unsafe write(room: 1) { unsafe $0.put(.quote) }
        var start = 0
        while start < utf8.count {
            let next = utf8.firstToEscape(from: start)
            let run = utf8.extracting(start..<next)
            unsafe write(room: run.count) { unsafe $0.put(copyOf: run) }
            guard next < utf8.count else { break }
            unsafe write(room: JSONCursor.escapeRoom) { unsafe $0.put(escapeOf: utf8[next]) }
            start = next + 1
        }
        unsafe write(room: 1) { unsafe $0.put(.quote) }
    }

    /// Lets `write` put at most `room` bytes behind what was written.
    @inline(__always)
    private mutating func write(room: Int, _ write: (inout JSONCursor) -> Void) {
        if storage.count - written < room { makeRoom(room) }
        let start = written
        written = unsafe storage.withUnsafeMutableBufferPointer { storage in
            guard let first = storage.baseAddress else { return start }
            var cursor = unsafe JSONCursor(at: first + start)
            unsafe write(&cursor)
            let end = unsafe cursor.next - first
            assert(end - start <= room)
            return end
        }
    }

    /// Takes a little of the memory that a longer text left (it is filled with zeros each time);
    /// where there is none, makes the storage at least twice as large.
    @inline(never)
    private mutating func makeRoom(_ room: Int) {
        let spare = storage.capacity - storage.count
        let more = spare < room ? max(room, storage.count, 64) : max(room, min(spare, 512))
        storage.append(addingCapacity: more) { $0.append(repeating: 0, count: more) }
    }
}

extension StaticString {
    /// What a key takes with its quotes, the colon and a comma.
    fileprivate var keyRoom: Int { utf8CodeUnitCount + 4 }
}
