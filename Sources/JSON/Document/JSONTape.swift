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
    init(storage: [JSONDocument.StoredNode], maximumCount: Int) {
        nodes = storage
        self.maximumCount = maximumCount
        nodes.removeAll(keepingCapacity: true)
    }

    /// Where the last node that was kept begins.
    var lastOffset: Int { nodes.last.map { Int($0.start) } ?? 0 }

    @inline(__always)
    mutating func open(_ kind: JSONKind, at offset: Int) {
        let index = nodes.count
        value(kind, offset, offset, false)
        if isFull { return }
        // What is kept here goes back into the node of the one around; see `close`.
        nodes[index].next = UInt32(truncatingIfNeeded: open)
        nodes[open].count = count
        open = index
        count = 0
        isObject = kind == .object
    }

    @inline(__always)
    mutating func close(at end: Int) {
        if isFull { return }
        let outer = Int(nodes[open].next)
        nodes[open].next = 0
        nodes[open].count = count
        nodes[open].end = UInt32(truncatingIfNeeded: end)
        last = open
        open = outer
        count = nodes[outer].count
        isObject = nodes[outer].kind == .object
    }

    @inline(__always)
    mutating func key(_ extent: StringExtent) {
        append(.string, extent.start &- 1, extent.end &+ 1, extent.hasEscapes, false)
    }

    @inline(__always)
    mutating func string(_ extent: StringExtent) {
        value(.string, extent.start &- 1, extent.end &+ 1, extent.hasEscapes)
    }

    @inline(__always)
    mutating func scalar(_ kind: JSONKind, _ start: Int, _ end: Int) {
        value(kind, start, end, false)
    }

    /// Appends a value and ties it to the one before it in the same object or array.
    @inline(__always)
    private mutating func value(
        _ kind: JSONKind, _ start: Int, _ end: Int, _ hasEscapes: Bool
    ) {
        let index = nodes.count
        append(kind, start, end, hasEscapes, isObject)
        if isFull { return }
        if count > 0 { nodes[last].next = UInt32(truncatingIfNeeded: index) }
        last = index
        count &+= 1
    }

    @inline(__always)
    private mutating func append(
        _ kind: JSONKind, _ start: Int, _ end: Int, _ hasEscapes: Bool, _ isMember: Bool
    ) {
        guard nodes.count < maximumCount else {
            isFull = true
            return
        }
        nodes.append(
            JSONDocument.StoredNode(
                start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end),
                kind: kind, hasEscapes: hasEscapes, isMember: isMember))
    }
}
