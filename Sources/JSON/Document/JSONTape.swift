// SPDX-License-Identifier: Apache-2.0

/// Builds the nodes of a document from what a scan meets.
///
/// While an object or array is open, its node's `next` holds the index of the one around it, so that
/// no stack is needed.
struct JSONTape: JSONScanEvents {
    private(set) var nodes: [JSONDocument.StoredNode]
    /// Whether a node was left out because of the limit.
    private(set) var isFull = false

    private let maximumCount: Int
    /// The innermost open object or array; its count and last child are kept here until it closes.
    private var open = 0
    private var count: UInt32 = 0
    private var last = 0
    private var isObject = false

    /// A tape that goes on using the memory of `storage`, whose nodes it drops.
    init(storage: consuming [JSONDocument.StoredNode], maximumCount: Int) {
        nodes = storage
        self.maximumCount = maximumCount
        nodes.removeAll(keepingCapacity: true)
    }

    /// Makes room for this many nodes.
    mutating func reserve(_ count: Int) { nodes.reserveCapacity(count) }

    /// Where the last node that was kept begins.
    var lastOffset: Int { nodes.last.map { Int($0.start) } ?? 0 }

    @inline(__always)
    mutating func open(_ kind: JSONKind, at offset: Int) {
        let index = nodes.count
        // For now the index of the one around it; see `close`.
        value(kind, offset, offset, false, next: open)
        if isFull { return }
        nodes[open].count = count
        open = index
        count = 0
        isObject = kind == .object
    }

    @inline(__always)
    mutating func close(at end: Int) {
        if isFull { return }
        if count > 0 { nodes[last].isLast = true }
        last = open
        var node = nodes[open]
        open = Int(node.next)
        node.next = UInt32(truncatingIfNeeded: nodes.count)
        node.count = count
        node.end = UInt32(truncatingIfNeeded: end)
        nodes[last] = node
        count = nodes[open].count
        isObject = nodes[open].kind == .object
    }

    @inline(__always)
    mutating func key(_ extent: StringExtent) {
        append(
            .string, extent.start &- 1, extent.end &+ 1, extent.hasEscapes, isMember: false,
            next: nodes.count &+ 1)
    }

    @inline(__always)
    mutating func string(_ extent: StringExtent) {
        value(
            .string, extent.start &- 1, extent.end &+ 1, extent.hasEscapes,
            next: nodes.count &+ 1)
    }

    @inline(__always)
    mutating func scalar(_ kind: JSONKind, _ start: Int, _ end: Int) {
        value(kind, start, end, false, next: nodes.count &+ 1)
    }

    /// Appends a value of the innermost object or array.
    @inline(__always)
    private mutating func value(
        _ kind: JSONKind, _ start: Int, _ end: Int, _ hasEscapes: Bool, next: Int
    ) {
        last = nodes.count
        count &+= 1
        append(kind, start, end, hasEscapes, isMember: isObject, next: next)
    }

    @inline(__always)
    private mutating func append(
        _ kind: JSONKind, _ start: Int, _ end: Int, _ hasEscapes: Bool, isMember: Bool, next: Int
    ) {
        guard nodes.count < maximumCount else {
            isFull = true
            return
        }
        nodes.append(
            JSONDocument.StoredNode(
                start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end),
                next: UInt32(truncatingIfNeeded: next), kind: kind, hasEscapes: hasEscapes,
                isMember: isMember))
    }
}
