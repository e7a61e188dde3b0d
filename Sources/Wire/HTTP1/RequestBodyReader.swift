// SPDX-License-Identifier: Apache-2.0

/// Collects the body of one request.
///
/// Memory grows with what has arrived, not with what was claimed.
struct RequestBodyReader: Sendable {
    private enum Kind: Sendable {
        case length(Int)
        case chunked(ChunkedDecoder)
    }

    private var kind: Kind
    private(set) var bytes: [UInt8] = []
    private let start: Instant
    private var lastProgress: Instant

    /// Makes a reader, or nil where there is no body to read.
    init?(_ framing: BodyFraming, now: Instant) {
        switch framing {
        case .none: return nil
        case .length(let length): kind = .length(length)
        case .chunked: kind = .chunked(ChunkedDecoder())
        }
        start = now
        lastProgress = now
    }

    /// Consumes bytes from `position` on; true once the body is whole.
    mutating func read(
        _ unread: Span<UInt8>, at position: inout Int, limits: HTTPLimits, now: Instant
    ) throws(HTTPViolation) -> Bool {
        let before = bytes.count
        defer { if bytes.count > before { lastProgress = now } }
        switch kind {
        case .length(let length):
            let end = position + min(length - bytes.count, unread.count - position)
            reserve(adding: end - position, claimed: length)
            bytes.append(bytesOf: unread.extracting(position..<end))
            position = end
            return bytes.count == length
        case .chunked(var decoder):
            let isWhole = try decoder.decode(
                unread, at: &position, into: &bytes, limits: limits)
            kind = .chunked(decoder)
            return isWhole
        }
    }

    /// When the body is late: no byte for a while, or on average too slow.
    func deadline(_ limits: HTTPLimits) -> Instant {
        let earned = Duration.seconds(bytes.count / max(limits.bodyBytesPerSecond, 1))
        let idle = lastProgress.advanced(by: limits.bodyIdleTime)
        return min(idle, start.advanced(by: limits.bodyIdleTime + earned))
    }

    /// Grows the array fourfold, but never beyond the claimed length.
    ///
    /// What is reserved and not written is no memory yet, and fewer copies are made.
    private mutating func reserve(adding count: Int, claimed: Int) {
        guard bytes.count + count > bytes.capacity else { return }
        let needed = bytes.count + count
        bytes.reserveCapacity(max(needed, min(claimed, 4 * bytes.count)))
    }
}
