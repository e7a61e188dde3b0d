// SPDX-License-Identifier: Apache-2.0
import CZlibShim

/// The bytes of a journal segment.
///
/// Shape: a header, then frames until the end of the file; all integers little-endian.
///
///     header   8  "MARTLETJ"
///              4  format version, 1
///              4  CRC-32 of the twelve bytes before
///     frame    4  length of the payload, from 1 to 1,048,576
///              4  CRC-32 of the payload
///              n  payload: a JSON object in UTF-8, from `{` to `}`
///
/// A length below 2²⁰ + 1 has bytes that JSON text never holds, so no payload contains what looks
/// like a frame, and a reader that lost its place finds the next frame again.
enum JournalFormat {
    static let version: UInt32 = 1
    static let headerCount = 16
    static let frameHeaderCount = 8
    static let maximumPayload = 1 << 20
    static let suffix = ".journal"

    /// The header of every segment that this program writes.
    static var header: [UInt8] { header(version: version) }

    static func header(version: UInt32) -> [UInt8] {
        var bytes = Array("MARTLETJ".utf8)
        append(version, to: &bytes)
        append(checksum(bytes.span), to: &bytes)
        return bytes
    }

    /// Fills the first eight bytes of the frame from `start` to the end, whose payload is already
    /// behind them.
    static func seal(_ frames: inout [UInt8], from start: Int) {
        let payload = start + frameHeaderCount
        let checksum = checksum(frames.span.extracting(droppingFirst: payload))
        put(UInt32(frames.count - payload), at: start, of: &frames)
        put(checksum, at: start + 4, of: &frames)
    }

    /// CRC-32 as in zlib, gzip and PNG (ISO 3309).
    static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
        bytes.withUnsafeBufferPointer { buffer in
            UInt32(truncatingIfNeeded: crc32(0, buffer.baseAddress, UInt32(buffer.count)))
        }
    }

    /// The integer in the four bytes from `offset`, which are there.
    static func integer(at offset: Int, of bytes: Span<UInt8>) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
    }

    private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: repeatElement(0, count: 4))
        put(value, at: bytes.count - 4, of: &bytes)
    }

    private static func put(_ value: UInt32, at offset: Int, of bytes: inout [UInt8]) {
        for index in 0..<4 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index))
        }
    }
}
