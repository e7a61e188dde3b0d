// SPDX-License-Identifier: Apache-2.0

/// Changes to the bytes of one JSON text, collected first and made in one pass: every byte that no
/// edit names stays as it came.
///
/// 1. The order of the calls does not matter, but for members that are added to the same object
///    (they keep it) and for two replacements of the same value (the last one counts).
/// 2. An edit inside of what is replaced or removed as a whole has no effect.
/// 3. Objects are named by their `JSONObjectPlace` in the unedited text; commas come out right
///    whatever is removed from and added to one object.
///
/// The caller vouches that ranges are of values of that text and that what is put there is JSON.
package struct JSONEdits: Sendable {
    /// Bytes to put in the place of a range, which is empty for an insertion.
    struct Replacement: Sendable {
        var range: Range<Int>
        var bytes: Range<Int>
    }

    /// What happens to the members of one object.
    struct ObjectChange: Sendable {
        var place: JSONObjectPlace
        var removed: [Bool]
        /// `"key":value` each.
        var added: [Range<Int>] = []
    }

    private var replacements: [Replacement] = []
    private var objects: [ObjectChange] = []
    /// Where in `objects` a place is, by its lower bound; the first one is not here.
    private var indices: [Int: Int] = [:]
    /// What is put in, behind the comma that goes before an added member.
    private var storage: [UInt8] = [.comma]

    static let comma = 0..<1

    /// No edits.
    package init() {}

    /// Whether nothing is to be changed.
    package var isEmpty: Bool { replacements.isEmpty && objects.isEmpty }

    /// Forgets the edits, keeps the storage.
    package mutating func removeAll() {
        replacements.removeAll(keepingCapacity: true)
        objects.removeAll(keepingCapacity: true)
        indices.removeAll(keepingCapacity: true)
        storage.removeLast(storage.count - Self.comma.count)
    }

    /// Puts `bytes` in the place of the value at `range`.
    package mutating func replace(_ range: Range<Int>, with bytes: Span<UInt8>) {
        replacements.append(Replacement(range: range, bytes: store(bytes)))
    }

    /// Puts `bytes` in the place of the value at `range`.
    package mutating func replace(_ range: Range<Int>, with bytes: [UInt8]) {
        replace(range, with: bytes.span)
    }

    /// Puts a string, escaped and quoted here, in the place of the value at `range`.
    package mutating func replace(_ range: Range<Int>, withString string: String) {
        var writer = JSONWriter()
        writer.string(string)
        replace(range, with: writer.finish())
    }

    /// Adds a member behind the last one of an object. The object does not have the key.
    package mutating func addMember(
        _ key: String, _ value: Span<UInt8>, to object: JSONObjectPlace
    ) {
        var writer = JSONWriter()
        writer.key(key)
        writer.raw(value)
        let member = store(writer.finish().span)
        let index = index(of: object)
        objects[index].added.append(member)
    }

    /// Adds a member behind the last one of an object. The object does not have the key.
    package mutating func addMember(
        _ key: String, _ value: [UInt8], to object: JSONObjectPlace
    ) {
        addMember(key, value.span, to: object)
    }

    /// Removes the member at `index` of an object, with its comma.
    package mutating func removeMember(at index: Int, from object: JSONObjectPlace) {
        objects[self.index(of: object)].removed[index] = true
    }

    /// The text with the edits made.
    ///
    /// Complexity: linear in the text, n log n in the edits.
    package func applied(to bytes: Span<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + storage.count)
        apply(to: bytes, appendingTo: &result)
        return result
    }

    /// Appends the text with the edits made to `result`.
    package func apply(to bytes: Span<UInt8>, appendingTo result: inout [UInt8]) {
        var position = 0
        for edit in ordered() where edit.range.lowerBound >= position {
            result.append(bytes, position..<edit.range.lowerBound)
            result.append(storage.span, edit.bytes)
            position = edit.range.upperBound
        }
        result.append(bytes, position..<bytes.count)
    }

    /// All edits as replacements, by place; what covers others comes before them.
    private func ordered() -> [Replacement] {
        if objects.isEmpty, replacements.count < 2 { return replacements }
        // Of two replacements of one value the later one is to win, so it comes first.
        var edits = Array(replacements.reversed())
        for object in objects { object.appendReplacements(to: &edits) }
        return edits.enumerated().sorted { left, right in
            let (first, second) = (left.element.range, right.element.range)
            if first.lowerBound != second.lowerBound {
                return first.lowerBound < second.lowerBound
            }
            if first.upperBound != second.upperBound {
                return first.upperBound > second.upperBound
            }
            return left.offset < right.offset
        }.map(\.element)
    }

    private mutating func index(of object: JSONObjectPlace) -> Int {
        if let first = objects.first, first.place.range == object.range { return 0 }
        if let known = indices[object.range.lowerBound] { return known }
        if !objects.isEmpty { indices[object.range.lowerBound] = objects.count }
        let removed = [Bool](repeating: false, count: object.members.count)
        objects.append(ObjectChange(place: object, removed: removed))
        return objects.count - 1
    }

    private mutating func store(_ bytes: Span<UInt8>) -> Range<Int> {
        let start = storage.count
        storage.append(bytes, 0..<bytes.count)
        return start..<storage.count
    }
}

extension JSONEdits.ObjectChange {
    /// Appends what the change does to the text.
    ///
    /// Removed neighbours go as one run: with the comma behind them where a member follows, else
    /// with the one before them. Runs are kept apart by a member that stays, so they never touch.
    func appendReplacements(to edits: inout [JSONEdits.Replacement]) {
        var index = 0
        while index < removed.count {
            guard removed[index] else {
                index += 1
                continue
            }
            let first = index
            while index < removed.count, removed[index] { index += 1 }
            var range = place.members[first].lowerBound..<place.members[index - 1].upperBound
            if index < removed.count {
                range = range.lowerBound..<place.members[index].lowerBound
            } else if first > 0 {
                range = place.members[first - 1].upperBound..<range.upperBound
            }
            edits.append(JSONEdits.Replacement(range: range, bytes: 0..<0))
        }
        var needsComma = removed.contains(false)
        let end = place.members.last?.upperBound ?? place.range.lowerBound + 1
        for member in added {
            if needsComma {
                edits.append(JSONEdits.Replacement(range: end..<end, bytes: JSONEdits.comma))
            }
            edits.append(JSONEdits.Replacement(range: end..<end, bytes: member))
            needsComma = true
        }
    }
}
