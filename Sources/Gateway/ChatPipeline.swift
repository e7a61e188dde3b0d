// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Providers
import Routing
import Wire

/// The life of one call of any operation, top to bottom: parse, decide, try, answer, write down.
///
/// Rules:
///  1. A call ends once, in one state, with one ledger entry.
///  2. The entry is with the ledger before the last byte of the answer is queued, and written
///     down before that byte leaves.
///  3. The configuration that it began with is the one that it ends with.
/// Isolation: the shard of the client's connection; one task runs `run()`.
final class ChatPipeline {
    private let operation: CallOperation
    private let body: [UInt8]
    private let fields: HTTPFields
    private let reply: any ReplyWriter
    private let ports: GatewayPorts
    private let configuration: ServedConfiguration
    private let book: CallBook
    private var route: String?
    private var client: ClientStream?
    private var attempt: UpstreamAttempt?
    private var stopReason: StopReason?

    init(
        _ operation: CallOperation, request: HTTPRequest, reply: any ReplyWriter,
        ports: GatewayPorts, configuration: ServedConfiguration
    ) {
        self.operation = operation
        body = request.body
        fields = request.fields
        self.reply = reply
        self.ports = ports
        self.configuration = configuration
        book = CallBook(
            operation: operation.rawValue, arrival: request.arrival, clock: ports.clock,
            random: ports.random, prices: configuration.prices)
        reply.observer = self
    }

    /// Serves the call; returns when it has ended.
    func run() async {
        do throws(APIError) {
            let chat = try ChatRequest(body: body, operation: operation)
            book.named(chat.model, isStream: chat.isStream)
            let wishes = try ClientWishes(of: chat, fields: fields, in: configuration.values)
            book.isExplained = wishes.routing.wantsExplanation
            let decision = try configuration.router.decide(
                chat, wishes, fields: fields, at: CallRouter.Moment(ports.clock),
                random: ports.random)
            route = decision.route
            try await serve(chat, wishes, at: decision.ranked.map(\.candidate.target))
        } catch {
            answer(error, state: .refused)
        }
    }

    /// Ends the call from outside.
    func stop(_ reason: StopReason) {
        guard stopReason == nil else { return }
        stopReason = reason
        attempt?.stop(reason)
    }

    // MARK: Attempts

    private func serve(
        _ chat: ChatRequest, _ wishes: ClientWishes, at candidates: [Target]
    ) async throws(APIError) {
        if chat.isStream { client = makeClientStream() }
        var machine = AttemptMachine(candidates: candidates)
        var action = machine.begin()
        var refusal: APIError?
        while case .send(let target) = action {
            if let stopReason { return end(stopped: stopReason, chat, nil, wasSent: false) }
            let attempt: UpstreamAttempt
            do throws(APIError) {
                attempt = try begin(chat, wishes, at: target)
            } catch {
                let first = refusal ?? error
                guard let next = machine.passedOver() else { throw first }
                refusal = first
                action = next
                continue
            }
            let relay = attempt.relay
            let ending = await attempt.ended()
            close(attempt, ending)
            if client?.isCommitted == true { machine.committed() }
            switch ending {
            case .answered(let answer):
                return deliver(answer, chat)
            case .streamed:
                return finishStream(chat, relay)
            case .stopped(let reason):
                return end(stopped: reason, chat, relay, wasSent: attempt.wasSent)
            case .failed(let failure):
                account(chat, relay, failure.usage, wasSent: failure.mayHaveConsumed)
                action = machine.failed(failure)
                if case .send = action { book.goesElsewhere() }
            }
        }
        if case .giveUp(let failure) = action {
            answer(failure.error, state: failure.callState)
        }
    }

    /// Sends the request to a target.
    private func begin(
        _ chat: ChatRequest, _ wishes: ClientWishes, at target: Target
    ) throws(APIError) -> UpstreamAttempt {
        guard let provider = configuration.values.providers[target.provider],
            let dialect = provider.dialect(for: operation)
        else {
            preconditionFailure("the call goes to a provider that is not configured for it")
        }
        let outgoing = try dialect.request(
            for: chat,
            to: DialectTarget(
                model: target.model, provider: provider, isStrict: wishes.isStrict,
                takesRouting: wishes.areForProvider))
        book.attemptBegins(at: target, dropped: wishes.unheeded + outgoing.dropped)
        let context = makeContext(chat, provider, target)
        let relay = client.map { client in
            StreamRelay(dialect.stream(in: context), to: client, clock: ports.clock)
        }
        let attempt = UpstreamAttempt(
            provider: provider, dialect: dialect, context: context, relay: relay)
        self.attempt = attempt
        attempt.start(outgoing.message, over: ports.transport, tokens: configuration.tokens)
        return attempt
    }

    private func close(_ attempt: UpstreamAttempt, _ ending: UpstreamAttempt.Ending) {
        self.attempt = nil
        book.attemptEnded(
            ending.state, detail: ending.detail, wasSent: attempt.wasSent, head: attempt.head,
            timings: attempt.timings)
        guard let relay = attempt.relay else { return }
        book.contentCame(first: relay.firstToken, last: relay.lastToken)
    }

    private func makeClientStream() -> ClientStream {
        ClientStream(
            reply: reply, clock: ports.clock,
            keepaliveInterval: configuration.values.keepaliveInterval
        ) { [book] in
            var fields = book.fields(contentType: "text/event-stream; charset=utf-8")
            fields.append("cache-control", "no-cache")
            fields.append("x-accel-buffering", "no")
            return HTTPReplyHead(status: 200, fields: fields)
        }
    }

    private func makeContext(
        _ chat: ChatRequest, _ provider: Provider, _ target: Target
    ) -> ReplyContext {
        ReplyContext(
            source: provider, model: target.model, callID: book.id,
            created: book.created, wantsUsage: chat.wantsUsage,
            operation: operation, vectors: chat.vectors
        ) { [book] usage in book.cost(of: usage).amount?.decimalText }
    }

    // MARK: Endings

    private func deliver(_ answer: any ChatAnswer, _ chat: ChatRequest) {
        let isReported = answer.usage != nil
        book.consumed(
            answer.usage, orAsEstimated: chat.estimatedUsage(outputBytes: answer.contentBytes))
        guard record(.complete, status: 200, code: nil) else {
            return send(.unrecorded)
        }
        let cost = book.entry.cost.amount?.decimalText
        var fields = book.fields(contentType: "application/json")
        fields.append("x-martlet-cost", cost ?? "unknown")
        reply.send(
            HTTPReplyHead(status: 200, fields: fields),
            body: isReported
                ? answer.body(cost: cost)
                : answer.body(cost: cost, estimate: book.entry.usage))
    }

    private func finishStream(_ chat: ChatRequest, _ relay: StreamRelay?) {
        account(chat, relay, wasSent: true)
        guard record(.complete, status: 200, code: nil) else { return send(.unrecorded) }
        client?.finish()
    }

    private func end(
        stopped reason: StopReason, _ chat: ChatRequest, _ relay: StreamRelay?, wasSent: Bool
    ) {
        account(chat, relay, wasSent: wasSent)
        switch reason {
        case .clientLeft:
            client?.close()
            _ = record(.clientGone, status: client?.wasOpened == true ? 200 : 0, code: nil)
        case .shutdown:
            answer(.shutdown, state: .cancelled)
        }
    }

    /// Writes the call down, then tells the client of the error: by a status where none has left
    /// yet, inside the stream otherwise.
    private func answer(_ error: APIError, state: CallState) {
        let isOpen = client?.isOpen == true
        _ = record(state, status: isOpen ? 200 : error.status, code: error.code)
        send(error)
    }

    private func send(_ error: APIError) {
        if let client, client.isOpen {
            return client.fail(
                error, id: book.id, model: book.entry.requestedModel, operation: operation)
        }
        client?.close()
        var fields = book.fields(contentType: "application/json")
        if let seconds = error.retryAfterSeconds { fields.append("retry-after", String(seconds)) }
        reply.send(HTTPReplyHead(status: error.status, fields: fields), body: error.body)
    }

    // MARK: Books

    /// Notes what the call consumed: as the stream reported it, else by an estimate.
    private func account(
        _ chat: ChatRequest, _ relay: StreamRelay?, _ told: ReportedUsage? = nil, wasSent: Bool
    ) {
        let usage = relay?.usage ?? told
        guard usage != nil || wasSent || relay?.firstToken != nil else { return }
        book.consumed(
            usage, orAsEstimated: chat.estimatedUsage(outputBytes: relay?.contentBytes ?? 0))
    }

    /// Whether the answer may leave: it is written down, or the policy is to serve all the same.
    private func record(_ state: CallState, status: Int, code: String?) -> Bool {
        book.close(state, status: status, errorCode: code, route: route)
        return ports.ledger.record(book.entry, policy: configuration.values.onLedgerFailure)
    }
}

extension ChatPipeline: ReplyObserver {
    func clientDidLeave() { stop(.clientLeft) }
    func replyQueueDidFill() { attempt?.pause() }
    func replyQueueDidDrain() { attempt?.resume() }
}

extension UpstreamAttempt.Ending {
    /// The state of the attempt's line in the ledger.
    fileprivate var state: CallState {
        switch self {
        case .answered, .streamed: .complete
        case .failed(let failure): failure.callState
        case .stopped(.clientLeft): .clientGone
        case .stopped(.shutdown): .cancelled
        }
    }

    fileprivate var detail: String? {
        if case .failed(let failure) = self { failure.detail } else { nil }
    }
}

extension APIError {
    static let unrecorded = APIError(
        status: 503, kind: .server, code: "ledger_unavailable",
        message: "The call cannot be written down, and this gateway serves nothing that it cannot "
            + "account for. Ask its operator.")
    static let shutdown = APIError(
        status: 503, kind: .server, code: "gateway_shutdown",
        message: "The gateway is shutting down. Try again.")
}
