// SPDX-License-Identifier: Apache-2.0

/// The members of the root object of one text, by their place, after the whole text was validated.
///
/// Keeps no bytes of the text: whoever asks for a key or a value hands the same bytes in again.
/// `scan` keeps the storage, so an outline that is used again allocates nothing.
/// Complexity: one pass over the text; a look-up is linear in the members of the root.
package struct JSONOutline: Sendable {
    /// One member of the root.
    package struct Member: Sendable, Equatable {
        /// The key with its quotes.
        package var keyRange: Range<Int>
        /// The value from its first to its last byte; a string's quotes are in it.
        package var valueRange: Range<Int>
        /// What the value is.
        package var kind: JSONKind
        /// Whether the value is a string with backslashes.
        package var hasEscapes: Bool
        /// Whether the key has backslashes.
        package var keyHasEscapes: Bool
    }

    /// The members in the order of the text.
    package private(set) var members: [Member] = []

    /// The root object, braces included.
    package private(set) var range: Range<Int> = 0..<0

    /// An outline of nothing, to `scan` into.
    package init() {}

    /// The outline of `bytes`. Throws what `scan` does.
    package init(
        scanning bytes: Span<UInt8>, limits: JSONLimits = JSONLimits()
    ) throws(JSONError) {
        try scan(bytes, limits: limits)
    }

    /// The outline of `bytes`. Throws what `scan` does.
    package init(
        scanning bytes: [UInt8], limits: JSONLimits = JSONLimits()
    ) throws(JSONError) {
        try scan(bytes.span, limits: limits)
    }

    /// Validates `bytes` and replaces what the outline held. After an error it holds nothing.
    ///
    /// Throws: any `JSONError`, the first in the order of the text (a duplicate key in an object of
    /// more than 24 members is found at its end).
    package mutating func scan(
        _ bytes: Span<UInt8>, limits: JSONLimits = JSONLimits()
    ) throws(JSONError) {
        var events = OutlineEvents(members: members)
        members = []
        range = 0..<0
        events.members.removeAll(keepingCapacity: true)
        // Most requests fit, so that the array is allocated once.
        events.members.reserveCapacity(min(bytes.count / 8, 16))
        try JSONScanner.scan(bytes, limits: limits, into: &events)
        guard !events.root.isEmpty else {
            throw JSONError(.rootNotAnObject, at: bytes.countOfLeadingWhiteSpace)
        }
        members = events.members
        range = events.root
    }

    /// The member of `bytes`, which were scanned, with this key, compared after unescaping.
    package subscript(_ key: String, in bytes: Span<UInt8>) -> Member? {
        index(of: key, in: bytes).map { members[$0] }
    }

    /// The place among `members` of the one with this key.
    package func index(of key: String, in bytes: Span<UInt8>) -> Int? {
        members.firstIndex { isKey($0, key, in: bytes) }
    }

    /// Whether a member has this key, compared after unescaping.
    @inline(__always)
    package func isKey(_ member: Member, _ key: String, in bytes: Span<UInt8>) -> Bool {
        JSONText.isEqual(
            bytes, member.keyRange.withoutQuotes, hasEscapes: member.keyHasEscapes,
            to: key.utf8.span)
    }

    /// The key of a member, unescaped.
    package func key(of member: Member, in bytes: Span<UInt8>) -> String? {
        JSONText.string(
            bytes, member.keyRange.withoutQuotes, hasEscapes: member.keyHasEscapes)
    }
}

/// Values of members, read in the bytes that were scanned.
extension JSONOutline {
    /// The string at `key`, or nil where it is absent or no string.
    package func string(_ key: String, in bytes: Span<UInt8>) -> String? {
        guard let member = self[key, in: bytes], member.kind == .string else { return nil }
        return JSONText.string(
            bytes, member.valueRange.withoutQuotes, hasEscapes: member.hasEscapes)
    }

    /// The integer at `key`, or nil where it is absent, no number, not whole, or too large.
    package func integer(_ key: String, in bytes: Span<UInt8>) -> Int? {
        guard let member = self[key, in: bytes], member.kind == .number else { return nil }
        return JSONText.integer(bytes, member.valueRange)
    }

    /// The Boolean at `key`, or nil where it is absent or none.
    package func bool(_ key: String, in bytes: Span<UInt8>) -> Bool? {
        switch self[key, in: bytes]?.kind {
        case .true: true
        case .false: false
        default: nil
        }
    }
}

/// Takes from the scan what belongs to the root.
private struct OutlineEvents: JSONScanEvents {
    var members: [JSONOutline.Member]
    var root: Range<Int> = 0..<0
    private var isObject = false
    private var depth = 0
    private var start = 0
    private var kind = JSONKind.object
    private var key = StringExtent(start: 0, end: 0, hasEscapes: false)

    init(members: [JSONOutline.Member]) { self.members = members }

    @inline(__always)
    mutating func open(_ kind: JSONKind, at offset: Int) {
        if depth == 1 {
            start = offset
            self.kind = kind
        } else if depth == 0 {
            isObject = kind == .object
            root = offset..<offset
        }
        depth &+= 1
    }

    @inline(__always)
    mutating func close(at end: Int) {
        depth &-= 1
        if depth == 1 { add(kind, start, end, false) }
        if depth == 0, isObject { root = root.lowerBound..<end }
    }

    @inline(__always)
    mutating func key(_ extent: StringExtent) {
        if depth == 1 { key = extent }
    }

    @inline(__always)
    mutating func string(_ extent: StringExtent) {
        if depth == 1 { add(.string, extent.start &- 1, extent.end &+ 1, extent.hasEscapes) }
    }

    @inline(__always)
    mutating func scalar(_ kind: JSONKind, _ start: Int, _ end: Int) {
        if depth == 1 { add(kind, start, end, false) }
    }

    @inline(never)
    private mutating func add(_ kind: JSONKind, _ start: Int, _ end: Int, _ hasEscapes: Bool) {
        members.append(
            JSONOutline.Member(
                keyRange: key.start - 1..<key.end + 1, valueRange: start..<end, kind: kind,
                hasEscapes: hasEscapes, keyHasEscapes: key.hasEscapes))
    }
}

extension Span<UInt8> {
    fileprivate var countOfLeadingWhiteSpace: Int {
        var offset = 0
        while offset < count, self[offset].isWhiteSpace { offset += 1 }
        return offset
    }
}

extension Range<Int> {
    /// What is between the quotes of the string at this range.
    var withoutQuotes: Range<Int> {
        lowerBound + 1 < upperBound ? lowerBound + 1..<upperBound - 1 : lowerBound..<lowerBound
    }
}
