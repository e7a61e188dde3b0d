// SPDX-License-Identifier: Apache-2.0

/// The fields of an HTTP message, in order, repeated names kept.
///
/// One byte array holds all names and values, so a message's fields cost two allocations.
/// Names compare without case (RFC 9110 §5.1). Values are kept as bytes and read as UTF-8.
/// Complexity: a lookup is linear in the number of fields and allocates nothing.
package struct HTTPFields: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        var start: Int
        var nameLength: Int
        var valueLength: Int

        var name: Range<Int> { start..<start + nameLength }
        var value: Range<Int> { start + nameLength..<start + nameLength + valueLength }
    }

    private(set) var storage: [UInt8] = []
    private(set) var entries: [Entry] = []

    /// Makes no fields.
    package init() {}

    /// Makes fields of names and values, in order.
    package init(_ pairs: KeyValuePairs<String, String>) {
        for (name, value) in pairs { append(name, value) }
    }

    /// Field lines, repeated names counted each.
    package var count: Int { entries.count }
    /// Whether there is no field.
    package var isEmpty: Bool { entries.isEmpty }

    /// Makes room for what is about to be appended.
    package mutating func reserve(fields: Int, bytes: Int) {
        entries.reserveCapacity(fields)
        storage.reserveCapacity(bytes)
    }

    /// Adds a field after the others.
    package mutating func append(_ name: String, _ value: String) {
        append(name: name.utf8.span, value: value.utf8.span)
    }

    /// Adds a field after the others, copied from bytes.
    package mutating func append(name: Span<UInt8>, value: Span<UInt8>) {
        let start = storage.count
        storage.append(addingCapacity: name.count + value.count) { output in
            output.append(copying: name)
            output.append(copying: value)
        }
        entries.append(Entry(start: start, nameLength: name.count, valueLength: value.count))
    }

    /// Adds a field after the others, whose value is what `write` appends.
    package mutating func append(_ name: String, appendingValue write: (inout [UInt8]) -> Void) {
        append(name, "")
        let start = storage.count
        write(&storage)
        entries[entries.count - 1].valueLength = storage.count - start
    }

    /// The first value under `name`, or nil.
    package func first(_ name: String) -> String? {
        firstIndex(name).map { text(entries[$0].value) }
    }

    /// The first value under `name` as bytes, or nil. Shares the fields' memory.
    package func bytes(_ name: String) -> ArraySlice<UInt8>? {
        firstIndex(name).map { storage[entries[$0].value] }
    }

    /// All values under `name`, in order.
    package func all(_ name: String) -> [String] {
        entries.indices.filter { isNamed($0, name) }.map { text(entries[$0].value) }
    }

    /// Whether the first value under `name` begins with `prefix`, letters of either case.
    package func hasValue(_ name: String, beginningWith prefix: String) -> Bool {
        guard let index = firstIndex(name) else { return false }
        return storage.span.extracting(entries[index].value)
            .extracting(first: prefix.utf8.count).matches(prefix)
    }

    /// Whether a field is called `name`.
    package func contains(_ name: String) -> Bool { firstIndex(name) != nil }

    /// Replaces every field called `name` by one with `newValue`.
    package mutating func set(_ name: String, _ newValue: String) {
        remove(name)
        append(name, newValue)
    }

    /// Removes every field called `name`.
    package mutating func remove(_ name: String) {
        guard contains(name) else { return }
        entries = entries.indices.filter { !isNamed($0, name) }.map { entries[$0] }
    }

    /// The field at `index`, `0..<count`.
    package subscript(index: Int) -> (name: String, value: String) {
        (text(entries[index].name), text(entries[index].value))
    }

    /// The value of the field at `index`, `0..<count`, as bytes. Shares the fields' memory.
    package func valueBytes(at index: Int) -> ArraySlice<UInt8> { storage[entries[index].value] }

    /// Whether the field at `index`, `0..<count`, is called `name`.
    package func isNamed(_ index: Int, _ name: String) -> Bool {
        let entry = entries[index]
        return entry.nameLength == name.utf8.count
            && storage.span.extracting(entry.name).matches(name)
    }

    /// Whether the name of the field at `index`, `0..<count`, begins with `prefix`, which is in lower
    /// case.
    package func isNamed(_ index: Int, beginningWith prefix: [UInt8]) -> Bool {
        let entry = entries[index]
        guard entry.nameLength >= prefix.count else { return false }
        let start = entry.name.lowerBound
        return prefix.indices.allSatisfy { storage[start + $0].lowercasedASCII == prefix[$0] }
    }

    /// Whether the value of the field at `index`, `0..<count`, is `byte` and nothing else.
    package func hasValue(_ index: Int, _ byte: UInt8) -> Bool {
        let entry = entries[index]
        return entry.valueLength == 1 && storage[entry.value.lowerBound] == byte
    }

    private func firstIndex(_ name: String) -> Int? {
        for index in entries.indices where isNamed(index, name) { return index }
        return nil
    }

    private func text(_ range: Range<Int>) -> String {
        String(bytes: storage.span.extracting(range))
    }
}

extension Span<UInt8> {
    /// Whether the bytes are `text`, without regard to the case of ASCII letters.
    func matches(_ text: String) -> Bool {
        guard count == text.utf8.count else { return false }
        let other = text.utf8.span
        for index in indices {
            let (left, right) = (self[index], other[index])
            if left != right, left.lowercasedASCII != right.lowercasedASCII { return false }
        }
        return true
    }
}
