// SPDX-License-Identifier: Apache-2.0
import Accounting
import JSON
import Wire

/// What was tried for a call, for a header field.
///
/// Shape: `[{"target":"openai/gpt-4o","state":"upstream_error","status":503,"ms":12}]`, in the order
/// of the attempts; the state of one that is under way is `running`. Where there were very many, the
/// last element is `{"more":7}`.
struct AttemptListing {
    /// How many are listed: a field has to fit into what clients and proxies take.
    private static let most = 32

    private let attempts: [LedgerAttempt]
    private let running: Duration?

    /// - Parameter running: how long the last one has been under way; nil where it has ended.
    init(_ attempts: [LedgerAttempt], running: Duration?) {
        self.attempts = attempts
        self.running = running
    }

    var text: String {
        var writer = JSONWriter()
        writer.beginArray()
        for (index, attempt) in attempts.prefix(Self.most).enumerated() {
            let running = index == attempts.count - 1 ? running : nil
            writer.beginObject()
            writer.key("target")
            writer.string("\(attempt.provider)/\(attempt.model)")
            writer.key("state")
            writer.string(running == nil ? attempt.state.rawValue : "running")
            if let status = attempt.status {
                writer.key("status")
                writer.integer(status)
            }
            writer.key("ms")
            writer.integer(Int(clamping: (running ?? attempt.end).wholeMicroseconds / 1000))
            writer.endObject()
        }
        if attempts.count > Self.most {
            writer.beginObject()
            writer.key("more")
            writer.integer(attempts.count - Self.most)
            writer.endObject()
        }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
