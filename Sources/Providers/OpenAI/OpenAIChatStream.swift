// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Wire

/// A streamed answer that is in the client's own format: events keep their bytes but for the
/// added `usage.cost` and renamed finish reasons. Comments and event names are not passed on.
final class OpenAIChatStream: ChatStream {
    private var parser = ServerSentEventParser()
    private var stream: OpenAIStream
    private let context: ReplyContext

    private(set) var hasContent = false
    private(set) var isWhole = false
    private(set) var usage: ReportedUsage?
    var contentBytes: Int { stream.contentBytes }

    init(in context: ReplyContext) {
        self.context = context
        stream = OpenAIStream(provider: context.provider, quirks: context.quirks)
    }

    func receive(
        _ bytes: Span<UInt8>, appendingTo client: inout [UInt8]
    ) throws(UpstreamFailure) {
        var failure: UpstreamFailure?
        do throws(ServerSentEventError) {
            try parser.receive(bytes) { event in
                guard failure == nil, !isWhole, event.kind == .event else { return }
                failure = take(event.data, appendingTo: &client)
            }
        } catch {
            failure = .tooLong("an event is too long", provider: context.provider)
        }
        if let failure { throw failure }
    }

    func finish(appendingTo client: inout [UInt8]) throws(UpstreamFailure) {
        // Some providers end without the last blank line; what is pending then is an event.
        var failure: UpstreamFailure?
        _ = try? parser.finish(deliveringPendingTo: { event in
            guard failure == nil, !isWhole, event.kind == .event else { return }
            failure = take(event.data, appendingTo: &client)
        })
        // An event that ends in its middle is no sign of nonsense, but of an end too early.
        if let failure {
            throw failure.kind == .malformed ? .cutOff(context.provider) : failure
        }
        if let failure = stream.finish() { throw failure }
    }

    private func take(
        _ data: Span<UInt8>, appendingTo client: inout [UInt8]
    ) -> UpstreamFailure? {
        switch stream.receive(data) {
        case .failed(let failure):
            return failure
        case .done:
            let failure = stream.finish()
            isWhole = failure == nil
            return failure
        case .chunk(let chunk):
            append(chunk, data, to: &client)
            return nil
        }
    }

    private func append(
        _ chunk: OpenAIStream.Chunk, _ data: Span<UInt8>, to client: inout [UInt8]
    ) {
        if chunk.commits { hasContent = true }
        if let usage = chunk.usage { self.usage = usage.reported }
        if chunk.usage != nil, chunk.isEmpty, !context.wantsUsage { return }
        guard !chunk.renamed.isEmpty || !chunk.flattened.isEmpty || chunk.usage?.hasCost == false
        else {
            return ServerSentEventSerializer.append(data: data, to: &client)
        }
        let edited = OpenAIReplyEdits.applied(
            renaming: chunk.renamed, flattening: chunk.flattened, usage: chunk.usage,
            cost: (chunk.usage?.reported).flatMap(context.cost), to: data)
        ServerSentEventSerializer.append(data: edited, to: &client)
    }
}
