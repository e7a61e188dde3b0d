// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Wire

extension UpstreamFailure {
    /// What a broken transfer means for the call.
    init(_ failure: TransferFailure, provider: String) {
        let (kind, status, code, message) = Self.meaning(of: failure.kind)
        self.init(
            kind: kind, retry: .elsewhere,
            error: APIError(
                status: status, kind: .upstream, code: code, message: "\(provider) \(message)",
                upstream: .init(provider: provider, status: nil)),
            detail: "\(failure.kind.rawValue): \(failure.detail)")
    }

    private static func meaning(
        of kind: TransferFailure.Kind
    ) -> (Kind, status: Int, code: String, message: String) {
        switch kind {
        case .resolve, .connect, .tls:
            (.unreachable, 502, "upstream_unreachable", "cannot be reached.")
        case .connectTimeout:
            (.unreachable, 504, "upstream_unreachable", "could not be reached in time.")
        case .firstByteTimeout, .totalTimeout:
            (.stalled, 504, "upstream_timeout", "did not answer in time.")
        case .idleTimeout:
            (.stalled, 504, "upstream_stalled", "fell silent inside its answer.")
        case .closedBeforeHead:
            (.cut, 502, "upstream_cut", "closed the connection instead of answering.")
        case .cut:
            (.cut, 502, "upstream_cut", "broke off its answer.")
        case .malformed:
            (.malformed, 502, "upstream_malformed", "sent an answer that is not HTTP.")
        }
    }

    /// The attempt was given so long to its first content, and that has passed.
    static func noFirstToken(within limit: Duration, provider: String) -> UpstreamFailure {
        UpstreamFailure(
            kind: .stalled, retry: .elsewhere,
            error: APIError(
                status: 504, kind: .upstream, code: "upstream_timeout",
                message: "\(provider) did not begin its answer in time.",
                upstream: .init(provider: provider, status: nil)),
            detail: "no content within \(limit)")
    }

    /// Whether the provider may have begun to work, and to bill, before it failed.
    var mayHaveConsumed: Bool {
        switch kind {
        case .stalled, .cut, .malformed: true
        case .unreachable, .authentication, .rateLimited, .overloaded, .server, .request: false
        }
    }

    /// The state of a call that this failure ended.
    var callState: CallState {
        switch kind {
        case .stalled: .upstreamStalled
        case .cut: .upstreamCut
        case .malformed: .malformed
        case .unreachable, .authentication, .rateLimited, .overloaded, .server, .request:
            .upstreamError
        }
    }
}
