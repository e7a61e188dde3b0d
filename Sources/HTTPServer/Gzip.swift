// SPDX-License-Identifier: Apache-2.0
import CZlibShim
import Wire

/// zlib's window and header flags: a 32 kB window, in the gzip format (`zlib.h`).
private let gzipWindowBits: Int32 = 15 + 16

/// A `z_stream`, which zlib wants to find at the same address in each call.
private func makeStream() -> UnsafeMutablePointer<z_stream> {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    return stream
}

/// Compresses one reply after the other with the same memory.
///
/// Isolation: the shard that owns it. Memory: about 256 kB.
final class GzipCompressor {
    private let stream = makeStream()
    private let isReady: Bool

    init() {
        // Level 1: a shard's time is worth more than the last tenth of the size.
        isReady =
            deflateInit2_(
                stream, 1, Z_DEFLATED, gzipWindowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// The gzip form of `body`, or nil where it is not smaller.
    func compress(_ body: [UInt8]) -> [UInt8]? {
        guard isReady, let available = UInt32(exactly: body.count), deflateReset(stream) == Z_OK
        else { return nil }
        let compressed = [UInt8](unsafeUninitializedCapacity: body.count) { output, count in
            body.withUnsafeBufferPointer { input in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = available
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = available
                let isWhole = deflate(stream, Z_FINISH) == Z_STREAM_END
                count = isWhole ? input.count - Int(stream.pointee.avail_out) : 0
            }
        }
        return compressed.isEmpty ? nil : compressed
    }
}

/// Expands gzipped request bodies.
enum GzipExpander {
    private static let pieceBytes: UInt32 = 64 * 1024
    /// The ratio is not asked of less than this.
    private static let harmlessBytes = 1024 * 1024

    /// The content of one gzip member.
    ///
    /// Throws: `corruptContentCoding` for anything but one whole member, `expandsTooMuch` as soon
    /// as the body limit or the ratio of expansion is passed. Source: RFC 1952.
    static func expand(
        _ body: [UInt8], limits: HTTPLimits
    ) throws(HTTPViolation) -> [UInt8] {
        guard let available = UInt32(exactly: body.count) else { throw .corruptContentCoding }
        let stream = makeStream()
        defer { stream.deallocate() }
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, gzipWindowBits, ZLIB_VERSION, size) == Z_OK else {
            throw .corruptContentCoding
        }
        defer { inflateEnd(stream) }

        let (ratioBytes, overflow) = body.count.multipliedReportingOverflow(
            by: limits.expansionRatio)
        let limit =
            overflow ? limits.bodyBytes : min(limits.bodyBytes, max(ratioBytes, harmlessBytes))
        var expanded: [UInt8] = []
        var code = Z_OK
        stream.pointee.avail_in = available
        while code == Z_OK {
            code = inflatePiece(of: body, stream, into: &expanded)
            guard expanded.count <= limit else { throw .expandsTooMuch(limit: limit) }
        }
        guard code == Z_STREAM_END, stream.pointee.avail_in == 0 else {
            throw .corruptContentCoding
        }
        return expanded
    }

    private static func inflatePiece(
        of body: [UInt8], _ stream: UnsafeMutablePointer<z_stream>, into expanded: inout [UInt8]
    ) -> Int32 {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(pieceBytes)) { piece in
            let code = body.withUnsafeBufferPointer { input in
                let consumed = input.count - Int(stream.pointee.avail_in)
                stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: input.baseAddress?.advanced(by: consumed))
                stream.pointee.next_out = piece.baseAddress
                stream.pointee.avail_out = pieceBytes
                return inflate(stream, Z_NO_FLUSH)
            }
            expanded.append(contentsOf: piece[..<Int(pieceBytes - stream.pointee.avail_out)])
            return code
        }
    }
}
