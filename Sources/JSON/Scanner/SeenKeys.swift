// SPDX-License-Identifier: Apache-2.0

/// The keys of the objects that are open, to find a duplicate.
///
/// 1. A small object (up to `linearLimit` keys) is checked as each key comes: a 64-bit filter first,
///    then fingerprints, then bytes.
/// 2. A larger one is sorted when it closes. Not hashed: no choice of keys makes it quadratic.
/// 3. Keys are compared after unescaping; those with escapes are unescaped into `unescaped`.
struct SeenKeys {
    /// The keys of one open object.
    struct Object: BitwiseCopyable {
        /// The index of its first key.
        var first: Int
        /// A bit for each key that came, chosen by fingerprint.
        var filter: UInt64 = 0
    }

    struct Key: BitwiseCopyable {
        /// The first and the last eight bytes and the length, mixed.
        fileprivate var fingerprint: UInt64
        fileprivate var start: UInt32
        fileprivate var length: UInt32
        /// Where the key's quote stands in the text, for the error.
        fileprivate var offset: UInt32
        /// Whether `start` counts in `unescaped` and not in the text.
        fileprivate var isUnescaped: Bool
    }

    private static let linearLimit = 24

    private var keys: SmallStack<Key>
    private var unescaped: [UInt8] = []

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

    @inline(never)
    private func contains(_ key: Key, _ object: Object, _ bytes: Span<UInt8>) -> Bool {
        guard keys.count - object.first < Self.linearLimit else { return false }
        for index in object.first..<keys.count where order(keys[index], key, bytes) == 0 {
            return true
        }
        return false
    }

    /// Whether the innermost object has keys that `insert` did not compare.
    @inline(__always)
    func isLarge(_ object: Object) -> Bool { keys.count &- object.first > Self.linearLimit }

    /// Forgets the keys of the innermost object.
    @inline(__always)
    mutating func close(_ object: Object) { keys.removeAll(from: object.first) }

    /// The error for the first key of the innermost object that another one there precedes, or nil.
    @inline(never)
    func duplicate(_ object: Object, _ bytes: Span<UInt8>) -> JSONError? {
        // By content, then by place: of equal keys the first one comes first.
        let sorted = (object.first..<keys.count).map { keys[$0] }.sorted { left, right in
            let order = order(left, right, bytes)
            return order == 0 ? left.offset < right.offset : order < 0
        }
        var earliest: Key?
        for (left, right) in zip(sorted, sorted.dropFirst()) where order(left, right, bytes) == 0 {
            if right.offset < earliest?.offset ?? .max { earliest = right }
        }
        return earliest.map { key in
            let name = (0..<Int(key.length)).map { byte($0, of: key, bytes) }
            return JSONError(
                .duplicateKey(String(decoding: name, as: UTF8.self)), at: Int(key.offset))
        }
    }

    @inline(__always)
    private mutating func makeKey(_ extent: StringExtent, _ bytes: Span<UInt8>) -> Key {
        if extent.hasEscapes { return makeUnescapedKey(extent, bytes) }
        let length = extent.end &- extent.start
        return Key(
            fingerprint: bytes.fingerprint(from: extent.start, length: length),
            start: UInt32(truncatingIfNeeded: extent.start),
            length: UInt32(truncatingIfNeeded: length),
            offset: UInt32(truncatingIfNeeded: extent.start &- 1), isUnescaped: false)
    }

    @inline(never)
    private mutating func makeUnescapedKey(_ extent: StringExtent, _ bytes: Span<UInt8>) -> Key {
        let start = unescaped.count
        JSONText.unescape(bytes, extent.start..<extent.end, into: &unescaped)
        let length = unescaped.count - start
        return Key(
            fingerprint: unescaped.span.fingerprint(from: start, length: length),
            start: UInt32(truncatingIfNeeded: start),
            length: UInt32(truncatingIfNeeded: length),
            offset: UInt32(truncatingIfNeeded: extent.start &- 1), isUnescaped: true)
    }

    /// Negative, zero or positive: a total order that is cheap, not alphabetical.
    private func order(_ left: Key, _ right: Key, _ bytes: Span<UInt8>) -> Int {
        if left.fingerprint != right.fingerprint {
            return left.fingerprint < right.fingerprint ? -1 : 1
        }
        if left.length != right.length { return left.length < right.length ? -1 : 1 }
        for index in 0..<Int(left.length) {
            let first = byte(index, of: left, bytes)
            let second = byte(index, of: right, bytes)
            if first != second { return first < second ? -1 : 1 }
        }
        return 0
    }

    private func byte(_ index: Int, of key: Key, _ bytes: Span<UInt8>) -> UInt8 {
        key.isUnescaped ? unescaped[Int(key.start) + index] : bytes[Int(key.start) + index]
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
