// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Providers
import Wire

/// Carries the events of one streamed answer from a provider to the client, as they come.
///
/// Everything before the commit point is held here; from the commit point on, all events of one
/// read leave together. `[DONE]` is the gateway's own. Isolation: the shard.
final class StreamRelay {
    enum Progress {
        case more
        /// The provider said that the stream is whole.
        case whole
        case failed(UpstreamFailure)
    }

    /// The most that is held before the commit point. Units: bytes.
    private static let longestPreamble = 256 << 10

    private let stream: any ChatStream
    private let client: ClientStream
    private let clock: any Timekeeper
    /// Sees what leaves, where the call may be gone on with elsewhere.
    private let resumption: StreamResumption?
    private var outgoing: [UInt8] = []

    /// Whether anything has been sent on.
    private(set) var hasCommitted = false
    private(set) var firstToken: Instant?
    private(set) var lastToken: Instant?
    /// The last usage that the provider reported.
    var usage: ReportedUsage? { stream.usage }
    /// Units: bytes of content, for estimates.
    var contentBytes: Int { stream.contentBytes }

    init(
        _ stream: any ChatStream, to client: ClientStream, clock: any Timekeeper,
        resumption: StreamResumption? = nil
    ) {
        self.stream = stream
        self.client = client
        self.clock = clock
        self.resumption = resumption
    }

    /// Takes the next bytes of the provider's body.
    ///
    /// - Parameter willCommit: called once, before the client is sent the first content.
    func receive(_ bytes: Span<UInt8>, willCommit: () -> Void) -> Progress {
        do throws(UpstreamFailure) {
            try stream.receive(bytes, appendingTo: &outgoing)
            forward(all: stream.isWhole, willCommit)
            return stream.isWhole ? .whole : .more
        } catch {
            forward(willCommit)
            return .failed(error)
        }
    }

    /// The provider's body ended well: nil where the stream is whole.
    func finish(willCommit: () -> Void) -> UpstreamFailure? {
        do throws(UpstreamFailure) {
            try stream.finish(appendingTo: &outgoing)
            forward(all: true, willCommit)
            return nil
        } catch {
            forward(willCommit)
            return error
        }
    }

    /// - Parameter all: what is held leaves without content, too, as the stream is whole.
    private func forward(all: Bool = false, _ willCommit: () -> Void) {
        guard !outgoing.isEmpty,
            all || stream.hasContent || hasCommitted
                || outgoing.count > Self.longestPreamble
        else { return }
        let now = clock.now
        if !hasCommitted {
            hasCommitted = true
            willCommit()
        }
        if stream.hasContent {
            if firstToken == nil { firstToken = now }
            lastToken = now
        }
        var events: [UInt8] = []
        swap(&events, &outgoing)
        resumption?.willSend(&events, usage: stream.usage)
        client.send(events.span, at: now)
        events.removeAll(keepingCapacity: true)
        swap(&events, &outgoing)
    }
}
