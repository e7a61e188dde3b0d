// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Providers
import Wire

/// Carries the events of one streamed answer from a provider to the client, as they come.
///
/// Everything before the commit point is held here; from the commit point on, all events of one
/// read leave together. Events keep their bytes but for the added `usage.cost`; comments, event
/// names and `[DONE]` are the gateway's own. Isolation: the shard.
final class StreamRelay {
    enum Progress {
        case more
        /// `[DONE]` came, and the stream is whole.
        case whole
        case failed(UpstreamFailure)
    }

    /// The most that is held before the commit point. Units: bytes.
    private static let longestPreamble = 256 << 10

    private let client: ClientStream
    private let clock: any Timekeeper
    private let clientWantsUsage: Bool
    private let costText: (OpenAIUsage) -> String?
    private var parser = ServerSentEventParser()
    private var stream: OpenAIStream
    private var outgoing: [UInt8] = []
    private var mustCommit = false

    /// The last usage that the provider reported.
    private(set) var usage: OpenAIUsage?
    private(set) var firstToken: Instant?
    private(set) var lastToken: Instant?
    /// Units: bytes of content, for estimates.
    var contentBytes: Int { stream.contentBytes }

    init(
        provider: Provider, client: ClientStream, clock: any Timekeeper, clientWantsUsage: Bool,
        costText: @escaping (OpenAIUsage) -> String?
    ) {
        self.client = client
        self.clock = clock
        self.clientWantsUsage = clientWantsUsage
        self.costText = costText
        stream = OpenAIStream(provider: provider.id, quirks: provider.vendor.quirks)
        providerID = provider.id
    }

    private let providerID: String

    /// Takes the next bytes of the provider's body.
    func receive(_ bytes: Span<UInt8>) -> Progress {
        var progress = Progress.more
        do throws(ServerSentEventError) {
            try parser.receive(bytes) { event in
                if case .more = progress, event.kind == .event { progress = take(event.data) }
            }
        } catch {
            progress = .failed(
                OpenAIFailure.malformed("an event is too long", provider: providerID))
        }
        forward()
        return progress
    }

    /// The provider's body ended well: nil where the stream is whole.
    func finish() -> UpstreamFailure? {
        // Some providers end without the last blank line; what is pending then is an event.
        var progress = Progress.more
        _ = try? parser.finish(deliveringPendingTo: { event in
            if event.kind == .event { progress = take(event.data) }
        })
        forward()
        guard case .failed(let failure) = progress else { return stream.finish() }
        // An event that ends in its middle is no sign of nonsense, but of an end too early.
        return failure.kind == .malformed ? stream.cutOff : failure
    }

    private func take(_ data: Span<UInt8>) -> Progress {
        switch stream.receive(data) {
        case .failed(let failure):
            return .failed(failure)
        case .done:
            return stream.finish().map { .failed($0) } ?? .whole
        case .chunk(let chunk):
            append(chunk, data)
            return .more
        }
    }

    private func append(_ chunk: OpenAIStream.Chunk, _ data: Span<UInt8>) {
        if chunk.commits { mustCommit = true }
        if let usage = chunk.usage { self.usage = usage }
        if chunk.usage != nil, chunk.isEmpty, !clientWantsUsage { return }
        guard !chunk.renamed.isEmpty || chunk.usage?.hasCost == false else {
            return ServerSentEventSerializer.append(data: data, to: &outgoing)
        }
        let edited = OpenAIReplyEdits.applied(
            renaming: chunk.renamed, usage: chunk.usage, cost: chunk.usage.flatMap(costText),
            to: data)
        ServerSentEventSerializer.append(data: edited, to: &outgoing)
    }

    private func forward() {
        guard mustCommit || client.isCommitted || outgoing.count > Self.longestPreamble,
            !outgoing.isEmpty
        else { return }
        let now = clock.now
        if firstToken == nil { firstToken = now }
        lastToken = now
        var events: [UInt8] = []
        swap(&events, &outgoing)
        client.send(events.span, at: now)
        events.removeAll(keepingCapacity: true)
        swap(&events, &outgoing)
    }
}
