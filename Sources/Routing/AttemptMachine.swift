// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// The life of one call across its candidates: which to try next, after what wait, and when to stop.
///
/// Rules:
///  1. Candidates are tried in the order of the decision, each at once and once; the budget counts
///     these attempts and never refuses them.
///  2. Then those that may have recovered are tried again, for as many rounds as the policy has and
///     while the budget lasts, after a wait: by chance, and no shorter than their `Retry-After`.
///  3. A failure moves on only where another try can help (`UpstreamFailure.Retry`); an input that
///     is too long, or was filtered, moves on to the fallbacks that the policy has for it.
///  4. After the commit point, the first byte of content, nothing is tried again: ever. What may
///     follow is no second try: where the policy is `prefill` and the text of a stream broke off by
///     a failure that may pass, one candidate that has not failed is sent that text, to go on from
///     it. Once in a call, and whatever comes of it is the end.
///  5. A target that cannot be asked at all is passed over; that is no failure of another one.
///  6. Where two attempts race, one that fails leaves the call to the other.
///  7. Once it has said `giveUp` it says nothing else.
///
/// Units of every moment: since the clock's arbitrary origin.
///
/// States: `ready` → `trying` → `trying` (next candidate) | `waiting` | `committed` | `over`;
/// `waiting` → `trying`; `committed` → `resuming` | `over`; `resuming` → `over`.
package struct AttemptMachine: Sendable {
    /// What the pipeline is to do.
    package enum Action: Sendable, Equatable {
        /// Send the request to this candidate.
        case send(Candidate, AttemptKind)
        /// Wait, then call `waited()`.
        case wait(Duration)
        /// Nothing: what comes of the running attempt is to be seen.
        case goOn
        /// Tell the client of this failure.
        case giveUp(UpstreamFailure)
    }

    private enum State: Sendable, Equatable {
        case ready, trying, committed, resuming, over
        case waiting(Candidate, AttemptKind)
    }

    /// A candidate that failed and may have recovered later.
    private struct Prospect: Sendable {
        var candidate: Candidate
        /// Nil where it was sent something before: then the attempt is one more.
        var firstKind: AttemptKind?
        /// When its provider lets it be asked again.
        var earliest: Duration
    }

    /// Where a call goes on to whose input was too long, or was filtered.
    private let fallbacks: [UpstreamFailure.Reason: [Candidate]]
    private let policy: RoutePolicy
    /// When the call must be over.
    private let deadline: Duration?
    private var state: State = .ready
    /// All that the call may go to, and those of them that failed.
    private var candidates: [Candidate]
    private var fallen: [Candidate] = []
    private var untried: ArraySlice<Candidate>
    /// Those that may go on with a stream that broke off.
    private var heirs: ArraySlice<Candidate> = []
    /// Those of this round of retries that have not had their turn, and those of the next one.
    private var retriable: [Prospect] = []
    private var failed: [Prospect] = []
    /// Those that were waited for though nothing had been sent there.
    private var waitedFor: Set<Candidate> = []
    private var round = 0
    private var roundStart: Duration = .zero
    private var sent = 0
    private var running = 0
    private var hasHedged = false
    /// Why the call went on to fallbacks.
    private var fellBack: Set<UpstreamFailure.Reason> = []
    private var lastFailure: UpstreamFailure?

    /// A machine for a decision's candidates, of which there is at least one.
    package init(
        candidates: [Candidate], fallbacks: [UpstreamFailure.Reason: [Candidate]] = [:],
        policy: RoutePolicy = RoutePolicy(), deadline: Duration? = nil
    ) {
        precondition(!candidates.isEmpty, "a decision without candidates is not a decision")
        self.candidates = candidates
        untried = candidates[...]
        self.fallbacks = fallbacks
        self.policy = policy
        self.deadline = deadline
    }

    /// Starts with the first candidate. Called once.
    package mutating func begin() -> Action {
        precondition(state == .ready, "begin() is called once")
        return send(untried.removeFirst(), .first)
    }

    /// A running attempt has given its first content: from here on there is no other.
    package mutating func committed() {
        guard state == .trying else { return }
        state = .committed
    }

    /// The wait is over.
    package mutating func waited() -> Action {
        guard case .waiting(let candidate, let kind) = state else {
            preconditionFailure("waited() follows wait")
        }
        return send(candidate, kind)
    }

    /// A running attempt failed.
    package mutating func failed(
        _ failure: UpstreamFailure, at candidate: Candidate, now: Duration,
        budget: inout RetryBudget, using generator: inout some RandomNumberGenerator
    ) -> Action {
        running -= 1
        lastFailure = failure
        fallen.append(candidate)
        guard state == .trying else { return giveUp(failure) }
        remember(candidate, failure, now: now)
        if running > 0 { return .goOn }
        guard fallsBack(for: failure) || failure.retry == .elsewhere else {
            return giveUp(failure)
        }
        return next(now: now, budget: &budget, using: &generator) ?? giveUp(failure)
    }

    /// The request was not sent to the candidate: it cannot be put into the target's words, or, with
    /// a moment, nothing may be sent there until then, which is waited for once. Says what is next,
    /// the last failure where there was one, or nil where no target takes the request.
    package mutating func passedOver(
        _ candidate: Candidate, until moment: Duration? = nil, now: Duration,
        budget: inout RetryBudget, using generator: inout some RandomNumberGenerator
    ) -> Action? {
        running -= 1
        sent -= 1
        if state == .resuming { return goOnElsewhere() ?? giveUp() }
        if running > 0 { return .goOn }
        if let moment, policy.retries.limit > 0, moment - now <= policy.retries.longest,
            waitedFor.insert(candidate).inserted
        {
            retriable.append(
                Prospect(
                    candidate: candidate, firstKind: sent == 0 ? .first : .failover,
                    earliest: moment))
        }
        if let next = next(now: now, budget: &budget, using: &generator) { return next }
        return giveUp()
    }

    // MARK: Going on

    /// A running attempt failed in the midst of its text. The first candidate that goes on from that
    /// text; nil where none may, so that the failure is one as any other.
    ///
    /// - Parameter isAble: whether a candidate takes the text as its own beginning.
    package mutating func goOn(
        after failure: UpstreamFailure, at candidate: Candidate, budget: inout RetryBudget,
        where isAble: (Candidate) -> Bool
    ) -> Action? {
        guard state == .committed, policy.resume == .prefill, failure.mayPass,
            failure.reason == nil
        else { return nil }
        heirs = candidates.filter { $0 != candidate && !fallen.contains($0) && isAble($0) }[...]
        guard let next = goOnElsewhere() else { return nil }
        running -= 1
        lastFailure = failure
        state = .resuming
        budget.charge()
        return next
    }

    private mutating func goOnElsewhere() -> Action? {
        guard let heir = heirs.popFirst() else { return nil }
        running += 1
        sent += 1
        return .send(heir, .resume)
    }

    // MARK: Hedging

    /// Whether a second attempt may join the running one: there is a policy, and a candidate left.
    package var mayHedge: Bool {
        policy.hedge != nil && state == .trying && running == 1 && round == 0 && !hasHedged
            && !untried.isEmpty
    }

    /// The candidate of a second attempt that joins the running one, where the budget has it. At
    /// most one in a call.
    package mutating func hedge(budget: inout RetryBudget) -> Candidate? {
        guard mayHedge, let hedge = policy.hedge, hedge.budgetShare > 0, budget.withdraw() else {
            return nil
        }
        hasHedged = true
        running += 1
        sent += 1
        return untried.removeFirst()
    }

    /// The request was not sent to that candidate, which may have its turn later.
    package mutating func hedgeWasPassedOver(
        _ candidate: Candidate, budget: inout RetryBudget
    ) {
        running -= 1
        sent -= 1
        untried.insert(candidate, at: untried.startIndex)
        budget.giveBack()
    }

    // MARK: What is next

    private mutating func send(_ candidate: Candidate, _ kind: AttemptKind) -> Action {
        state = .trying
        running += 1
        sent += 1
        return .send(candidate, kind)
    }

    private mutating func giveUp(_ failure: UpstreamFailure) -> Action {
        state = .over
        return .giveUp(failure)
    }

    /// Gives up with the last failure, where there was one.
    private mutating func giveUp() -> Action? {
        state = .over
        return lastFailure.map(Action.giveUp)
    }

    /// The next candidate, at once or after a wait, where one may still be tried.
    private mutating func next(
        now: Duration, budget: inout RetryBudget, using generator: inout some RandomNumberGenerator
    ) -> Action? {
        if let candidate = untried.popFirst() {
            guard sent > 0 else { return send(candidate, .first) }
            budget.charge()
            return send(candidate, .failover)
        }
        if retriable.isEmpty {
            guard round < policy.retries.limit, !failed.isEmpty else { return nil }
            round += 1
            roundStart = now + jitter(using: &generator)
            swap(&retriable, &failed)
        }
        let place = soonest(at: max(now, roundStart))
        let wait = max(roundStart, retriable[place].earliest) - now
        if let deadline, now + wait >= deadline { return nil }
        let prospect = retriable[place]
        if prospect.firstKind == nil {
            guard policy.retries.budgetShare > 0, budget.withdraw() else { return nil }
        }
        retriable.remove(at: place)
        let kind = prospect.firstKind ?? .retry
        guard wait > .zero else { return send(prospect.candidate, kind) }
        state = .waiting(prospect.candidate, kind)
        return .wait(wait)
    }

    /// The place of the first candidate that may be asked at that moment, else of the one that may be
    /// asked soonest.
    private func soonest(at moment: Duration) -> Int {
        if let place = retriable.firstIndex(where: { $0.earliest <= moment }) { return place }
        return retriable.indices.min { retriable[$0].earliest < retriable[$1].earliest } ?? 0
    }

    /// Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: full jitter.
    private func jitter(using generator: inout some RandomNumberGenerator) -> Duration {
        var most = policy.retries.base
        for _ in 1..<round where most < policy.retries.longest { most *= 2 }
        most = max(.zero, min(most, policy.retries.longest))
        return most * Double.random(in: 0...1, using: &generator)
    }

    /// Notes a candidate for the next round, where it may have recovered by then.
    private mutating func remember(
        _ candidate: Candidate, _ failure: UpstreamFailure, now: Duration
    ) {
        guard policy.retries.limit > 0, failure.mayPass else { return }
        let delay = Duration.seconds(failure.error.retryAfterSeconds ?? 0)
        guard delay <= policy.retries.longest else { return }
        failed.append(Prospect(candidate: candidate, firstKind: nil, earliest: now + delay))
    }

    /// Whether the call goes on among the policy's fallbacks for such a failure, which take the
    /// place of all other candidates.
    private mutating func fallsBack(for failure: UpstreamFailure) -> Bool {
        guard let reason = failure.reason else { return false }
        if fellBack.contains(reason) { return true }
        let fallbacks = fallbacks[reason] ?? []
        guard !fallbacks.isEmpty else { return false }
        fellBack.insert(reason)
        candidates = fallbacks
        untried = candidates[...]
        retriable = []
        failed = []
        round = 0
        return true
    }
}

extension UpstreamFailure {
    /// Whether the same target may well answer another time.
    fileprivate var mayPass: Bool {
        guard retry == .elsewhere else { return false }
        switch kind {
        case .unreachable, .stalled, .cut, .malformed, .rateLimited, .overloaded, .server:
            return reason != .quota
        case .authentication, .request: return false
        }
    }
}
