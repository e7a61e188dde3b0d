// SPDX-License-Identifier: Apache-2.0

/// A hash that is the same in every process and on every machine, for choices that have to agree. It
/// keeps nobody from making two texts that collide.
package struct StableHash: Sendable {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    package init() {}

    /// Takes the next text in; two texts are not the same as their sum.
    ///
    /// Complexity: linear, a multiplication for eight bytes.
    package mutating func mix(_ bytes: Span<UInt8>) {
        var index = 0
        while index < bytes.count {
            let end = min(index + 8, bytes.count)
            var word: UInt64 = 0
            while index < end {
                word = word << 8 | UInt64(bytes[index])
                index += 1
            }
            mix(word)
        }
        mix(UInt64(bytes.count))
    }

    /// Takes the next text in.
    package mutating func mix(_ text: String) { mix(text.utf8.span) }

    /// Takes the next number in.
    package mutating func mix(_ word: UInt64) {
        state = Self.stirred(state ^ word)
    }

    /// The hash of one text.
    package static func hash(of text: String) -> UInt64 {
        var hash = StableHash()
        hash.mix(text)
        return hash.value
    }

    /// A number that shows no likeness to either of two others.
    package static func hash(_ first: UInt64, _ second: UInt64) -> UInt64 {
        var hash = StableHash()
        hash.mix(first)
        hash.mix(second)
        return hash.value
    }

    /// The hash of what was taken in so far.
    package var value: UInt64 { Self.stirred(state) }

    /// A bijection whose result's bits depend on all bits of `word`.
    private static func stirred(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ word >> 32) &* 0xD6E8_FEB8_6659_FD93
        word = (word ^ word >> 32) &* 0xD6E8_FEB8_6659_FD93
        return word ^ word >> 32
    }
}
