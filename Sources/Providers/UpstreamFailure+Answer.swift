// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import JSON
import Wire

extension UpstreamFailure {
    /// The same, with what the failed answer says it consumed.
    func having(_ usage: ReportedUsage?) -> UpstreamFailure {
        var failure = self
        failure.usage = usage
        return failure
    }

    /// An answer that cannot be read as what its provider speaks.
    package static func malformed(_ what: String, provider: String) -> UpstreamFailure {
        let error = APIError(
            status: 502, kind: .upstream, code: "upstream_malformed",
            message: "\(provider) sent an answer that cannot be read: \(what).",
            upstream: .init(provider: provider, status: nil))
        return UpstreamFailure(kind: .malformed, retry: .elsewhere, error: error, detail: what)
    }

    /// An answer that is longer than is held here. Final: another target's would be as long, and
    /// cost as much once more.
    package static func tooLong(_ what: String, provider: String) -> UpstreamFailure {
        let error = APIError(
            status: 502, kind: .upstream, code: "upstream_too_long",
            message: "\(provider) sent an answer that is too long for this gateway: \(what). "
                + "Ask for less in one call.",
            upstream: .init(provider: provider, status: 200))
        return UpstreamFailure(kind: .malformed, retry: .never, error: error, detail: what)
    }

    /// An answer that is no JSON, or more of it than is held here.
    static func unreadable(_ error: JSONError, provider: String) -> UpstreamFailure {
        switch error.kind {
        case .tooLarge, .tooManyNodes: .tooLong(error.message, provider: provider)
        default: .malformed(error.message, provider: provider)
        }
    }

    /// A stream whose pieces cannot be told apart, or one of which is longer than is held here.
    static func unreadable(_ error: FramingError, provider: String) -> UpstreamFailure {
        error.isTooLong
            ? .tooLong(error.problem, provider: provider)
            : .malformed(error.problem, provider: provider)
    }

    /// A stream that ended before its answer was complete.
    package static func cutOff(_ provider: String) -> UpstreamFailure {
        let error = APIError(
            status: 502, kind: .upstream, code: "upstream_cut",
            message: "\(provider) ended the stream before its answer was complete.",
            upstream: .init(provider: provider, status: 200))
        return UpstreamFailure(
            kind: .cut, retry: .elsewhere, error: error, detail: "no finish reason")
    }
}
