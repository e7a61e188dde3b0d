// SPDX-License-Identifier: Apache-2.0

/// Why an attempt at a provider failed: whose fault it is, whether another try can help, and what
/// client and operator are told.
package struct UpstreamFailure: Error, Sendable, Equatable {
    /// What went wrong.
    package enum Kind: String, Sendable {
        /// No connection, or none in time.
        case unreachable
        /// The provider did not begin, or go on, in time.
        case stalled
        /// The connection ended inside the answer.
        case cut
        /// The answer is not what the dialect allows.
        case malformed
        /// The provider refuses our credential.
        case authentication
        case rateLimited
        case overloaded
        /// The provider failed.
        case server
        /// The provider refuses what the client asked.
        case request
    }

    /// Whether trying again can help, and where.
    package enum Retry: Sendable, Equatable {
        /// The client's own request is at fault, and every target would refuse it; or every target
        /// would answer alike, and want to be paid for that.
        case never
        /// Another target may well answer.
        case elsewhere
    }

    /// What is behind a failure, where that decides where a call can go instead.
    package enum Reason: Sendable, Hashable {
        /// The input is longer than the model's context.
        case contextLength
        /// A filter of the provider refused the input, or what the model made of it.
        case contentFilter
        /// The account behind the credential has no credit or quota left.
        case quota
    }

    package var kind: Kind
    package var retry: Retry
    /// Nil for every other reason.
    package var reason: Reason?
    /// What the client is told.
    package var error: APIError
    /// For the ledger and the log.
    package var detail: String
    /// What the failed answer consumed, where it says so; that of a stream is with the stream.
    package var usage: ReportedUsage?

    package init(
        kind: Kind, retry: Retry, reason: Reason? = nil, error: APIError, detail: String
    ) {
        self.kind = kind
        self.retry = retry
        self.reason = reason
        self.error = error
        self.detail = detail
    }
}
