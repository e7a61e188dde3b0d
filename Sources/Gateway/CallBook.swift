// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Providers
import Routing
import Wire

/// The bookkeeping of one call: fills its ledger entry as things happen.
///
/// Isolation: the shard of the call.
final class CallBook {
    private(set) var entry: LedgerEntry
    private let clock: any Timekeeper
    private let prices: PriceCache
    private let arrival: Instant
    private let begin: Instant
    private var attemptStart: Instant?
    private var waiting: Duration = .zero
    /// What attempts consumed from which the call went elsewhere.
    private var earlier: (usage: Usage, source: UsageSource, cost: Cost)?
    /// Whether some attempt was sent that may have cost something.
    private var mayHaveCost = false
    /// Whether the client is told what was tried.
    var isExplained = false

    init(
        operation: String, arrival: Instant, clock: any Timekeeper, random: any RandomSource,
        prices: PriceCache
    ) {
        self.clock = clock
        self.prices = prices
        self.arrival = arrival
        begin = clock.now
        let wallTime = clock.wallTime
        entry = LedgerEntry(
            id: CallID.make(at: wallTime, using: random),
            timeMicroseconds: wallTime.microseconds
                - arrival.duration(to: begin).wholeMicroseconds,
            operation: operation)
        entry.timings.receive = arrival.duration(to: begin)
        entry.priceBookVersion = prices.version
    }

    var id: String { entry.id }
    /// Units: whole seconds since 1970, when the request arrived.
    var created: Int { Int(entry.timeMicroseconds / 1_000_000) }

    func named(_ model: String, isStream: Bool) {
        entry.requestedModel = model
        entry.isStream = isStream
    }

    // MARK: Attempts

    func attemptBegins(at target: Target, dropped: [String]) {
        let now = clock.now
        if entry.attempts.isEmpty { entry.timings.admit = begin.duration(to: now) }
        attemptStart = now
        entry.dropped = dropped
        entry.attempts.append(
            LedgerAttempt(
                provider: target.provider, model: target.model,
                start: arrival.duration(to: now)))
    }

    func attemptEnded(
        _ state: CallState, detail: String? = nil, wasSent: Bool, head: HTTPReplyHead?,
        timings: TransferTimings
    ) {
        guard let start = attemptStart, var attempt = entry.attempts.popLast() else { return }
        attemptStart = nil
        let took = start.duration(to: clock.now)
        waiting += took
        attempt.end = took
        attempt.state = state
        attempt.detail = detail
        attempt.status = head?.status
        attempt.upstreamID = head?.fields.requestID
        if !timings.reusedConnection {
            attempt.connected = timings.connected
            attempt.secured = timings.secured
        }
        attempt.firstByte = timings.firstByte
        if wasSent && !attempt.costNothing { mayHaveCost = true }
        entry.attempts.append(attempt)
    }

    /// Notes when the first and the last content came.
    func contentCame(first: Instant?, last: Instant?) {
        entry.timings.firstToken = first.map { arrival.duration(to: $0) }
        entry.timings.lastToken = last.map { arrival.duration(to: $0) }
        guard let first, !entry.attempts.isEmpty else { return }
        let index = entry.attempts.count - 1
        let begun = arrival.advanced(by: entry.attempts[index].start)
        entry.attempts[index].firstToken = begun.duration(to: first)
    }

    // MARK: Money

    /// Notes what the call consumed: as the provider reported it, and by an estimate from the bytes
    /// that passed where it did not, or not the output: a stream that broke off may have told only
    /// its input, and what was generated was not for nothing.
    func consumed(
        _ reported: ReportedUsage?, orAsEstimated estimate: @autoclosure () -> Usage
    ) {
        if let reported, reported.usage.output != nil {
            return note(reported, .upstream)
        }
        let estimate = estimate()
        var told = reported ?? ReportedUsage(estimate)
        told.usage.output = estimate.output
        note(told, .estimated)
    }

    private func note(_ told: ReportedUsage, _ source: UsageSource) {
        entry.cost = cost(of: told)
        entry.usage = earlier.map { $0.usage.adding(told.usage) } ?? told.usage
        entry.usageSource = earlier?.source == .estimated ? .estimated : source
    }

    /// The call goes on at another target: what the last one consumed stays with it.
    func goesElsewhere() {
        if entry.usageSource == .none { return }
        earlier = (entry.usage, entry.usageSource, entry.cost)
    }

    /// What a usage costs at the target that is being tried, and what the call cost before it.
    func cost(of reported: ReportedUsage) -> Cost {
        let own = ownCost(of: reported)
        return earlier.map { $0.cost.adding(own) } ?? own
    }

    private func ownCost(of reported: ReportedUsage) -> Cost {
        if let amount = reported.reportedCost.flatMap(Picodollars.init(reported:)) {
            return .reported(amount)
        }
        guard let attempt = entry.attempts.last else { return .unknown }
        return prices.cost(
            of: reported.usage, at: attempt.target, serviceTier: reported.serviceTier)
    }

    // MARK: The end

    /// Makes the entry what is written down. Called once, last.
    func close(_ state: CallState, status: Int, errorCode: String?, route: String?) {
        entry.state = state
        entry.status = status
        entry.errorCode = errorCode
        entry.route = route
        if entry.usageSource == .none && !mayHaveCost {
            entry.cost = .computed(.zero)
        }
        let total = arrival.duration(to: clock.now)
        entry.timings.total = total
        entry.timings.overhead = total - waiting - (entry.timings.receive ?? .zero)
    }

    /// The fields of a reply that came from a provider.
    func fields(contentType: String) -> HTTPFields {
        var fields = HTTPFields()
        fields.reserve(fields: 8, bytes: 384)
        fields.append("content-type", contentType)
        fields.append("x-request-id", entry.id)
        if let attempt = entry.attempts.last {
            fields.append("x-martlet-provider", attempt.provider)
            fields.append("x-martlet-model", attempt.model)
        }
        if !entry.dropped.isEmpty {
            fields.append("x-martlet-dropped", entry.dropped.joined(separator: ", "))
        }
        if isExplained {
            let running = attemptStart.map { $0.duration(to: clock.now) }
            fields.append(
                "x-martlet-attempts", AttemptListing(entry.attempts, running: running).text)
        }
        fields.append("server-timing") { appendServerTiming(to: &$0) }
        return fields
    }

    /// Shape: `admit;dur=0.04, upstream;dur=812.3, total;dur=812.6`, milliseconds.
    private func appendServerTiming(to text: inout [UInt8]) {
        let now = clock.now
        let upstream = waiting + (attemptStart.map { $0.duration(to: now) } ?? .zero)
        text.append("admit;dur=", millisecondsOf: entry.timings.admit ?? .zero)
        text.append(", upstream;dur=", millisecondsOf: upstream)
        text.append(", total;dur=", millisecondsOf: arrival.duration(to: now))
    }
}

extension HTTPFields {
    /// The name that a provider gave a call: OpenAI and most others, Anthropic, AWS, Azure.
    fileprivate var requestID: String? {
        first("x-request-id") ?? first("request-id") ?? first("x-amzn-requestid")
            ?? first("apim-request-id")
    }
}

extension LedgerAttempt {
    fileprivate var target: Target { Target(provider: provider, model: model) }

    /// Whether nothing can have been consumed: no connection, or an error for an answer.
    fileprivate var costNothing: Bool {
        guard state == .upstreamError else { return false }
        return status.map { !(200..<300).contains($0) } ?? true
    }
}

extension Picodollars {
    /// The amount that a provider reported, or nil where its text is no amount.
    fileprivate init?(reported: ReportedAmount) {
        switch reported.unit {
        case .usd:
            self.init(decimalText: reported.decimalText)
        case .usdTicks:
            guard let ticks = Int128(reported.decimalText) else { return nil }
            let (amount, overflow) = ticks.multipliedReportingOverflow(by: 100)
            if overflow { return nil }
            self.init(rawValue: amount)
        }
    }
}
