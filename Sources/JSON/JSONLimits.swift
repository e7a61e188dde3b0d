// SPDX-License-Identifier: Apache-2.0

/// How much of a text is accepted before it is refused.
package struct JSONLimits: Sendable, Equatable {
    /// How many objects and arrays may be open at once; the root object counts.
    package var maximumDepth: Int

    /// The longest text, in bytes. Offsets are kept in 32 bits, so never more than `UInt32.max`.
    package var maximumByteCount: Int

    /// How many values and keys a `JSONDocument` holds; a node takes 20 bytes, and `[1,1,…]` costs
    /// its sender two bytes a node. Outlines keep nothing but the root's members and ignore it.
    package var maximumNodeCount: Int

    /// The limits of requests and replies, where no other ones are given.
    package init(
        maximumDepth: Int = 128, maximumByteCount: Int = 512 << 20,
        maximumNodeCount: Int = 8 << 20
    ) {
        self.maximumDepth = maximumDepth
        self.maximumByteCount = min(maximumByteCount, Int(UInt32.max))
        self.maximumNodeCount = min(maximumNodeCount, Int(UInt32.max))
    }
}
