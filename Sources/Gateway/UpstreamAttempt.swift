// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Providers
import Wire

/// One try at one provider: takes what the transfer tells, relays a stream as it comes, and brings
/// one ending to the pipeline.
///
/// Isolation: the shard. States: `waiting` → `collecting` | `relaying` → `over`.
final class UpstreamAttempt: TransferReceiver {
    /// How an attempt ended.
    enum Ending: Sendable {
        /// The provider answered whole.
        case answered(any ChatAnswer)
        /// The stream came whole; all of it but `[DONE]` has been sent on.
        case streamed
        case failed(UpstreamFailure)
        /// Somebody here ended it: the client left, or the gateway shuts down.
        case stopped(StopReason)
    }

    private enum State { case waiting, collecting, relaying, over }

    /// The longest whole answer, and the longest error, that are kept. Units: bytes.
    private static let longestAnswer = 64 << 20
    private static let longestError = 256 << 10

    private let provider: Provider
    /// What the provider speaks for the call's operation.
    private let dialect: any ChatDialect
    private let wantsStream: Bool
    private let context: ReplyContext
    /// Where the events of a streamed answer go; nil for a whole one.
    let relay: StreamRelay?
    private var ending = Milestone<Ending>()
    private var state: State = .waiting
    private var transfer: (any Transfer)?
    /// What waits for an access token, and is let go with the attempt.
    private var unsent: HTTPRequest?
    private var lentToken: (Secret, TokenHolder)?
    private var body: [UInt8] = []
    private(set) var head: HTTPReplyHead?

    init(
        provider: Provider, dialect: any ChatDialect, context: ReplyContext, relay: StreamRelay?
    ) {
        self.provider = provider
        self.dialect = dialect
        self.context = context
        self.wantsStream = relay != nil
        self.relay = relay
    }

    /// Whether the request was given to the transport: not before there is an access token.
    var wasSent: Bool { transfer != nil }

    /// What the transfer has measured.
    var timings: TransferTimings { transfer?.timings ?? TransferTimings() }

    /// Sends the request, where the provider wants an access token as soon as there is one. Called
    /// once.
    func start(_ message: HTTPRequest, over transport: any Transport, tokens: TokenCache) {
        guard let grant = provider.grant else { return send(message, over: transport) }
        let holder = tokens.holder(of: provider, grant)
        unsent = message
        holder.withToken { [self] result in
            guard state == .waiting, var message = unsent else { return }
            unsent = nil
            switch result {
            case .success(let token):
                lentToken = (token, holder)
                message.fields.append("authorization", "Bearer \(token.reveal())")
                send(message, over: transport)
            case .failure(let failure):
                conclude(.failed(failure))
            }
        }
    }

    private func send(_ message: HTTPRequest, over transport: any Transport) {
        let request = TransferRequest(
            endpoint: provider.endpoint, message: message, limits: provider.limits,
            signing: provider.signing, sharesConnection: !wantsStream)
        transfer = transport.start(request, receiver: self)
    }

    /// The ending, once it has come. Called once.
    func ended() async -> Ending {
        // Asked for inside the closure and not before it: the way there may be a suspension, in
        // which the ending comes.
        await unsafe withUnsafeContinuation { unsafe ending.wake($0) }
        guard let value = ending.value else {
            preconditionFailure("an attempt woke its task before its ending")
        }
        return value
    }

    /// Ends the attempt now; its upstream connection closes at once.
    func stop(_ reason: StopReason) {
        guard state != .over else { return }
        conclude(.stopped(reason))
        transfer?.cancel()
    }

    /// Stops and goes on reading from the provider, as the client's queue fills and drains.
    func pause() { if state != .over { transfer?.pause() } }
    func resume() { if state != .over { transfer?.resume() } }

    // MARK: TransferReceiver

    func transferDidReceive(head: HTTPReplyHead) {
        guard state == .waiting else { return }
        self.head = head
        let isEventStream =
            wantsStream && (200..<300).contains(head.status)
            && (dialect.mayStreamAsJSON || !isJSON(head.fields))
        state = isEventStream ? .relaying : .collecting
    }

    func transferDidReceive(_ bytes: Span<UInt8>) {
        switch state {
        case .relaying:
            guard let relay else { return }
            switch relay.receive(bytes) {
            case .more: break
            case .whole: conclude(.streamed)
            case .failed(let failure): fail(failure)
            }
        case .collecting:
            let isError = !(200..<300).contains(head?.status ?? 0)
            guard body.count + bytes.count <= (isError ? Self.longestError : Self.longestAnswer)
            else { return fail(malformed("the answer is too long")) }
            body.append(bytesOf: bytes)
        case .waiting, .over:
            break
        }
    }

    func transferDidEnd(_ end: TransferEnd) {
        guard state != .over else { return }
        switch end {
        case .failed(let failure):
            conclude(.failed(UpstreamFailure(failure, provider: provider.id)))
        case .complete where state == .relaying:
            if let failure = relay?.finish() {
                conclude(.failed(failure))
            } else {
                conclude(.streamed)
            }
        case .complete:
            conclude(readAnswer())
        }
    }

    private func readAnswer() -> Ending {
        guard let head else { return .failed(malformed("there is no answer")) }
        guard (200..<300).contains(head.status) else {
            if head.status == 401, let (token, holder) = lentToken { holder.forget(token) }
            return .failed(dialect.failure(head: head, body: body, provider: provider.id))
        }
        do throws(UpstreamFailure) {
            let answer = try dialect.answer(reading: body, head: head, in: context)
            if wantsStream { throw malformed("a stream was asked for, and a whole answer came") }
            return .answered(answer)
        } catch {
            return .failed(error)
        }
    }

    private func fail(_ failure: UpstreamFailure) {
        conclude(.failed(failure))
        transfer?.cancel()
    }

    private func conclude(_ value: Ending) {
        state = .over
        unsent = nil
        ending.reach(value)
    }

    private func malformed(_ what: String) -> UpstreamFailure {
        .malformed(what, provider: provider.id)
    }

    private func isJSON(_ fields: HTTPFields) -> Bool {
        fields.hasValue("content-type", beginningWith: "application/json")
    }
}

/// Why the gateway itself ended a call.
enum StopReason: Sendable, Equatable {
    case clientLeft
    case shutdown
}
