// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// Reads Ollama's stream, a JSON object a line. The one that is `done` ends it well.
struct OllamaStream: ChatStreamReader {
    typealias Frames = JSONLinesFrames

    private let context: ReplyContext
    private var document = JSONDocument()
    private var answer: OllamaAnswer

    init(in context: ReplyContext) {
        self.context = context
        answer = OllamaAnswer(in: context)
    }

    var isWhole: Bool { answer.isDone }

    mutating func receive(
        name: Span<UInt8>, data: Span<UInt8>, deltas: inout [ChatDelta], facts: inout ReplyFacts
    ) throws(UpstreamFailure) {
        try document.parse(answer: data, of: context.provider)
        try answer.take(JSONValue(document), &deltas, &facts)
    }

    mutating func finish(
        deltas: inout [ChatDelta], facts: inout ReplyFacts
    ) throws(UpstreamFailure) {
        if !isWhole { throw .cutOff(context.provider) }
    }
}
