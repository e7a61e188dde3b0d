// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
package import Wire

/// Reads the frames of one streamed answer of a dialect that is not OpenAI's.
package protocol ChatStreamReader {
    /// How the body is cut into frames.
    associatedtype Frames: StreamFrameParser

    /// Reads one frame: appends what it says to `deltas`, and what it says of the whole to `facts`.
    ///
    /// - Parameter name: the frame's name, empty where the framing has none.
    /// Throws: the failure that the frame tells, or `malformed`.
    mutating func receive(
        name: Span<UInt8>, data: Span<UInt8>, deltas: inout [ChatDelta], facts: inout ReplyFacts
    ) throws(UpstreamFailure)

    /// Whether the provider has said that nothing follows.
    var isWhole: Bool { get }

    /// Nothing follows: appends what is still held back. Throws where the answer is not complete.
    mutating func finish(
        deltas: inout [ChatDelta], facts: inout ReplyFacts
    ) throws(UpstreamFailure)
}
