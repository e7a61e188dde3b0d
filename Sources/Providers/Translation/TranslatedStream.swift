// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import Wire

/// A streamed answer of a dialect that is not OpenAI's, as OpenAI's chunks.
///
/// Usage is reported to the client once, at the end, and only where it asked.
package final class TranslatedStream<Reader: ChatStreamReader>: ChatStream {
    private var frames = Reader.Frames()
    private var reader: Reader
    private var writer: ChatChunkWriter
    private let context: ReplyContext
    private var deltas: [ChatDelta] = []
    private var isFinished = false

    package private(set) var hasContent = false
    package private(set) var contentBytes = 0
    package var isWhole: Bool { isFinished }
    package var usage: ReportedUsage? { writer.facts.usage }

    package init(_ reader: Reader, in context: ReplyContext) {
        self.reader = reader
        self.context = context
        writer = ChatChunkWriter(
            id: context.callID, model: context.model, created: context.created,
            operation: context.operation)
    }

    package func receive(
        _ bytes: Span<UInt8>, appendingTo client: inout [UInt8]
    ) throws(UpstreamFailure) {
        var failure: UpstreamFailure?
        do throws(FramingError) {
            try frames.receive(bytes) { name, data in
                guard failure == nil, !isFinished else { return }
                failure = take(name, data, appendingTo: &client)
            }
        } catch {
            failure = failure ?? .unreadable(error, provider: context.provider)
        }
        if let failure { throw failure }
    }

    package func finish(appendingTo client: inout [UInt8]) throws(UpstreamFailure) {
        if isFinished { return }
        var failure: UpstreamFailure?
        do throws(FramingError) {
            try frames.finish { name, data in
                guard failure == nil, !isFinished else { return }
                failure = take(name, data, appendingTo: &client)
            }
        } catch {
            failure = .cutOff(context.provider)
        }
        // What ends in its middle is no sign of nonsense, but of an end too early.
        if let failure { throw failure.kind == .malformed ? .cutOff(context.provider) : failure }
        if !isFinished { try end(appendingTo: &client) }
    }

    private func take(
        _ name: Span<UInt8>, _ data: Span<UInt8>, appendingTo client: inout [UInt8]
    ) -> UpstreamFailure? {
        do throws(UpstreamFailure) {
            try reader.receive(
                name: name, data: data, deltas: &deltas, facts: &writer.facts)
            write(appendingTo: &client)
            if reader.isWhole { try end(appendingTo: &client) }
            return nil
        } catch {
            write(appendingTo: &client)
            return error
        }
    }

    private func end(appendingTo client: inout [UInt8]) throws(UpstreamFailure) {
        defer { write(appendingTo: &client) }
        try reader.finish(deltas: &deltas, facts: &writer.facts)
        write(appendingTo: &client)
        isFinished = true
        guard context.wantsUsage, let usage = writer.facts.usage else { return }
        let chunk = writer.usageChunk(usage.usage, cost: context.cost(usage))
        ServerSentEventSerializer.append(data: chunk, to: &client)
    }

    private func write(appendingTo client: inout [UInt8]) {
        for delta in deltas {
            hasContent = true
            contentBytes += delta.contentBytes
            ServerSentEventSerializer.append(data: writer.chunk(delta), to: &client)
        }
        deltas.removeAll(keepingCapacity: true)
    }
}

extension ChatDelta {
    /// Units: bytes of generated text.
    fileprivate var contentBytes: Int {
        switch kind {
        case .text(let text), .refusal(let text), .reasoning(let text): text.utf8.count
        case .toolCall(_, _, let name, _): name.utf8.count
        case .toolArguments(_, let text): text.utf8.count
        case .reasoningDetail, .annotation, .citation, .image, .audio, .logprobs, .finished: 0
        }
    }
}
