// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// Reads the chunks of a streamed answer, each of which has the shape of a whole one.
///
/// That a stream is whole is known at its end only: nothing says that a chunk is the last.
struct GeminiStream: ChatStreamReader {
    typealias Frames = EventOrJSONFrames

    private let provider: String
    private var document = JSONDocument()
    private var reply: GeminiReply

    init(in context: ReplyContext) {
        provider = context.provider
        reply = GeminiReply(in: context)
    }

    var isWhole: Bool { false }

    mutating func receive(
        name: Span<UInt8>, data: Span<UInt8>, deltas: inout [ChatDelta], facts: inout ReplyFacts
    ) throws(UpstreamFailure) {
        try document.parse(answer: data, of: provider)
        try reply.take(JSONValue(document), deltas: &deltas, facts: &facts)
    }

    mutating func finish(
        deltas: inout [ChatDelta], facts: inout ReplyFacts
    ) throws(UpstreamFailure) {
        try reply.finish(deltas: &deltas, facts: &facts)
    }
}
