// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import JSON
import Providers
import Routing
import Wire

/// One stream to the client from two models: keeps what was sent of the first, and fits to it what the
/// second goes on with.
///
/// Only where the policy is `prefill`; other streams pass unread. Isolation: the shard.
final class StreamResumption {
    private var sent = SentText()
    /// Nil before the second model goes on.
    private var continued: ContinuedChunks?

    /// Nil where nothing could go on with the call.
    init?(_ chat: ChatRequest, _ policy: RoutePolicy) {
        guard policy.resume == .prefill, chat.asksForPlainText else { return nil }
    }

    /// Sees events before the client is sent them.
    func willSend(_ events: inout [UInt8], usage: ReportedUsage?) {
        if let rewritten = continued?.rewritten(events.span, usage) {
            events = rewritten
        } else {
            sent.read(events.span)
        }
    }

    /// Whether what was sent can be gone on with.
    var isPossible: Bool { sent.beginning != nil }

    /// The request that a provider goes on from; nil where it cannot.
    func request(for chat: ChatRequest, _ prefill: AssistantPrefill) -> ChatRequest? {
        guard prefill != .refused, let beginning = sent.beginning else { return nil }
        return chat.goingOn(from: beginning.text, isMarked: prefill.isMarked)
    }

    /// From now on the events are those of another target.
    ///
    /// - Parameters:
    ///   - dropped: what that target is not told, and the one before was.
    ///   - usage: what the client is told of the whole call for what that target reports.
    func goOn(
        at target: Target, _ prefill: AssistantPrefill, dropped: [String],
        usage: @escaping (ReportedUsage) -> (Usage, cost: String?)
    ) {
        guard let beginning = sent.beginning else { return }
        let joint = TextJoint(
            repeating: prefill == .repeated ? beginning.text : "", space: beginning.space)
        continued = ContinuedChunks(
            after: sent, joint: joint, mark: Self.mark(target, dropped)
        ) {
            let (sum, cost) = usage($0)
            var writer = JSONWriter()
            writer.writeUsageValue(sum, cost: cost)
            return writer.bytes
        }
    }

    /// Shape: `{"resumed":{"provider":"anthropic","model":"claude-haiku-4-5","dropped":["seed"]}}`,
    /// the last one where there is any.
    private static func mark(_ target: Target, _ dropped: [String]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("resumed")
        writer.beginObject()
        writer.member("provider", target.provider)
        writer.member("model", target.model)
        if !dropped.isEmpty {
            writer.key("dropped")
            writer.beginArray()
            for name in dropped { writer.string(name) }
            writer.endArray()
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}

extension ChatPipeline {
    /// What follows on a failed attempt: where its stream broke off in its text, that another target
    /// goes on with that, if one may.
    func next(
        after failure: UpstreamFailure, of attempt: UpstreamAttempt,
        _ machine: inout AttemptMachine, _ generator: inout PortGenerator
    ) -> AttemptMachine.Action {
        let candidate = attempt.candidate
        if let resumption, resumption.isPossible,
            let action = machine.goOn(
                after: failure, at: candidate, budget: &budgets.retries, where: goesOn)
        {
            return action
        }
        return machine.failed(
            failure, at: candidate, now: ports.clock.now.sinceOrigin, budget: &budgets.retries,
            using: &generator)
    }

    /// Whether a candidate goes on from a text: by the catalogue or the operator, and by the format.
    private func goesOn(_ candidate: Candidate) -> Bool {
        guard
            let view = plan?.views.first(where: { $0.candidate == candidate }),
            view.facts.capabilities?.contains(.prefill) == true
        else { return false }
        return prefill(of: candidate) != .refused
    }

    /// What becomes of a last message of the assistant at a candidate.
    func prefill(of candidate: Candidate) -> AssistantPrefill {
        guard let provider = configuration.values.provider(of: candidate),
            let dialect = provider.dialect(for: .chat)
        else { return .refused }
        return dialect.prefill(
            of: candidate.target.model, quirks: provider.vendor.quirks)
    }

    /// The request with the text so far, for a candidate that goes on with it.
    func continuation(
        of chat: ChatRequest, at candidate: Candidate
    ) throws(Refusal) -> ChatRequest {
        guard let request = resumption?.request(for: chat, prefill(of: candidate)) else {
            throw Refusal(error: .notContinued)
        }
        return request
    }

    /// Lets the client's stream go on with what a candidate will send. Returns all that was dropped
    /// from the call.
    func streamGoesOn(at candidate: Candidate, dropped: [String]) -> [String] {
        let before = book.entry.dropped
        let more = dropped.filter { !before.contains($0) }
        let target = candidate.target
        resumption?.goOn(at: target, prefill(of: candidate), dropped: more) { [book] reported in
            (
                book.entry.usage.adding(reported.usage),
                book.cost(of: reported, at: target).amount?.decimalText
            )
        }
        return before + more
    }
}

extension APIError {
    /// Not told to clients: what they hear of is why the stream broke off.
    fileprivate static let notContinued = APIError(
        status: 502, kind: .upstream, code: "stream_cut",
        message: "The stream broke off, and this target cannot go on with it.")
}
