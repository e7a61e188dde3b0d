// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// How a call ended. Every call ends in exactly one state.
package enum CallState: String, Sendable, CaseIterable {
    /// The provider finished and the client was sent all of it.
    case complete
    /// The provider answered with an error, or reported one inside its stream.
    case upstreamError = "upstream_error"
    /// The provider's answer broke off.
    case upstreamCut = "upstream_cut"
    /// The provider fell silent for longer than allowed.
    case upstreamStalled = "upstream_stalled"
    /// What the provider sent is not what its dialect allows.
    case malformed
    /// The client left first.
    case clientGone = "client_gone"
    /// The gateway stopped it: shutdown, or another attempt of the same call was faster.
    case cancelled
    /// A budget or a limit stopped it, such as the deadline of the call.
    case overLimit = "over_limit"
    /// Never sent: the request itself was refused.
    case refused
}

/// What a call cost, or why that is not known.
package enum Cost: Sendable, Equatable {
    /// From the price book and the usage.
    case computed(Picodollars)
    /// As the provider itself reported it.
    case reported(Picodollars)
    /// No price, or no usage: never 0.
    case unknown

    /// The amount, however it is known; nil for `unknown`.
    package var amount: Picodollars? {
        switch self {
        case .computed(let amount), .reported(let amount): amount
        case .unknown: nil
        }
    }

    /// This and another cost together: reported where both are, unknown where one is or where the sum
    /// is too large to be one.
    package func adding(_ other: Cost) -> Cost {
        guard let sum = other.amount.flatMap({ amount?.adding($0) }) else { return .unknown }
        if case (.reported, .reported) = (self, other) { return .reported(sum) }
        return .computed(sum)
    }
}

/// What one attempt of several consumed.
package struct Consumption: Sendable, Equatable {
    package var usage: Usage
    package var source: UsageSource
    package var cost: Cost

    package init(usage: Usage, source: UsageSource, cost: Cost) {
        self.usage = usage
        self.source = source
        self.cost = cost
    }
}

/// One try at one target.
package struct LedgerAttempt: Sendable, Equatable {
    package var provider: String
    package var model: String
    /// The place of the credential in the provider's own order.
    package var credential = 0
    package var kind = AttemptKind.first
    package var state: CallState
    /// The provider's HTTP status, or nil where none came.
    package var status: Int?
    /// What went wrong, for the operator; no prompts, no keys.
    package var detail: String?
    /// The provider's own request id.
    package var upstreamID: String?
    /// Since the start of the call.
    package var start: Duration
    /// The moments below are since the start of the attempt.
    package var connected: Duration?
    package var secured: Duration?
    package var firstByte: Duration?
    package var firstToken: Duration?
    package var end: Duration
    /// Nil where it consumed nothing, and for the only attempt of a call: that one's is the call's.
    package var consumption: Consumption?

    package init(provider: String, model: String, start: Duration) {
        self.provider = provider
        self.model = model
        self.state = .cancelled
        self.start = start
        self.end = .zero
    }
}

/// One call, as it is written down.
package struct LedgerEntry: Sendable, Equatable {
    /// The call's name, as in the answer's `x-request-id`.
    package var id: String
    /// When the request arrived. Units: microseconds since 1970.
    package var timeMicroseconds: Int64
    /// The path's operation: `chat.completions`.
    package var operation: String
    /// The model's name as the client wrote it.
    package var requestedModel: String
    /// The route that it named, or nil for `provider/model`.
    package var route: String?
    package var isStream: Bool
    package var state: CallState
    /// The status that the client was sent, or 0 where it left before one.
    package var status: Int
    /// The machine-readable error code that the client was sent.
    package var errorCode: String?
    package var usage: Usage
    package var usageSource: UsageSource
    package var cost: Cost
    /// Which price book computed it.
    package var priceBookVersion: String?
    /// Parameters that were not passed on.
    package var dropped: [String]
    /// In the order of their ends, so that the last one decided the call.
    package var attempts: [LedgerAttempt]
    /// Intervals; nil where the call did not come to it.
    package var timings: CallTimings

    package init(id: String, timeMicroseconds: Int64, operation: String) {
        self.id = id
        self.timeMicroseconds = timeMicroseconds
        self.operation = operation
        self.requestedModel = ""
        self.isStream = false
        self.state = .refused
        self.status = 0
        self.usage = Usage()
        self.usageSource = .none
        self.cost = .unknown
        self.dropped = []
        self.attempts = []
        self.timings = CallTimings()
    }

    /// The attempt whose answer the client was sent, else the last one.
    package var decisiveAttempt: LedgerAttempt? { attempts.last }
}

/// Where the time of a call went.
package struct CallTimings: Sendable, Equatable {
    /// First byte of the request to its last.
    package var receive: Duration?
    /// From there to the start of the pipeline.
    package var queue: Duration?
    /// From there to the first attempt.
    package var admit: Duration?
    /// Since the arrival of the request: the first content, reasoning or tool byte.
    package var firstToken: Duration?
    /// Since the arrival of the request: the last one.
    package var lastToken: Duration?
    /// Since the arrival of the request.
    package var total: Duration = .zero
    /// `total` minus waiting for the provider and the client.
    package var overhead: Duration?

    package init() {}
}

/// Where entries are written down.
///
/// Isolation: the shard that owns the sink.
package protocol LedgerSink: AnyObject {
    /// Writes the entry down before it returns, so that it survives the process (not the machine:
    /// disks are synced by group). Throws where it could not be written.
    func record(_ entry: LedgerEntry) throws(LedgerFailure)

    /// Writes several entries down before it returns, with one write where the disk takes it.
    ///
    /// Returns: the entries that could not be written.
    func record(all entries: [LedgerEntry]) -> [UnwrittenEntry]
}

/// An entry that could not be written down, and why.
package struct UnwrittenEntry: Sendable, Equatable {
    package var entry: LedgerEntry
    package var failure: LedgerFailure

    package init(entry: LedgerEntry, failure: LedgerFailure) {
        self.entry = entry
        self.failure = failure
    }
}

/// Why an entry could not be written down.
package struct LedgerFailure: Error, Sendable, Equatable {
    /// For the log, with the system's own words.
    package var detail: String
    package init(detail: String) { self.detail = detail }
}
