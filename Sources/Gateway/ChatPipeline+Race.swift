// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Providers
import Routing
import Wire

/// What happens at the moment when an attempt has content or ends: in the transfer's own callback,
/// not later in the call's task.
extension ChatPipeline: AttemptObserver {
    func attemptHasContent(_ attempt: UpstreamAttempt) {
        race.closeToOthers(ports.clock)
        race.rival(of: attempt)?.giveWay()
        book.answerComes(
            from: attempt.candidate.target, dropped: attempt.dropped, isDecided: true)
    }

    func attemptDidEnd(_ attempt: UpstreamAttempt, _ ending: UpstreamAttempt.Ending) {
        race.closeToOthers(ports.clock)
        close(attempt, ending)
        bell.ring()
    }

    /// Closes the books of an attempt: what it came to, and what it consumed by its provider's word or
    /// by an estimate.
    private func close(_ attempt: UpstreamAttempt, _ ending: UpstreamAttempt.Ending) {
        var (reported, outputBytes) = (attempt.relay?.usage, attempt.relay?.contentBytes ?? 0)
        var mayHaveConsumed = attempt.hasContent
        var (isWhole, speaksForCall) = (false, true)
        switch ending {
        case .answered(let answer): (reported, outputBytes) = (answer.usage, answer.contentBytes)
        case .streamed: (mayHaveConsumed, isWhole) = (true, true)
        case .failed(let failure):
            reported = reported ?? failure.usage
            mayHaveConsumed = mayHaveConsumed || attempt.wasSent && failure.mayHaveConsumed
        case .stopped: mayHaveConsumed = attempt.wasSent
        case .outrun: (mayHaveConsumed, speaksForCall) = (attempt.wasSent, false)
        }
        if speaksForCall {
            book.answerComes(
                from: attempt.candidate.target, dropped: attempt.dropped,
                isDecided: isWhole)
        }
        var estimate: Usage?
        if reported.map({ $0.usage.output == nil }) ?? mayHaveConsumed {
            estimate = chat?.estimatedUsage(outputBytes: outputBytes)
        }
        book.attemptEnded(
            attempt.closedLine(), (reported, estimate), wasSent: attempt.wasSent,
            first: attempt.relay?.firstToken, last: attempt.relay?.lastToken)
        learn(from: attempt, ending, reported?.usage)
    }

    /// Tells all shards how the candidate did.
    private func learn(
        from attempt: UpstreamAttempt, _ ending: UpstreamAttempt.Ending, _ usage: Usage?
    ) {
        var outcome = AttemptOutcome(
            result(of: attempt, ending), isStream: chat?.isStream == true)
        outcome.firstToken = attempt.relay?.firstToken.map(attempt.admission.start.duration)
        outcome.outputTokens = usage?.output
        outcome.rateLimits = attempt.head?.fields.rateLimits(at: ports.clock.wallTime)
        attempt.admission.end(outcome, at: ports.clock.now)
        if outcome.result == .success, let needs = plan?.needs, let usage {
            configuration.router.answered(
                needs, at: attempt.candidate, usage, now: ports.clock.now.sinceOrigin)
        }
    }

    /// What an ending says of the candidate.
    private func result(
        of attempt: UpstreamAttempt, _ ending: UpstreamAttempt.Ending
    ) -> AttemptOutcome.Result {
        switch ending {
        case .answered, .streamed: return .success
        // There was no access token to send it with.
        case .failed where !attempt.wasSent: return .abandoned
        case .failed(let failure):
            var failure = AttemptOutcome.Failure(failure)
            // A refused token has ended; it says nothing of the key behind it.
            if attempt.usesToken { failure.status = nil }
            return .failed(failure)
        case .stopped(.deadline) where attempt.head == nil && wasGivenItsTime(attempt):
            return .failed(AttemptOutcome.Failure(.stalled))
        case .stopped, .outrun: return .abandoned
        }
    }

    /// Whether an attempt had most of the time that the operator gives a call, and not what a client
    /// would give it.
    private func wasGivenItsTime(_ attempt: UpstreamAttempt) -> Bool {
        guard let deadline = plan?.decision.policy.deadline, deadline == policy.deadline else {
            return false
        }
        return attempt.admission.start.duration(to: ports.clock.now) * 2 >= deadline
    }
}

/// A second attempt that races a slow first one.
extension ChatPipeline {
    /// Lets a second attempt join the running one, once that has been slow for long enough.
    func letAnotherJoin() {
        guard let attempt = race.first, attempt.ending == nil,
            let delay = hedgeDelay(at: attempt.candidate)
        else { return }
        let moment = ports.clock.now.advanced(by: delay)
        race.joinIsSet(
            for: ports.clock.schedule(at: moment) { [self] in
                race.joinIsDue()
                bell.ring()
            })
    }

    private func hedgeDelay(at candidate: Candidate) -> Duration? {
        switch policy.hedge?.delay {
        case .fixed(let delay): delay
        case .percentile95:
            plan?.name.slot(of: candidate)?.percentile95(ofStreams: chat?.isStream == true)
        case nil: nil
        }
    }

    /// Sends the request to the next candidate as well, unless the running attempt has an end or
    /// content by now. One that cannot be asked is left out.
    func joinRace(
        _ chat: ChatRequest, _ wishes: ClientWishes, _ machine: inout AttemptMachine
    ) {
        race.closeToOthers(ports.clock)
        guard let attempt = race.first, attempt.ending == nil, !attempt.hasContent,
            stopReason == nil, let candidate = machine.hedge(budget: &budgets.hedges)
        else { return }
        do throws(Refusal) {
            try begin(chat, wishes, at: candidate, .hedge)
        } catch {
            // What cannot be asked, or not now, is left out.
            machine.hedgeWasPassedOver(candidate, budget: &budgets.hedges)
        }
    }
}
