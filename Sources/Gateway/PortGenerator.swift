// SPDX-License-Identifier: Apache-2.0
import Wire

/// The chance of a shard, as the standard library asks for it.
struct PortGenerator: RandomNumberGenerator {
    private let source: any RandomSource

    init(_ source: any RandomSource) { self.source = source }

    func next() -> UInt64 { source.next() }
}
