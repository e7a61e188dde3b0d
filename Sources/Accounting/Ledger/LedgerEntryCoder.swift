// SPDX-License-Identifier: Apache-2.0
import ChatAPI
package import JSON

/// Ledger entries as JSON objects, as the journal keeps them and `martlet usage --json` shows them.
///
/// Shape, absent where nil or empty; times in whole microseconds, money in decimal USD:
///
///     {"id", "time_us", "operation", "model", "route", "stream", "state", "status", "error",
///      "usage": {"source", "uncached_input", "cache_read", "cache_write_5m", "cache_write_1h",
///                "output", "reasoning", "audio_input", "audio_output", "images", "web_searches"},
///      "cost_usd", "cost_source": "computed" | "reported" | "unknown", "price_book",
///      "dropped": [name], "times_us": {"receive", "queue", "admit", "first_token", "last_token",
///      "total", "overhead"},
///      "attempts": [{"provider", "model", "credential", "kind": "first" | "failover" | "retry" |
///                    "hedge", "state", "status", "detail", "upstream_id", "start_us",
///                    "connected_us", "secured_us", "first_byte_us", "first_token_us", "end_us",
///                    "usage", "cost_usd", "cost_source"}]}
///
/// An attempt has usage and cost of its own where the call had several. The first one's kind goes
/// without saying. Entries of versions that knew no kinds say none of later ones either: failovers.
package enum LedgerEntryCoder {
    /// Texts that others chose are cut to this many bytes of UTF-8 and then end in `…`: no model
    /// name may make a record too long to be written. Lists end at `maximumListCount`.
    static let maximumTextBytes = 1_024
    static let maximumListCount = 64

    /// The object behind `bytes`, with their storage.
    package static func encode(
        _ entry: LedgerEntry, appendingTo bytes: consuming [UInt8] = []
    ) -> [UInt8] {
        var writer = JSONWriter(appendingTo: bytes)
        write(entry, to: &writer)
        return writer.finish()
    }

    /// Writes the object as the next value.
    package static func write(_ entry: LedgerEntry, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", text: entry.id)
        writer.member("time_us", Int(entry.timeMicroseconds))
        writer.member("operation", text: entry.operation)
        writer.member("model", text: entry.requestedModel)
        writer.member("route", text: entry.route)
        writer.key(literal: "stream")
        writer.bool(entry.isStream)
        writer.member("state", string: entry.state.rawValue)
        writer.member("status", entry.status)
        writer.member("error", text: entry.errorCode)
        write(entry.usage, entry.usageSource, to: &writer)
        write(entry.cost, to: &writer)
        writer.member("price_book", text: entry.priceBookVersion)
        if !entry.dropped.isEmpty {
            writer.key(literal: "dropped")
            writer.beginArray()
            for name in entry.dropped.prefix(maximumListCount) { writer.text(name) }
            writer.endArray()
        }
        write(entry.timings, to: &writer)
        writer.key(literal: "attempts")
        writer.beginArray()
        var implied = AttemptKind.first
        for attempt in entry.attempts.prefix(maximumListCount) {
            write(attempt, implied: implied, to: &writer)
            implied = .failover
        }
        writer.endArray()
        writer.endObject()
    }

    private static func write(
        _ usage: Usage, _ source: UsageSource, to writer: inout JSONWriter
    ) {
        writer.key(literal: "usage")
        writer.beginObject()
        writer.member("source", string: source.rawValue)
        writer.member("uncached_input", usage.uncachedInput)
        writer.member("cache_read", usage.cacheRead)
        writer.member("cache_write_5m", usage.cacheWrite5m)
        writer.member("cache_write_1h", usage.cacheWrite1h)
        writer.member("output", usage.output)
        writer.member("reasoning", usage.reasoning)
        writer.member("audio_input", usage.audioInput)
        writer.member("audio_output", usage.audioOutput)
        writer.member("input_characters", usage.inputCharacters)
        writer.member("images", usage.images)
        writer.member("web_searches", usage.webSearches)
        writer.endObject()
    }

    private static func write(_ cost: Cost, to writer: inout JSONWriter) {
        if let amount = cost.amount { writer.member("cost_usd", string: amount.decimalText) }
        writer.member("cost_source", string: cost.sourceName)
    }

    private static func write(_ timings: CallTimings, to writer: inout JSONWriter) {
        writer.key(literal: "times_us")
        writer.beginObject()
        writer.member("receive", timings.receive)
        writer.member("queue", timings.queue)
        writer.member("admit", timings.admit)
        writer.member("first_token", timings.firstToken)
        writer.member("last_token", timings.lastToken)
        writer.member("total", timings.total)
        writer.member("overhead", timings.overhead)
        writer.endObject()
    }

    private static func write(
        _ attempt: LedgerAttempt, implied: AttemptKind, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("provider", text: attempt.provider)
        writer.member("model", text: attempt.model)
        if attempt.credential != 0 { writer.member("credential", attempt.credential) }
        if attempt.kind != .first || implied != .first {
            writer.member("kind", string: attempt.kind.rawValue)
        }
        writer.member("state", string: attempt.state.rawValue)
        writer.member("status", attempt.status)
        writer.member("detail", text: attempt.detail)
        writer.member("upstream_id", text: attempt.upstreamID)
        writer.member("start_us", attempt.start)
        writer.member("connected_us", attempt.connected)
        writer.member("secured_us", attempt.secured)
        writer.member("first_byte_us", attempt.firstByte)
        writer.member("first_token_us", attempt.firstToken)
        writer.member("end_us", attempt.end)
        if let consumption = attempt.consumption {
            write(consumption.usage, consumption.source, to: &writer)
            write(consumption.cost, to: &writer)
        }
        writer.endObject()
    }
}

extension Cost {
    /// How the cost is known, as it is written down.
    var sourceName: String {
        switch self {
        case .computed: "computed"
        case .reported: "reported"
        case .unknown: "unknown"
        }
    }
}

extension JSONWriter {
    /// A member with a text that somebody else chose, cut where it is too long; none for nil.
    fileprivate mutating func member(_ key: StaticString, text: String?) {
        guard let text else { return }
        guard text.utf8.count > LedgerEntryCoder.maximumTextBytes else {
            return member(key, string: text)
        }
        self.key(literal: key)
        self.text(text)
    }

    fileprivate mutating func member(_ key: StaticString, _ value: Int?) {
        if let value { member(key, integer: value) }
    }

    fileprivate mutating func member(_ key: StaticString, _ duration: Duration?) {
        if let duration { member(key, integer: Int(duration.saturatedMicroseconds)) }
    }

    fileprivate mutating func text(_ text: String) {
        let limit = LedgerEntryCoder.maximumTextBytes
        if text.utf8.count <= limit { return string(text) }
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: limit)
        while end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        string(String(text[..<end]) + "…")
    }
}
