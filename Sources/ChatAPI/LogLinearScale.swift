// SPDX-License-Identifier: Apache-2.0

/// The buckets of a log-linear histogram: each power of two is cut into as many equal ones.
///
/// A value below that number has a bucket of its own; above it, the end of a bucket is at most one
/// part of them above any value in it, and never below.
package struct LogLinearScale: Sendable {
    private let bits: Int
    private var parts: Int { 1 << bits }

    /// - Parameter bits: how many bits of a value count: 4 cut each power of two into 16 buckets.
    package init(bits: Int) { self.bits = bits }

    /// The place of the bucket that a value falls into, from 0.
    package func bucket(of value: UInt64) -> Int {
        if value < UInt64(parts) { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - bits
        return (shift + 1) * parts + Int(value >> UInt64(shift)) - parts
    }

    /// The largest value that falls into the bucket.
    package func end(of bucket: Int) -> Int64 {
        if bucket < parts { return Int64(bucket) }
        let shift = bucket / parts - 1
        let start = Int64(bucket % parts + parts) << Int64(shift)
        return start + (1 << Int64(shift)) - 1
    }
}
