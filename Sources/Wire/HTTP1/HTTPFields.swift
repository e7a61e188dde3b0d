// SPDX-License-Identifier: Apache-2.0

/// The fields of an HTTP message, in order, repeated names kept.
///
/// One byte array holds all names and values, so a message's fields cost two allocations.
/// Names compare without case (RFC 9110 §5.1). Values are kept as bytes and read as UTF-8.
package struct HTTPFields: Sendable, Equatable {
    private struct Entry: Sendable, Equatable {
        var start: Int
        var nameLength: Int
        var valueLength: Int
    }

    private var storage: [UInt8] = []
    private var entries: [Entry] = []

    package init() {}

    package init(_ pairs: KeyValuePairs<String, String>) {
        for (name, value) in pairs { append(name, value) }
    }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    package mutating func append(_ name: String, _ value: String) {
        let start = storage.count
        storage.append(contentsOf: name.utf8)
        let nameLength = storage.count - start
        storage.append(contentsOf: value.utf8)
        entries.append(
            Entry(
                start: start, nameLength: nameLength,
                valueLength: storage.count - start - nameLength))
    }

    package mutating func append(name: Span<UInt8>, value: Span<UInt8>) {
        let start = storage.count
        for index in name.indices { storage.append(name[index]) }
        for index in value.indices { storage.append(value[index]) }
        entries.append(Entry(start: start, nameLength: name.count, valueLength: value.count))
    }

    /// The first value under `name`, or nil.
    package func first(_ name: String) -> String? {
        entries.first { isNamed($0, name) }.map(value)
    }

    /// All values under `name`, in order.
    package func all(_ name: String) -> [String] {
        entries.filter { isNamed($0, name) }.map(value)
    }

    package func contains(_ name: String) -> Bool {
        entries.contains { isNamed($0, name) }
    }

    /// Replaces every field called `name` by one with `newValue`.
    package mutating func set(_ name: String, _ newValue: String) {
        remove(name)
        append(name, newValue)
    }

    package mutating func remove(_ name: String) {
        entries = entries.filter { !isNamed($0, name) }
    }

    /// The field at `index`, `0..<count`.
    package subscript(index: Int) -> (name: String, value: String) {
        let entry = entries[index]
        return (text(entry.start, entry.nameLength), value(entry))
    }

    private func value(_ entry: Entry) -> String {
        text(entry.start + entry.nameLength, entry.valueLength)
    }

    private func text(_ start: Int, _ length: Int) -> String {
        String(decoding: storage[start..<start + length], as: UTF8.self)
    }

    private func isNamed(_ entry: Entry, _ name: String) -> Bool {
        let wanted = name.utf8
        guard entry.nameLength == wanted.count else { return false }
        var index = entry.start
        for byte in wanted {
            if storage[index].lowercasedASCII != byte.lowercasedASCII { return false }
            index += 1
        }
        return true
    }
}

extension UInt8 {
    /// The byte with `A`–`Z` folded to `a`–`z`.
    package var lowercasedASCII: UInt8 {
        self >= 0x41 && self <= 0x5A ? self | 0x20 : self
    }
}
