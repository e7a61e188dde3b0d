// SPDX-License-Identifier: Apache-2.0

/// A JSON text that was validated, with every value's place in it: lossless, in the text's order.
///
/// A flat array of nodes over the bytes. Values are named by `Node`, an index without
/// reference counting, and read through the document; strings are unescaped and numbers converted
/// only when asked for. `parse` keeps the storage, so a document that is used again allocates
/// nothing. A document that holds no text, new or after an error, is `null`.
///
/// A node belongs to the text it was taken from; with another text it names some value or traps.
package struct JSONDocument: Sendable {
    /// A value, or a key, of a document.
    package struct Node: Sendable, Hashable {
        let index: UInt32

        init(_ index: Int) { self.index = UInt32(truncatingIfNeeded: index) }
    }

    /// What is kept of a value. An object's members are a key's node and its value's subtree each.
    struct StoredNode: Sendable {
        var start: UInt32
        var end: UInt32
        /// The index behind the last node that belongs to the value.
        var next: UInt32
        /// How many members or elements.
        var count: UInt32 = 0
        var kind: JSONKind
        /// Whether a string has backslashes.
        var hasEscapes = false
        /// Whether it is the value of a member; its key's node is then the one before it.
        var isMember = false
        /// Whether nothing follows it in the same object or array.
        var isLast = false
    }

    private(set) var nodes = Self.null

    /// The whole text.
    package private(set) var source = Self.nullText

    /// A document that holds `null`, to `parse` into.
    package init() {}

    /// The document of `bytes`. Throws what `parse` does.
    package init(
        parsing bytes: Span<UInt8>, limits: JSONLimits = JSONLimits()
    ) throws(JSONError) {
        try parse(bytes, limits: limits)
    }

    /// The document of `bytes`, whose storage it shares. Throws what `parse` does.
    package init(
        parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()
    ) throws(JSONError) {
        try scan(bytes.span, limits: limits, reusing: [])
        source = bytes
    }

    /// Validates `bytes` and replaces what the document held.
    ///
    /// Throws: any `JSONError` but `rootNotAnObject`: the root may be any value.
    package mutating func parse(
        _ bytes: Span<UInt8>, limits: JSONLimits = JSONLimits()
    ) throws(JSONError) {
        source.removeAll(keepingCapacity: true)
        do throws(JSONError) {
            var storage: [StoredNode] = []
            swap(&storage, &nodes)
            try scan(bytes, limits: limits, reusing: storage)
        } catch {
            source.append(contentsOf: Self.nullText)
            throw error
        }
        source.append(bytes, 0..<bytes.count)
    }

    /// Replaces the nodes by those of `bytes`; by those of `null` before it throws.
    private mutating func scan(
        _ bytes: Span<UInt8>, limits: JSONLimits, reusing storage: consuming [StoredNode]
    ) throws(JSONError) {
        // The tape is the only owner, and appends in place.
        var tape = JSONTape(storage: storage, maximumCount: limits.maximumNodeCount)
        // A value takes 16 bytes of an ordinary answer; of a long one the array grows with need.
        tape.reserve(min(bytes.count / 16, 256))
        do throws(JSONError) {
            try JSONScanner.scan(bytes, limits: limits, into: &tape)
            if tape.isFull {
                throw JSONError(
                    .tooManyNodes(maximum: limits.maximumNodeCount), at: tape.lastOffset)
            }
        } catch {
            nodes = Self.null
            throw error
        }
        nodes = tape.nodes
    }

    /// The value that is the whole text.
    package var root: Node { Node(0) }

    private static let nullText = Array("null".utf8)
    private static let null = [StoredNode(start: 0, end: 4, next: 1, kind: .null)]

    /// What is kept of `node`.
    @inline(__always)
    func stored(_ node: Node) -> StoredNode { nodes[Int(node.index)] }
}
