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
    /// How many attempts, or waits for another one, are under way, and since when.
    private var waits = 0
    private var waitingSince = Instant.distantFuture
    private var waiting: Duration = .zero
    /// Whether some attempt has consumed something, or may have.
    private var hasConsumed = false
    /// Where the answer comes from, as far as can be told.
    private var source: Target?
    /// Whether it can come from nowhere else any more.
    private var isDecided = false
    /// What the client is to know beside its answer.
    var warning: String?
    /// Whether the client is told what was tried.
    var isExplained = false
    /// The attempts under way, where the client is told of them.
    private var running: [LedgerAttempt] = []

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

    /// The line of an attempt that begins now.
    func attemptBegins(
        at candidate: Candidate, _ kind: AttemptKind, dropped: [String]
    ) -> LedgerAttempt {
        let now = clock.now
        if entry.timings.admit == nil { entry.timings.admit = begin.duration(to: now) }
        waitBegins()
        let target = candidate.target
        var line = LedgerAttempt(
            provider: target.provider, model: target.model, start: arrival.duration(to: now))
        line.credential = candidate.credential
        line.kind = kind
        if isExplained { running.append(line) }
        if kind != .hedge { answerComes(from: target, dropped: dropped) }
        return line
    }

    /// An attempt speaks for the call: the one that began last, until another one is faster.
    func answerComes(from target: Target, dropped: [String], isDecided: Bool = false) {
        source = target
        self.isDecided = isDecided
        entry.dropped = dropped
    }

    /// An attempt is over; its line is complete, but for what only the book can tell.
    func attemptEnded(
        _ line: LedgerAttempt, _ consumed: (reported: ReportedUsage?, estimate: Usage?),
        wasSent: Bool, first: Instant?, last: Instant?
    ) {
        var line = line
        let start = arrival.advanced(by: line.start)
        line.end = start.duration(to: clock.now)
        if let first, let last {
            line.firstToken = start.duration(to: first)
            entry.timings.firstToken = entry.timings.firstToken ?? arrival.duration(to: first)
            entry.timings.lastToken = arrival.duration(to: last)
        }
        waitEnds()
        line.consumption =
            consumption(consumed.reported, consumed.estimate, at: line.target)
            ?? (wasSent && !line.costNothing
                ? Consumption(usage: Usage(), source: .none, cost: .unknown) : nil)
        if let consumption = line.consumption { add(consumption) }
        if isExplained { running.removeAll { $0.start == line.start && $0.target == line.target } }
        entry.attempts.append(line)
    }

    /// The call waits for others, until it is told as often that it does not any more.
    func waitBegins() {
        if waits == 0 { waitingSince = clock.now }
        waits += 1
    }

    func waitEnds() {
        waits -= 1
        if waits == 0 { waiting += waitingSince.duration(to: clock.now) }
    }

    // MARK: Money

    /// What an attempt consumed: as the provider reported it, and by an estimate from the bytes that
    /// passed where it did not, or not the output: a stream that broke off may have told only its
    /// input, and what was generated was not for nothing.
    private func consumption(
        _ reported: ReportedUsage?, _ estimate: Usage?, at target: Target
    ) -> Consumption? {
        if let reported, reported.usage.output != nil || estimate == nil {
            return Consumption(
                usage: reported.usage, source: .upstream, cost: ownCost(of: reported, at: target))
        }
        guard let estimate else { return nil }
        var told = reported ?? ReportedUsage(estimate)
        told.usage.output = estimate.output
        return Consumption(
            usage: told.usage, source: .estimated, cost: ownCost(of: told, at: target))
    }

    private func add(_ more: Consumption) {
        guard hasConsumed else {
            hasConsumed = true
            entry.usage = more.usage
            entry.usageSource = more.source
            entry.cost = more.cost
            return
        }
        entry.usage = entry.usage.adding(more.usage)
        entry.cost = entry.cost.adding(more.cost)
        if entry.usageSource != .estimated && more.source != .none {
            entry.usageSource = more.source
        }
    }

    /// What a usage costs at the target that answers, and what the call cost before it.
    func cost(of reported: ReportedUsage, at target: Target) -> Cost {
        let own = ownCost(of: reported, at: target)
        return hasConsumed ? entry.cost.adding(own) : own
    }

    private func ownCost(of reported: ReportedUsage, at target: Target) -> Cost {
        if let amount = reported.reportedCost.flatMap(Picodollars.init(reported:)) {
            return .reported(amount)
        }
        // One without the other is not what the call cost.
        guard reported.usage.input != nil, reported.usage.output != nil else { return .unknown }
        return prices.cost(of: reported.usage, at: target, serviceTier: reported.serviceTier)
    }

    // MARK: The end

    /// Makes the entry what is written down. Called once, last.
    func close(_ state: CallState, status: Int, errorCode: String?, route: String?) {
        entry.state = state
        entry.status = status
        entry.errorCode = errorCode
        entry.route = route
        if !hasConsumed { entry.cost = .computed(.zero) }
        if entry.attempts.count == 1 { entry.attempts[0].consumption = nil }
        let total = arrival.duration(to: clock.now)
        entry.timings.total = total
        entry.timings.overhead = total - waiting - (entry.timings.receive ?? .zero)
    }

    /// The fields of a stream's head. One that leaves ahead of any content cannot tell whose answer
    /// will come.
    func streamFields() -> HTTPFields {
        var fields = fields(
            contentType: "text/event-stream; charset=utf-8", namesSource: isDecided)
        fields.append("cache-control", "no-cache")
        fields.append("x-accel-buffering", "no")
        return fields
    }

    /// The fields of a reply that came from a provider.
    func fields(contentType: String, namesSource: Bool = true) -> HTTPFields {
        var fields = HTTPFields()
        fields.reserve(fields: 8, bytes: 384)
        fields.append("content-type", contentType)
        fields.append("x-request-id", entry.id)
        if namesSource, let source {
            fields.append("x-martlet-provider", source.provider)
            fields.append("x-martlet-model", source.model)
        }
        if namesSource, !entry.dropped.isEmpty {
            fields.append("x-martlet-dropped", entry.dropped.joined(separator: ", "))
        }
        if let warning { fields.append("x-martlet-warning", warning) }
        if isExplained {
            let listing = AttemptListing(
                entry.attempts, running: running, now: arrival.duration(to: clock.now))
            fields.append("x-martlet-attempts", listing.text)
        }
        fields.append("server-timing") { appendServerTiming(to: &$0) }
        return fields
    }

    /// Shape: `admit;dur=0.04, upstream;dur=812.3, total;dur=812.6`, milliseconds.
    private func appendServerTiming(to text: inout [UInt8]) {
        let now = clock.now
        let upstream = waiting + (waits > 0 ? waitingSince.duration(to: now) : .zero)
        text.append("admit;dur=", millisecondsOf: entry.timings.admit ?? .zero)
        text.append(", upstream;dur=", millisecondsOf: upstream)
        text.append(", total;dur=", millisecondsOf: arrival.duration(to: now))
    }
}

extension LedgerAttempt {
    var target: Target { Target(provider: provider, model: model) }

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
