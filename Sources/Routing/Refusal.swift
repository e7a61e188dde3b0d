// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// What a client is told where no candidate is left: the furthest reason that one was passed over
/// for, as that is the nearest to an answer.
struct Refusal {
    private let name: String
    private let exclusions: [RouteDecision.Exclusion]
    private let operation: CallOperation
    private let now: Duration

    init(
        of name: String, _ exclusions: [RouteDecision.Exclusion],
        operation: CallOperation = .chat, now: Duration
    ) {
        self.name = name
        self.exclusions = exclusions
        self.operation = operation
        self.now = now
    }

    var error: APIError {
        let furthest = exclusions.max { $0.reason.stage < $1.reason.stage }
        switch furthest?.reason {
        case .obstacle: return noTarget
        case .retired:
            return APIError(
                status: 404, kind: .invalidRequest, code: "model_retired", parameter: "model",
                message: "No target of '\(name)' is left. \(list)")
        case .incapable(let lacking):
            return .invalid(
                lacking.parameter, code: "no_capable_target",
                "No target of '\(name)' can do what the call needs. \(list)")
        case .ignored, .notAllowed, .notInOrder, .tooExpensive, .collectsData:
            return .invalid(
                "provider", code: "no_allowed_target",
                "The call's preferences leave no target of '\(name)'. \(list)")
        case .unpriced: return unpriced
        case .operation: return unsupported
        case .notConfigured, .notNeeded, .contextTooSmall, .fallbackForbidden, nil:
            return noTarget
        }
    }

    private var noTarget: APIError {
        APIError(
            status: 503, kind: .server, code: "no_target",
            message: "No target of '\(name)' can be called. \(list)",
            retryAfterSeconds: exclusions.compactMap(\.until).min().map(seconds))
    }

    private var unpriced: APIError {
        let names = names { $0 == .unpriced }
        return .invalid(
            "model", code: "unpriced_model",
            "The price of \(names) is not known, and this gateway is set to refuse calls that it "
                + "cannot price (unpriced: refuse). `martlet models` lists the prices it knows.")
    }

    private var unsupported: APIError {
        let names = names { $0 == .operation }
        let advice =
            operation == .completions
            ? "Use POST /v1/chat/completions." : "Use a model of a provider that has embeddings."
        return APIError(
            status: 404, kind: .invalidRequest, code: "unsupported_endpoint", parameter: "model",
            message: "\(names) cannot be called by POST /v1\(operation.path). \(advice)")
    }

    private func names(where isMeant: (RouteDecision.Reason) -> Bool) -> String {
        exclusions.filter { isMeant($0.reason) }.map(\.candidate.description)
            .joined(separator: ", ")
    }

    /// Shape: `groq/llama: 5 of 8 calls failed (for another 4 s); local/small: It lacks tools.`
    private var list: String {
        exclusions.map { exclusion in
            let wait = exclusion.until.map { " (for another \(seconds(until: $0)) s)" } ?? ""
            var reason = "\(exclusion.reason)"
            if reason.hasSuffix(".") { reason.removeLast() }
            return "\(exclusion.candidate): \(reason)\(wait)"
        }.joined(separator: "; ") + "."
    }

    /// Whole seconds, at least one: before, it is no use.
    private func seconds(until end: Duration) -> Int {
        max(1, (end - now).secondsRoundedUp)
    }
}

extension RouteDecision.Reason {
    /// How far a candidate came: what can be waited for is the furthest.
    fileprivate var stage: Int {
        switch self {
        case .notNeeded, .contextTooSmall, .fallbackForbidden: 0
        case .notConfigured: 1
        case .operation: 2
        case .unpriced: 3
        case .ignored, .notAllowed, .notInOrder: 4
        case .incapable: 5
        case .tooExpensive, .collectsData: 6
        case .retired: 7
        case .obstacle: 8
        }
    }
}

extension Capabilities {
    /// The request's parameter that asks for the first of them.
    fileprivate var parameter: String {
        if contains(.tools) { return "tools" }
        if contains(.jsonSchema) { return "response_format" }
        if contains(.audioOutput) { return "modalities" }
        return subtracting(.reasoning).isEmpty ? "reasoning_effort" : "messages"
    }
}
