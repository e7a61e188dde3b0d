// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

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
