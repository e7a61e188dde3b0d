// SPDX-License-Identifier: Apache-2.0

/// The SHA-256 of a key's text: what is stored of the key, and what it is found by.
///
/// It is not `Equatable`, so that nobody compares it but in constant time.
package struct KeyHash: Sendable, Redacted {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// The hash of these 32 bytes; nil for any other number of them.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        func word(_ index: Int) -> UInt64 {
            bytes[index * 8..<index * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        words = (word(0), word(1), word(2), word(3))
    }

    /// The 32 bytes, for the store.
    package var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - $0 * 8)) }
        }
    }

    /// Whether all 32 bytes are the same. Looks at all of them, whatever they are.
    package func matches(_ other: KeyHash) -> Bool {
        let first = words.0 ^ other.words.0
        let second = words.1 ^ other.words.1
        let third = words.2 ^ other.words.2
        let fourth = words.3 ^ other.words.3
        return first | second | third | fourth == 0
    }

    /// Where to look for it. The time that a look-up takes may tell whether some stored hash begins
    /// with these bytes, which helps nobody to find a key: that is 256 random bits.
    var bucket: UInt64 { words.0 }
}
