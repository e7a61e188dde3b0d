// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Routing

/// Looks a finished run over for violated invariants.
///
/// 1. A call ends once: one entry a call, and none left running.
/// 2. What a client saw whole is in the ledger, in the state that it saw.
/// 3. `[DONE]`, and a whole 200, only where a provider really finished; the text is the provider's.
/// 4. What failed says so: an error envelope, or an error event and a broken-off body.
/// 5. Nothing is left behind: no transfer, connection or timer.
struct Inspection {
    let run: SimulatedRun
    let runningCalls: Int
    let runningTransfers: Int
    let openConnections: Int

    func violations() -> [String] {
        var found: [String] = []
        let hasCrashed = run.ledger.hasCrashed
        let (written, trouble) = run.ledger.reopen()
        found += trouble
        found += violations(ofJournal: written)
        if !hasCrashed {
            if runningCalls != 0 { found.append("\(runningCalls) calls still run") }
            if runningTransfers != 0 { found.append("\(runningTransfers) transfers still run") }
            if openConnections != 0 { found.append("\(openConnections) connections are open") }
            if run.clock.pendingCount != 0 { found.append("\(run.clock.pendingCount) timers wait") }
        }
        let entries = written + run.ledger.lost
        let byID = Dictionary(grouping: entries, by: \.id)
        for (id, same) in byID where same.count > 1 {
            found.append("\(id) has \(same.count) ledger entries")
        }
        for client in run.clients { found += violations(of: client, byID, hasCrashed) }
        found += entries.flatMap(violations(of:))
        return found
    }

    private func violations(
        of client: SimulatedClient, _ byID: [String: [LedgerEntry]], _ hasCrashed: Bool
    ) -> [String] {
        var found: [String] = []
        let replies = client.replies
        if replies.count > client.plan.requests.count { found.append("more replies than requests") }
        for (request, reply) in zip(client.plan.requests, replies) {
            found += violations(of: reply, to: request, byID).map {
                "serial \(request.serial), status \(reply.status): \($0)"
            }
        }
        let hasBroken = replies.contains { !$0.isWhole }
        if !client.hasLeft || client.plan.leavesAfter == nil, !hasBroken,
            replies.count < client.plan.requests.count, !replies.contains(where: closes),
            !hasCrashed
        {
            found.append("\(client.plan.requests.count - replies.count) requests without a reply")
        }
        return found
    }

    private func closes(_ reply: ObservedReply) -> Bool { reply.fields["connection"] == "close" }

    private func violations(
        of reply: ObservedReply, to request: PlannedRequest, _ byID: [String: [LedgerEntry]]
    ) -> [String] {
        var found: [String] = []
        let plays = run.plays[request.serial] ?? []
        let id = reply.fields["x-request-id"] ?? ""
        let entry = byID[id]?.first
        if reply.isWhole || reply.sawDone || hasErrorEvent(reply) {
            guard let entry else { return ["no ledger entry for \(id): \(reply.text.prefix(200))"] }
            let succeeded = reply.isStream ? reply.sawDone : reply.status == 200
            if !isUnrecorded(reply, entry) {
                if entry.status != reply.status { found.append("the ledger says \(entry.status)") }
                if succeeded != (entry.state == .complete) {
                    found.append("the ledger says \(entry.state)")
                }
            }
        }
        if let entry, entry.attempts.count != plays.count {
            found.append("\(plays.count) attempts, of which the ledger has \(entry.attempts.count)")
        }
        if reply.sawDone || (reply.isWhole && reply.status == 200 && !reply.isStream) {
            guard let entry, let play = decisivePlay(of: entry, plays), play.kind.isComplete else {
                return found + ["success, but the provider played \(plays.map(\.kind))"]
            }
            if !play.readings.contains(content(of: reply)) { found.append("the text differs") }
            found += violations(ofStream: reply, by: play, plays)
        } else if reply.isStream {
            let text = content(of: reply)
            if !text.isEmpty && !plays.flatMap(\.readings).contains(where: { $0.hasPrefix(text) }) {
                found.append("text that no provider sent")
            }
            if reply.isWhole { found.append("a failed stream ended as a whole HTTP body") }
        } else if reply.isWhole && !reply.text.hasPrefix(#"{"error":{"message":""#) {
            found.append("an error without an envelope: \(reply.text.prefix(80))")
        }
        return found
    }

    /// A stream that was gone on with reads as one, and says once that it was.
    private func violations(
        ofStream reply: ObservedReply, by play: ProviderPlay, _ plays: [ProviderPlay]
    ) -> [String] {
        guard reply.isStream else { return [] }
        var found: [String] = []
        if reply.events.count(where: { $0.contains(#""role":"#) }) > 1 {
            found.append("a second role")
        }
        let marks = reply.events.count { $0.contains(#""martlet":{"resumed":"#) }
        if marks != (play.beginning.isEmpty ? 0 : 1) { found.append("\(marks) marks") }
        let isSaid = plays.contains {
            $0.beginning.isEmpty && $0.text.hasPrefix(play.beginning)
        }
        if !isSaid { found.append("went on from what nobody said") }
        return found
    }

    /// What was played for the attempt that decided a call. Attempts are written down in the order of
    /// their ends, and played in that of their starts.
    private func decisivePlay(of entry: LedgerEntry, _ plays: [ProviderPlay]) -> ProviderPlay? {
        guard let last = entry.attempts.last, plays.count == entry.attempts.count else {
            return nil
        }
        let begun = entry.attempts.dropLast().count { $0.start <= last.start }
        return plays[begun]
    }

    /// A call that completed at the provider but could not be written down, and was refused for it.
    private func isUnrecorded(_ reply: ObservedReply, _ entry: LedgerEntry) -> Bool {
        run.ledger.lost.contains(entry)
            && reply.text.contains("ledger_unavailable")
    }

    private func hasErrorEvent(_ reply: ObservedReply) -> Bool {
        reply.isStream && reply.events.last?.contains(#""error":{"message""#) == true
    }

    /// The words of the answer, cut out of the bytes as the plays put them in.
    private func content(of reply: ObservedReply) -> String {
        let sources = reply.isStream ? reply.events : [reply.text]
        return sources.map { source in
            source.text(after: #""content":""#)
        }.joined()
    }

    /// What was accepted is what the next process reads: no less, and no more than was tried.
    private func violations(ofJournal written: [LedgerEntry]) -> [String] {
        let ids = Set(written.map(\.id))
        let missing = run.ledger.accepted.filter { !ids.contains($0.id) }
        let known = Set(
            (run.ledger.accepted + run.ledger.lost + run.ledger.undecided).map(\.id))
        return missing.map { "\($0.id) was accepted and is not in the journal" }
            + ids.subtracting(known).sorted().map { "\($0) is in the journal and was never made" }
    }

    private func violations(of entry: LedgerEntry) -> [String] {
        var found: [String] = []
        if entry.state == .complete && entry.attempts.last?.state != .complete {
            found.append("\(entry.id) is complete, its last attempt is not")
        }
        if entry.attempts.dropLast().contains(where: { $0.state == .complete }) {
            found.append("\(entry.id) went on after a complete attempt")
        }
        found += violations(ofAttempts: entry).map { "\(entry.id) \($0)" }
        if let overhead = entry.timings.overhead, overhead < .zero {
            found.append("\(entry.id) has a negative overhead")
        }
        return found
    }

    /// All attempts are in the books, and what they consumed is in the sum.
    private func violations(ofAttempts entry: LedgerEntry) -> [String] {
        var found: [String] = []
        let attempts = entry.attempts
        if let policy = entry.route.flatMap({ run.policies[$0] }) {
            let resumptions = attempts.count { $0.kind == .resume }
            if resumptions > (policy.resume == .prefill ? 1 : 0) {
                found.append("was gone on with \(resumptions) times")
            }
            let most = 3 * (1 + policy.retries.limit) + resumptions
            if attempts.count > most { found.append("was tried \(attempts.count) times") }
            let begin = (entry.timings.receive ?? .zero) + (entry.timings.admit ?? .zero)
            let end = begin + (policy.deadline ?? .seconds(7_200))
            if attempts.contains(where: { $0.start + $0.end > end }) {
                found.append("has an attempt that ran on after its deadline")
            }
            if attempts.contains(where: { $0.kind == .hedge }) && policy.hedge == nil {
                found.append("has a hedge and no policy for it")
            }
        }
        guard attempts.count > 1 else { return found }
        let consumed = attempts.compactMap(\.consumption)
        let sum = consumed.map(\.usage).reduce(Usage()) { $0.adding($1) }
        if entry.usage != sum { found.append("says \(entry.usage), its attempts \(sum)") }
        if consumed.contains(where: { $0.cost == .unknown }) && entry.cost != .unknown {
            found.append("has a cost, and not all that is in it is known")
        }
        for attempt in attempts where attempt.state == .cancelled && attempt.consumption == nil {
            found.append("has a cancelled attempt that is not counted")
        }
        return found
    }
}

extension String {
    /// The text from the first occurrence of `pattern` to the next quotation mark; empty where there
    /// is none.
    func text(after pattern: String) -> String {
        guard let start = firstIndex(of: pattern) else { return "" }
        return String(self[index(start, offsetBy: pattern.count)...].prefix { $0 != "\"" })
    }

    private func firstIndex(of pattern: String) -> Index? {
        indices.first { self[$0...].hasPrefix(pattern) }
    }
}
