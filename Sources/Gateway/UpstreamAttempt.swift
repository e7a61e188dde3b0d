// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Providers
import Routing
import Wire

/// What an attempt tells the call that it belongs to.
///
/// Isolation: the shard.
protocol AttemptObserver: AnyObject {
    /// The first content of a stream is about to leave, or an answer has come whole. Told before the
    /// client sees any of it, once, and not of an attempt that was stopped.
    func attemptHasContent(_ attempt: UpstreamAttempt)
    /// The attempt is over. Told once.
    func attemptDidEnd(_ attempt: UpstreamAttempt, _ ending: UpstreamAttempt.Ending)
}

/// One try at one provider: takes what the transfer tells, relays a stream as it comes, and comes to
/// one ending.
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
        /// The call was ended.
        case stopped(StopReason)
        /// Another attempt of the same call had content first.
        case outrun
    }

    private enum State { case waiting, collecting, relaying, over }

    /// The longest whole answer where nothing asks for more, and the most of an error that is read.
    /// Units: bytes.
    private static let longestAnswer = 64 << 20
    private static let longestError = 256 << 10

    /// What was asked, and as what.
    let candidate: Candidate
    /// Given back where the attempt ends.
    let admission: FleetAdmission
    /// Parameters that were not passed on.
    let dropped: [String]
    private let provider: Provider
    /// What the provider speaks for the call's operation.
    private let dialect: any ChatDialect
    private let wantsStream: Bool
    private let context: ReplyContext
    /// Where the events of a streamed answer go; nil for a whole one.
    let relay: StreamRelay?
    /// The line in the ledger, as far as it is known.
    private var line: LedgerAttempt
    private var observer: (any AttemptObserver)?
    /// Nil while it runs.
    private(set) var ending: Ending?
    private var firstTokenTimer: (any Timekeeper, TimerID)?
    /// Units: bytes.
    private let longestAnswer: Int
    private var state: State = .waiting
    private var transfer: (any Transfer)?
    private var isPaused = false
    /// What waits for an access token, and is let go with the attempt.
    private var unsent: HTTPRequest?
    private var lentToken: (Secret, TokenHolder)?
    private var body: [UInt8] = []
    private(set) var head: HTTPReplyHead?

    init(
        at candidate: Candidate, _ line: LedgerAttempt, _ admission: FleetAdmission,
        dropped: [String], provider: Provider, dialect: any ChatDialect, context: ReplyContext,
        relay: StreamRelay?,
        observer: any AttemptObserver
    ) {
        self.candidate = candidate
        self.admission = admission
        self.line = line
        self.dropped = dropped
        self.observer = observer
        self.provider = provider
        self.dialect = dialect
        self.context = context
        self.wantsStream = relay != nil
        self.relay = relay
        longestAnswer = max(Self.longestAnswer, context.vectors?.longestAnswer ?? 0)
    }

    /// Whether the request was given to the transport: not before there is an access token.
    var wasSent: Bool { transfer != nil }

    /// Whether it was sent with an access token.
    var usesToken: Bool { lentToken != nil }

    /// Whether the client has been sent content of it, or is about to be.
    var hasContent: Bool {
        if case .answered = ending { true } else { relay?.hasCommitted == true }
    }

    /// Sends the request, where the provider wants an access token as soon as there is one. Called
    /// once.
    ///
    /// - Parameter rest: how long the call may still take.
    func start(
        _ message: HTTPRequest, within rest: Duration?, over transport: any Transport,
        tokens: TokenCache
    ) {
        let limits = rest.map(provider.limits.shortened) ?? provider.limits
        guard let grant = provider.grant else {
            return send(message, limits, over: transport)
        }
        let holder = tokens.holder(of: provider, grant)
        unsent = message
        holder.withToken { [self] result in
            guard state == .waiting, var message = unsent else { return }
            unsent = nil
            switch result {
            case .success(let token):
                lentToken = (token, holder)
                message.fields.append("authorization", "Bearer \(token.reveal())")
                send(message, limits, over: transport)
            case .failure(let failure):
                conclude(.failed(failure))
            }
        }
    }

    private func send(
        _ message: HTTPRequest, _ limits: TransferLimits, over transport: any Transport
    ) {
        let request = TransferRequest(
            endpoint: provider.endpoint, message: message, limits: limits,
            signing: provider.signing, sharesConnection: !wantsStream)
        transfer = transport.start(request, receiver: self)
        if isPaused { transfer?.pause() }
    }

    /// Fails the attempt where a stream has no content after `limit`. Called once.
    func expectContent(within limit: Duration, by clock: any Timekeeper) {
        guard wantsStream, state != .over else { return }
        let timer = clock.schedule(at: clock.now.advanced(by: limit)) { [self] in
            firstTokenTimer = nil
            fail(.noFirstToken(within: limit, provider: provider.id))
        }
        firstTokenTimer = (clock, timer)
    }

    /// Ends the attempt now; its upstream connection closes at once.
    func stop(_ reason: StopReason) { end(.stopped(reason)) }

    /// The same, as another attempt was faster.
    func giveWay() { end(.outrun) }

    private func end(_ value: Ending) {
        guard state != .over else { return }
        conclude(value)
        transfer?.cancel()
    }

    /// The line in the ledger, now that the attempt is over.
    func closedLine() -> LedgerAttempt {
        line.state = ending?.state ?? .cancelled
        line.detail = ending?.detail
        line.status = head?.status
        line.upstreamID = head?.fields.requestID
        guard let timings = transfer?.timings else { return line }
        if !timings.reusedConnection {
            line.connected = timings.connected
            line.secured = timings.secured
        }
        line.firstByte = timings.firstByte
        return line
    }

    /// Stops and goes on reading from the provider, as the client's queue fills and drains.
    func pause() {
        isPaused = true
        if state != .over { transfer?.pause() }
    }

    func resume() {
        isPaused = false
        if state != .over { transfer?.resume() }
    }

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
            switch relay.receive(bytes, willCommit: contentCame) {
            case .more: break
            case .whole: conclude(.streamed)
            case .failed(let failure): fail(failure)
            }
        case .collecting:
            collect(bytes)
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
            if let failure = relay?.finish(willCommit: contentCame) {
                conclude(.failed(failure))
            } else {
                conclude(.streamed)
            }
        case .complete:
            conclude(readAnswer())
        }
    }

    private func collect(_ bytes: Span<UInt8>) {
        let isError = !(200..<300).contains(head?.status ?? 0)
        let longest = isError ? Self.longestError : longestAnswer
        guard bytes.count > longest - body.count else { return body.append(bytesOf: bytes) }
        guard isError else {
            let what = "it has more than \(longest >> 20) MiB"
            return fail(.tooLong(what, provider: provider.id))
        }
        // What an error means is in its status; of its words the first ones must do.
        body.append(bytesOf: bytes.extracting(first: longest - body.count))
        conclude(readAnswer())
        transfer?.cancel()
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

    private func fail(_ failure: UpstreamFailure) { end(.failed(failure)) }

    private func contentCame() {
        cancelFirstTokenTimer()
        observer?.attemptHasContent(self)
    }

    private func conclude(_ value: Ending) {
        state = .over
        unsent = nil
        cancelFirstTokenTimer()
        ending = value
        switch value {
        case .answered: observer?.attemptHasContent(self)
        // Whole, and nothing in it: an answer all the same.
        case .streamed where relay?.hasCommitted == false: observer?.attemptHasContent(self)
        case .streamed, .failed, .stopped, .outrun: break
        }
        observer?.attemptDidEnd(self, value)
        observer = nil
    }

    private func cancelFirstTokenTimer() {
        guard let (clock, timer) = firstTokenTimer else { return }
        clock.cancel(timer)
        firstTokenTimer = nil
    }

    private func malformed(_ what: String) -> UpstreamFailure {
        .malformed(what, provider: provider.id)
    }

    private func isJSON(_ fields: HTTPFields) -> Bool {
        fields.hasValue("content-type", beginningWith: "application/json")
    }
}

extension UpstreamAttempt.Ending {
    /// The state of the attempt's line in the ledger.
    fileprivate var state: CallState {
        switch self {
        case .answered, .streamed: .complete
        case .failed(let failure): failure.callState
        case .stopped(.clientLeft): .clientGone
        case .stopped(.shutdown), .outrun: .cancelled
        case .stopped(.deadline): .overLimit
        }
    }

    fileprivate var detail: String? {
        switch self {
        case .failed(let failure): failure.detail
        case .outrun: "another attempt was faster"
        case .stopped(.deadline): "the deadline of the call passed"
        case .answered, .streamed, .stopped: nil
        }
    }
}

extension HTTPFields {
    /// The name that a provider gave a call: OpenAI and most others, Anthropic, AWS, Azure.
    fileprivate var requestID: String? {
        first("x-request-id") ?? first("request-id") ?? first("x-amzn-requestid")
            ?? first("apim-request-id")
    }
}

/// Why the gateway itself ended a call.
enum StopReason: Sendable, Equatable {
    case clientLeft
    case shutdown
    /// The call took longer than its policy lets it.
    case deadline
}
