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
///  4. An attempt begins in `begin`, and its books are closed in `attemptDidEnd` at the moment when
///     it ends, before anything else is sent to the client.
///  5. The first attempt with content is the only one from then on: the other is stopped in that
///     moment, and the client is sent nothing of it.
/// Isolation: the shard of the client's connection; one task runs `run()`.
final class ChatPipeline {
    private let operation: CallOperation
    private let body: [UInt8]
    private let fields: HTTPFields
    private let reply: any ReplyWriter
    let ports: GatewayPorts
    let budgets: AttemptBudgets
    let configuration: ServedConfiguration
    let book: CallBook
    var chat: ChatRequest?
    /// Where the call goes, once that is decided.
    private(set) var plan: CallRouter.Reasoned?
    var policy = RoutePolicy()
    private var client: ClientStream?
    /// What another target would go on with; nil for most calls.
    private(set) var resumption: StreamResumption?
    private var isClientFull = false
    var race = AttemptRace()
    /// Rings where an attempt has ended, another may join it, a wait is over or the call was ended.
    var bell = Bell()
    private var deadline: (moment: Instant, timer: TimerID)?
    var stopReason: StopReason?

    init(
        _ operation: CallOperation, request: HTTPRequest, reply: any ReplyWriter,
        ports: GatewayPorts, budgets: AttemptBudgets, configuration: ServedConfiguration
    ) {
        self.operation = operation
        body = request.body
        fields = request.fields
        self.reply = reply
        self.ports = ports
        self.budgets = budgets
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
            let plan = try configuration.router.decide(
                chat, wishes, fields: fields, at: CallRouter.Moment(ports.clock),
                random: ports.random)
            warn(of: plan.retirement)
            policy = configuration.router.policy(of: plan, wishes.routing)
            try await serve(chat, wishes, by: plan)
        } catch {
            answer(error, state: .refused)
        }
    }

    /// Ends the call from outside, or at its deadline.
    func stop(_ reason: StopReason) {
        guard stopReason == nil else { return }
        stopReason = reason
        let (first, second) = (race.first, race.second)
        first?.stop(reason)
        second?.stop(reason)
        bell.ring()
    }

    /// Says that a model is retired: to the client each time, to the operator once a day.
    private func warn(of retirement: RetirementNotice?) {
        guard let retirement else { return }
        book.warning = retirement.description
        let today = CallRouter.Moment(ports.clock).today
        if ports.fleet.isFirstNotice(of: retirement.retired, on: today) {
            ports.report(retirement.description)
        }
    }

    // MARK: Attempts

    private func serve(
        _ chat: ChatRequest, _ wishes: ClientWishes, by plan: CallRouter.Reasoned
    ) async throws(APIError) {
        self.chat = chat
        self.plan = plan
        if chat.isStream { openStream(for: chat) }
        budgets.deposit(for: policy)
        setDeadline()
        defer { if let deadline { ports.clock.cancel(deadline.timer) } }
        var machine = makeMachine(plan, wishes)
        var generator = PortGenerator(ports.random)
        var action = machine.begin()
        var refusal: APIError?
        while true {
            if race.isEmpty, let reason = stopReason ?? passedDeadline { return end(reason) }
            switch action {
            case .send(let candidate, let kind):
                do throws(Refusal) {
                    try begin(chat, wishes, at: candidate, kind)
                    if machine.mayHedge { letAnotherJoin() }
                    action = .goOn
                } catch {
                    let first = refusal ?? error.error
                    refusal = first
                    guard
                        let next = machine.passedOver(
                            candidate, until: error.until, now: ports.clock.now.sinceOrigin,
                            budget: &budgets.retries, using: &generator)
                    else { throw first }
                    action = next
                }
            case .goOn:
                guard let (attempt, ending) = race.takeEnded() else {
                    await listen()
                    if race.isJoinDue { joinRace(chat, wishes, &machine) }
                    continue
                }
                // Its own content, and not that of the other one, which goes on.
                if attempt.hasContent { machine.committed() }
                switch ending {
                case .answered(let answer): return deliver(answer)
                case .streamed: return finishStream()
                case .stopped(let reason): return end(reason)
                case .outrun: continue
                case .failed(let failure):
                    action = next(after: failure, of: attempt, &machine, &generator)
                }
            case .wait(let duration):
                await pause(for: duration)
                action = machine.waited()
            case .giveUp(let failure):
                return answer(failure.error, state: failure.callState)
            }
        }
    }

    private func makeMachine(_ plan: CallRouter.Reasoned, _ wishes: ClientWishes) -> AttemptMachine
    {
        let fallbacks = configuration.router.fallbacks(
            of: plan, wishes, at: CallRouter.Moment(ports.clock), random: ports.random)
        return AttemptMachine(
            candidates: plan.decision.ranked.map { $0.candidate }, fallbacks: fallbacks,
            policy: policy,
            deadline: deadline?.moment.sinceOrigin)
    }

    /// Why a request was not sent to a candidate.
    struct Refusal: Error {
        var error: APIError
        /// When it may be sent there after all; nil for never.
        var until: Duration?
    }

    /// Sends the request to a candidate.
    func begin(
        _ chat: ChatRequest, _ wishes: ClientWishes, at candidate: Candidate, _ kind: AttemptKind
    ) throws(Refusal) {
        let target = candidate.target
        guard let provider = configuration.values.provider(of: candidate),
            let dialect = provider.dialect(for: operation)
        else {
            preconditionFailure("the call goes to a provider that is not configured for it")
        }
        let chat = kind == .resume ? try continuation(of: chat, at: candidate) : chat
        let outgoing: OutgoingRequest
        do throws(APIError) {
            outgoing = try dialect.request(
                for: chat,
                to: DialectTarget(
                    model: target.model, provider: provider,
                    isStrict: wishes.isStrict || wishes.routing.requiresParameters,
                    takesRouting: wishes.areForProvider))
        } catch {
            throw Refusal(error: error)
        }
        let admission = try admit(candidate)
        var dropped = wishes.unheeded + outgoing.dropped
        if kind == .resume {
            self.chat = chat
            dropped = streamGoesOn(at: candidate, dropped: dropped)
        }
        let line = book.attemptBegins(at: candidate, kind, dropped: dropped)
        let context = makeContext(chat, provider, target)
        let relay = client.map { client in
            StreamRelay(
                dialect.stream(in: context), to: client, clock: ports.clock,
                resumption: resumption)
        }
        let attempt = UpstreamAttempt(
            at: candidate, line, admission, dropped: dropped, provider: provider,
            dialect: dialect, context: context, relay: relay, observer: self)
        race.add(attempt)
        if isClientFull { attempt.pause() }
        attempt.start(
            outgoing.message, within: deadline.map { ports.clock.now.duration(to: $0.moment) },
            over: ports.transport, tokens: configuration.tokens)
        if let limit = policy.firstToken { attempt.expectContent(within: limit, by: ports.clock) }
    }

    /// Takes the candidate's permit. One that has no other beside it is never held up, as nothing
    /// would be won by that.
    private func admit(_ candidate: Candidate) throws(Refusal) -> FleetAdmission {
        let slot =
            plan?.name.slot(of: candidate) ?? configuration.router.slot(of: candidate)
        let now = ports.clock.now
        switch slot.begin(at: now.sinceOrigin) {
        case .permitted(let permit): return FleetAdmission(slot, permit, at: now)
        case .held(let obstacle):
            if plan?.soleCandidate == candidate {
                return FleetAdmission(slot, slot.beginAnyway(at: now.sinceOrigin), at: now)
            }
            throw Refusal(
                error: .heldUp(candidate, by: obstacle, now: now.sinceOrigin),
                until: obstacle.until)
        }
    }

    // MARK: Waits

    /// Returns when the bell has rung.
    private func listen() async {
        // Asked for inside the closure and not before it: the way there may be a suspension, in
        // which the bell rings.
        await unsafe withUnsafeContinuation { unsafe bell.wake($0) }
    }

    /// Lets time pass until the next attempt; ends at once where the call does.
    private func pause(for duration: Duration) async {
        let moment = ports.clock.now.advanced(by: duration)
        let timer = ports.clock.schedule(at: moment) { [self] in bell.ring() }
        book.waitBegins()
        while stopReason == nil && ports.clock.now < moment { await listen() }
        book.waitEnds()
        ports.clock.cancel(timer)
    }

    private func setDeadline() {
        guard let limit = policy.deadline else { return }
        let moment = ports.clock.now.advanced(by: limit)
        let timer = ports.clock.schedule(at: moment) { [self] in stop(.deadline) }
        deadline = (moment, timer)
    }

    /// The reason to end a call whose last attempt ran into the deadline before the timer did.
    private var passedDeadline: StopReason? {
        deadline.map { ports.clock.now >= $0.moment } == true ? .deadline : nil
    }

    private func openStream(for chat: ChatRequest) {
        resumption = StreamResumption(chat, policy)
        client = ClientStream(
            reply: reply, clock: ports.clock,
            keepaliveInterval: configuration.values.keepaliveInterval
        ) { [book] in HTTPReplyHead(status: 200, fields: book.streamFields()) }
    }

    private func makeContext(
        _ chat: ChatRequest, _ provider: Provider, _ target: Target
    ) -> ReplyContext {
        ReplyContext(
            source: provider, model: target.model, callID: book.id,
            created: book.created, wantsUsage: chat.wantsUsage,
            operation: operation, vectors: chat.vectors
        ) { [book] usage in book.cost(of: usage, at: target).amount?.decimalText }
    }

    // MARK: Endings

    private func deliver(_ answer: any ChatAnswer) {
        let isReported = answer.usage != nil
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

    private func finishStream() {
        guard record(.complete, status: 200, code: nil) else { return send(.unrecorded) }
        client?.finish()
    }

    private func end(_ reason: StopReason) {
        switch reason {
        case .clientLeft:
            client?.close()
            _ = record(.clientGone, status: client?.wasOpened == true ? 200 : 0, code: nil)
        case .shutdown:
            answer(.shutdown, state: .cancelled)
        case .deadline:
            answer(.deadlineExceeded(policy.deadline ?? .zero), state: .overLimit)
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

    /// Whether the answer may leave: it is written down, or the policy is to serve all the same.
    private func record(_ state: CallState, status: Int, code: String?) -> Bool {
        book.close(state, status: status, errorCode: code, route: plan?.decision.route)
        return ports.ledger.record(book.entry, policy: configuration.values.onLedgerFailure)
    }
}

extension ChatPipeline: ReplyObserver {
    func clientDidLeave() { stop(.clientLeft) }

    func replyQueueDidFill() {
        isClientFull = true
        race.first?.pause()
        race.second?.pause()
    }

    func replyQueueDidDrain() {
        isClientFull = false
        race.first?.resume()
        race.second?.resume()
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

    /// A candidate that was free when the call was decided upon, and is not any more.
    static func heldUp(_ candidate: Candidate, by obstacle: Obstacle, now: Duration) -> APIError {
        let seconds = max(1, (obstacle.until - now).secondsRoundedUp)
        return APIError(
            status: 503, kind: .server, code: "no_target",
            message: "\(candidate.target) cannot be called for \(seconds) s: \(obstacle.reason).",
            retryAfterSeconds: seconds)
    }

    static func deadlineExceeded(_ limit: Duration) -> APIError {
        APIError(
            status: 504, kind: .server, code: "deadline_exceeded",
            message: "The call was not complete within \(limit), the longest that it may take.")
    }
}
