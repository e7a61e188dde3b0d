// SPDX-License-Identifier: Apache-2.0

/// From value to value.
extension JSONDocument {
    /// How many members or elements; 0 for a value without any.
    package func count(of node: Node) -> Int { Int(stored(node).count) }

    /// The first element of an array, or the value of the first member of an object.
    package func firstChild(of node: Node?) -> Node? {
        guard let node else { return nil }
        let stored = stored(node)
        guard stored.count > 0 else { return nil }
        return Node(Int(node.index) + (stored.kind == .object ? 2 : 1))
    }

    /// The next element, or the value of the next member.
    package func nextSibling(of node: Node) -> Node? {
        let stored = stored(node)
        let isAlone = stored.isLast || node.index == 0
        // The key of the next member stands before its value.
        return isAlone ? nil : Node(Int(stored.next) + (stored.isMember ? 1 : 0))
    }

    /// The key, a string, of a value that an object has; nil for elements and the root.
    package func key(of node: Node) -> Node? {
        stored(node).isMember ? Node(Int(node.index) - 1) : nil
    }

    /// The value that the object has for this key, compared after unescaping.
    ///
    /// Complexity: linear in the members before it.
    package func member(_ key: String, of node: Node?) -> Node? {
        guard let node, kind(of: node) == .object else { return nil }
        let wanted = key.utf8.span
        let nodes = nodes.span
        // A key stands before each value. Most keys differ in length, so that is looked at first.
        var index = Int(node.index) + 1
        for _ in 0..<nodes[index - 1].count {
            let key = nodes[index]
            let start = Int(key.start) + 1
            let end = Int(key.end) - 1
            if key.hasEscapes || end - start == wanted.count,
                JSONText.isEqual(
                    source.span, start..<end, hasEscapes: key.hasEscapes, to: wanted)
            {
                return Node(index + 1)
            }
            index = Int(nodes[index + 1].next)
        }
        return nil
    }

    /// The element at `index` of an array.
    ///
    /// Complexity: linear in the elements before it.
    package func element(_ index: Int, of node: Node?) -> Node? {
        guard let node, kind(of: node) == .array, index >= 0 else { return nil }
        var child = firstChild(of: node)
        for _ in 0..<min(index, count(of: node)) {
            child = child.flatMap { nextSibling(of: $0) }
        }
        return child
    }

    /// The elements of an array, or the values of an object's members; nothing for another value.
    package func children(of node: Node?) -> Children {
        Children(document: self, upcoming: firstChild(of: node))
    }

    /// The values inside of one value, in the order of the text. Keeps the document alive, which
    /// costs a reference count: a hot loop uses `firstChild` and `nextSibling`.
    package struct Children: Sequence, IteratorProtocol {
        fileprivate let document: JSONDocument
        fileprivate var upcoming: Node?

        /// The value that comes next, or nil behind the last one.
        package mutating func next() -> Node? {
            let current = upcoming
            upcoming = current.flatMap { document.nextSibling(of: $0) }
            return current
        }
    }
}
