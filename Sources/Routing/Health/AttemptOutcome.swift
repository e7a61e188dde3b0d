// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// How one attempt at a candidate ended, as far as its health is concerned.
package struct AttemptOutcome: Sendable, Equatable {
    /// What became of it.
    package enum Result: Sendable, Equatable {
        case success
        case failed(Failure)
        /// Ended from here: the client left, a hedge lost, the gateway shuts down.
        case abandoned
    }

    /// What is to be known of a failure.
    package struct Failure: Sendable, Equatable {
        package var kind: UpstreamFailure.Kind
        /// What the provider answered, where it did.
        package var status: Int?
        /// Whether the account behind the credential has no credit or quota left.
        package var isQuota: Bool
        /// When the provider wants to be asked again.
        package var retryAfter: Duration?

        package init(
            _ kind: UpstreamFailure.Kind, status: Int? = nil, isQuota: Bool = false,
            retryAfter: Duration? = nil
        ) {
            self.kind = kind
            self.status = status
            self.isQuota = isQuota
            self.retryAfter = retryAfter
        }
    }

    package var result: Result
    package var isStream = false
    /// From the start of the attempt to its first content, where there was any.
    package var firstToken: Duration?
    /// From the start of the attempt to its end.
    package var whole: Duration?
    package var outputTokens: Int?
    /// What the answer's head says of rate limits.
    package var rateLimits: RateLimitReading?

    package init(_ result: Result, isStream: Bool = false) {
        self.result = result
        self.isStream = isStream
    }
}

extension AttemptOutcome.Failure {
    /// What there is to know of a provider's failure. A filter judges the input, not the target, and
    /// what no other target could do better is no fault of this one.
    package init(_ failure: UpstreamFailure) {
        let status = failure.error.upstream?.status
        let isInput =
            failure.retry == .never || failure.reason == .contentFilter
            || failure.reason == .contextLength || status == 402 && failure.reason != .quota
        self.init(
            isInput ? .request : failure.kind, status: status,
            isQuota: failure.reason == .quota,
            retryAfter: failure.error.retryAfterSeconds.map { .seconds($0) })
    }
}

// What an outcome says of each thing that is watched over. A refusal says nothing of whether the
// target works, and an answer of any kind shows that the credential is taken.
extension AttemptOutcome {
    /// Of whether the target works.
    var targetVerdict: CircuitBreaker.Verdict {
        switch result {
        case .success: .success
        case .abandoned: .none
        case .failed(let failure) where failure.isQuota: .none
        case .failed(let failure):
            switch failure.kind {
            case .unreachable, .stalled, .cut, .malformed, .overloaded, .server: .failure
            case .request: .success
            // Without a status it was an access token that was refused: it has ended, and the key
            // behind it may be good.
            case .authentication: failure.status == nil ? .failure : .none
            case .rateLimited: .none
            }
        }
    }

    /// Of whether the credential may use the model. A 403 is about that: the credential itself is
    /// refused by a 401. Source: RFC 9110 §15.5.2 and §15.5.4; OpenAI and Bedrock in the recordings.
    var modelAccessVerdict: CircuitBreaker.Verdict {
        switch result {
        case .success: .success
        case .abandoned: .none
        case .failed(let failure):
            switch failure.kind {
            case .authentication where failure.status == 403: .failure
            case .request: .success
            default: .none
            }
        }
    }

    /// Of whether the provider takes the credential.
    var credentialVerdict: CircuitBreaker.Verdict {
        switch result {
        case .success: .success
        case .abandoned: .none
        case .failed(let failure):
            switch failure.kind {
            case .authentication:
                failure.status == nil || failure.status == 403 ? .none : .failure
            case .request, .rateLimited: .success
            default: .none
            }
        }
    }

    /// Of whether the account has quota.
    var quotaVerdict: CircuitBreaker.Verdict {
        switch result {
        case .success: .success
        case .abandoned: .none
        case .failed(let failure): failure.isQuota ? .failure : .none
        }
    }
}
