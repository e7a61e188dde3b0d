// SPDX-License-Identifier: Apache-2.0

/// The keys of the objects that are open, to find a duplicate.
///
/// 1. A small object (up to `linearLimit` keys) is checked as each key comes: a 64-bit filter first,
///    then fingerprints, then bytes.
/// 2. A larger one is sorted when it closes. Not hashed: no choice of keys makes it quadratic.
/// 3. Keys are compared after unescaping; those with escapes are kept in `unescaped`.
struct SeenKeys {
    /// The keys of one open object.
    struct Object: BitwiseCopyable {
        /// The index of its first key.
        var first: Int
        /// A bit for each key that came, chosen by fingerprint.
        var filter: UInt64 = 0
    }

    /// One key: 16 bytes, since they are written for every key of every text.
    struct Key: BitwiseCopyable {
        /// The first and the last eight bytes and the length, mixed.
        fileprivate var fingerprint: UInt64
        /// Where its first byte is in the text; for a key with escapes, its place in `unescaped`.
        fileprivate var place: UInt32
        /// Its bytes; for a key with escapes, `Key.unescaped`.
        fileprivate var length: UInt32

        /// No text is long enough for a key of this length.
        fileprivate static let unescaped = UInt32.max
    }

    /// A key that had escapes.
    private struct UnescapedKey {
        var bytes: [UInt8]
        /// Where the raw one begins in the text.
        var start: Int
    }

    private static let linearLimit = 24

    /// How many keys the memory that is handed in holds: 768 bytes.
    static let window = 48

    private var keys: SmallStack<48, Key>
    private var unescaped: [UnescapedKey] = []

    /// No keys; the first ones will be kept in `memory`, which outlives the set.
    @unsafe
    init(in memory: UnsafeMutableBufferPointer<Key>) {
        unsafe keys = SmallStack(in: memory)
    }

    /// The empty set of an object that opens now.
    @inline(__always)
    var newObject: Object { Object(first: keys.count) }

    /// Adds a key to the innermost object. Returns false where it has an equal one; a large
    /// object is compared when it closes.
    @inline(__always)
    mutating func insert(
        _ extent: StringExtent, of bytes: Span<UInt8>, into object: inout Object
    ) -> Bool {
        let key = makeKey(extent, bytes)
        let bit: UInt64 = 1 &<< (key.fingerprint >> 58)
        let isFound = object.filter & bit != 0 && contains(key, object, bytes)
        object.filter |= bit
        keys.push(key)
        return !isFound
    }

    /// Whether the innermost object has keys that `insert` did not compare.
    @inline(__always)
    func isLarge(_ object: Object) -> Bool { keys.count &- object.first > Self.linearLimit }

    /// Forgets the keys of the innermost object.
    @inline(__always)
    mutating func close(_ object: Object) { keys.removeAll(from: object.first) }

    /// The error for the first key of the innermost object that equals an earlier one there.
    @inline(never)
    func duplicate(_ object: Object, _ bytes: Span<UInt8>) -> JSONError? {
        // By content, then by place: of equal keys the first one comes first.
        let sorted = (object.first..<keys.count).map { keys[$0] }.sorted { left, right in
            let order = order(left, right, bytes)
            return order == 0 ? start(of: left) < start(of: right) : order < 0
        }
        var earliest: Key?
        for (left, right) in zip(sorted, sorted.dropFirst()) where order(left, right, bytes) == 0 {
            if start(of: right) < earliest.map(start(of:)) ?? .max { earliest = right }
        }
        return earliest.map { key in
            let name = (0..<length(of: key)).map { byte($0, of: key, bytes) }
            return JSONError(
                .duplicateKey(String(decoding: name, as: UTF8.self)), at: start(of: key) - 1)
        }
    }

    @inline(__always)
    private mutating func makeKey(_ extent: StringExtent, _ bytes: Span<UInt8>) -> Key {
        if extent.hasEscapes { return makeUnescapedKey(extent, bytes) }
        let length = extent.end &- extent.start
        return Key(
            fingerprint: bytes.fingerprint(from: extent.start, length: length),
            place: UInt32(truncatingIfNeeded: extent.start),
            length: UInt32(truncatingIfNeeded: length))
    }

    @inline(never)
    private mutating func makeUnescapedKey(_ extent: StringExtent, _ bytes: Span<UInt8>) -> Key {
        var key = UnescapedKey(bytes: [], start: extent.start)
        JSONText.unescape(bytes, extent.start..<extent.end, into: &key.bytes)
        unescaped.append(key)
        return Key(
            fingerprint: key.bytes.span.fingerprint(from: 0, length: key.bytes.count),
            place: UInt32(truncatingIfNeeded: unescaped.count - 1), length: Key.unescaped)
    }

    @inline(never)
    private func contains(_ key: Key, _ object: Object, _ bytes: Span<UInt8>) -> Bool {
        guard keys.count - object.first < Self.linearLimit else { return false }
        for index in object.first..<keys.count where keys[index].fingerprint == key.fingerprint {
            if order(keys[index], key, bytes) == 0 { return true }
        }
        return false
    }

    /// Negative, zero or positive: a total order that is cheap, not alphabetical.
    private func order(_ left: Key, _ right: Key, _ bytes: Span<UInt8>) -> Int {
        if left.fingerprint != right.fingerprint {
            return left.fingerprint < right.fingerprint ? -1 : 1
        }
        let length = length(of: left)
        if length != self.length(of: right) { return length < self.length(of: right) ? -1 : 1 }
        for index in 0..<length {
            let first = byte(index, of: left, bytes)
            let second = byte(index, of: right, bytes)
            if first != second { return first < second ? -1 : 1 }
        }
        return 0
    }

    private func length(of key: Key) -> Int {
        key.length == Key.unescaped ? unescaped[Int(key.place)].bytes.count : Int(key.length)
    }

    private func start(of key: Key) -> Int {
        key.length == Key.unescaped ? unescaped[Int(key.place)].start : Int(key.place)
    }

    private func byte(_ index: Int, of key: Key, _ bytes: Span<UInt8>) -> UInt8 {
        key.length == Key.unescaped
            ? unescaped[Int(key.place)].bytes[index] : bytes[Int(key.place) + index]
    }
}

extension Span<UInt8> {
    /// A number that tells most keys apart: equal keys have equal ones. The key is in the span.
    @inline(__always)
    fileprivate func fingerprint(from start: Int, length: Int) -> UInt64 {
        var mixed: UInt64
        if length >= 8 {
            mixed = unsafe uncheckedWord64(at: start)
            mixed ^= unsafe uncheckedWord64(at: start &+ length &- 8).byteSwapped
        } else if start <= count - 8 {
            mixed = unsafe uncheckedWord64(at: start) & ~(UInt64.max &<< UInt64(8 &* length))
        } else {
            mixed = 0
            for index in 0..<length { mixed |= UInt64(self[start + index]) << UInt64(8 * index) }
        }
        return (mixed ^ UInt64(truncatingIfNeeded: length)) &* 0x9E37_79B9_7F4A_7C15
    }
}
