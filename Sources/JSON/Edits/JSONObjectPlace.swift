// SPDX-License-Identifier: Apache-2.0

/// Where an object and its members are in a text: what an edit needs to keep the commas right.
package struct JSONObjectPlace: Sendable, Equatable {
    /// The object, braces included.
    var range: Range<Int>
    /// The members in the order of the text, each from its key's quote to the end of its value.
    var members: [Range<Int>]
}

extension JSONOutline {
    /// Where the root and its members are.
    package var place: JSONObjectPlace {
        JSONObjectPlace(
            range: range,
            members: members.map { $0.keyRange.lowerBound..<$0.valueRange.upperBound })
    }
}

extension JSONDocument {
    /// Where an object and its members are in the source; nil for another value.
    package func place(of node: Node) -> JSONObjectPlace? {
        guard kind(of: node) == .object else { return nil }
        var members: [Range<Int>] = []
        var child = firstChild(of: node)
        while let value = child {
            let key = key(of: value) ?? value
            members.append(range(of: key).lowerBound..<range(of: value).upperBound)
            child = nextSibling(of: value)
        }
        return JSONObjectPlace(range: range(of: node), members: members)
    }

    /// The place of the member with this key among its object's members.
    package func memberIndex(_ key: String, of node: Node) -> Int? {
        var index = 0
        var child = firstChild(of: node)
        while let value = child {
            if isString(self.key(of: value), key) { return index }
            index += 1
            child = nextSibling(of: value)
        }
        return nil
    }
}
