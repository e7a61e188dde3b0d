// SPDX-License-Identifier: Apache-2.0

/// Hashes that are the same in every process and on every machine, as Swift's own are not.
enum StableHash {
    /// FNV-1a over the UTF-8 of a text.
    static func hash(of text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// A number that shows no likeness to either of two others.
    static func hash(_ first: UInt64, _ second: UInt64) -> UInt64 {
        scattered(scattered(first) ^ second)
    }

    /// One step of SplitMix64.
    private static func scattered(_ number: UInt64) -> UInt64 {
        var value = number &+ 0x9e37_79b9_7f4a_7c15
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
