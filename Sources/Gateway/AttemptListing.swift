// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import JSON

/// What was tried for a call, for a header field.
///
/// Shape: `[{"target":"openai/gpt-4o","state":"upstream_error","status":503,"ms":12}]`, in the order
/// of their ends; the state of those that are under way is `running`. Where very many have ended, the last
/// element is `{"more":7}`.
struct AttemptListing {
    /// How many are listed: a field has to fit into what clients and proxies take.
    private static let most = 32

    private let ended: [LedgerAttempt]
    private let running: [LedgerAttempt]
    private let now: Duration

    /// - Parameter now: since the start of the call.
    init(_ ended: [LedgerAttempt], running: [LedgerAttempt], now: Duration) {
        self.ended = ended
        self.running = running
        self.now = now
    }

    var text: String {
        var writer = JSONWriter()
        writer.beginArray()
        for attempt in ended.prefix(Self.most) {
            write(attempt, attempt.state.rawValue, took: attempt.end, to: &writer)
        }
        for attempt in running {
            write(attempt, "running", took: now - attempt.start, to: &writer)
        }
        if ended.count > Self.most {
            writer.beginObject()
            writer.member("more", integer: ended.count - Self.most)
            writer.endObject()
        }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func write(
        _ attempt: LedgerAttempt, _ state: String, took: Duration, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("target", string: "\(attempt.provider)/\(attempt.model)")
        writer.member("state", string: state)
        if let status = attempt.status { writer.member("status", integer: status) }
        writer.member("ms", integer: took.wholeMilliseconds)
        writer.endObject()
    }
}
