// SPDX-License-Identifier: Apache-2.0

/// The bytes of `Config/models.jsonl`, wherever they are kept.
///
/// A protocol, so that the executable can lend its read-only segment instead of a copy: a megabyte
/// less of memory. The bytes never change.
package protocol PriceText: Sendable {
    /// Lends all bytes to `body`.
    func read<Result>(_ body: (Span<UInt8>) -> Result) -> Result
}

/// A text in memory.
package struct PriceBytes: PriceText {
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package func read<Result>(_ body: (Span<UInt8>) -> Result) -> Result { body(bytes.span) }
}
