// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

extension LedgerEntryCoder {
    /// The entry in one object. Fields that are not known are passed over: a newer program may
    /// have written them. Durations come back in whole microseconds.
    ///
    /// Throws: any `LedgerEntryError`.
    package static func decode(_ bytes: [UInt8]) throws(LedgerEntryError) -> LedgerEntry {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: bytes)
        } catch {
            throw .notJSON(error)
        }
        let fields = try EntryFields(document)
        var entry = LedgerEntry(
            id: try fields.present(fields.string("id"), "id"),
            timeMicroseconds: Int64(try fields.present(fields.integer("time_us"), "time_us")),
            operation: try fields.present(fields.string("operation"), "operation"))
        entry.requestedModel = try fields.present(fields.string("model"), "model")
        entry.route = try fields.string("route")
        entry.isStream = try fields.present(fields.bool("stream"), "stream")
        entry.state = try fields.name("state", as: CallState.self)
        entry.status = try fields.present(fields.integer("status"), "status")
        entry.errorCode = try fields.string("error")
        let usage = try fields.object("usage")
        entry.usage = try Self.usage(usage)
        entry.usageSource = try usage.name("source", as: UsageSource.self)
        entry.cost = try cost(fields)
        entry.priceBookVersion = try fields.string("price_book")
        entry.dropped = try fields.strings("dropped")
        entry.timings = try timings(fields.object("times_us"))
        for object in try fields.objects("attempts") {
            let implied: AttemptKind = entry.attempts.isEmpty ? .first : .failover
            entry.attempts.append(try attempt(object, implied: implied))
        }
        return entry
    }

    private static func usage(_ fields: EntryFields) throws(LedgerEntryError) -> Usage {
        var usage = Usage()
        usage.uncachedInput = try fields.integer("uncached_input")
        usage.cacheRead = try fields.integer("cache_read")
        usage.cacheWrite5m = try fields.integer("cache_write_5m")
        usage.cacheWrite1h = try fields.integer("cache_write_1h")
        usage.output = try fields.integer("output")
        usage.reasoning = try fields.integer("reasoning")
        usage.audioInput = try fields.integer("audio_input")
        usage.audioOutput = try fields.integer("audio_output")
        usage.inputCharacters = try fields.integer("input_characters")
        usage.images = try fields.integer("images")
        usage.webSearches = try fields.integer("web_searches")
        return usage
    }

    private static func cost(_ fields: EntryFields) throws(LedgerEntryError) -> Cost {
        let source = try fields.present(fields.string("cost_source"), "cost_source")
        if source == Cost.unknown.sourceName { return .unknown }
        let text = try fields.present(fields.string("cost_usd"), "cost_usd")
        guard let amount = Picodollars(decimalText: text) else {
            throw .wrongType(field: "cost_usd")
        }
        for cost in [Cost.computed(amount), .reported(amount)] where cost.sourceName == source {
            return cost
        }
        throw .unknownValue(field: "cost_source", value: source)
    }

    private static func timings(_ fields: EntryFields) throws(LedgerEntryError) -> CallTimings {
        var timings = CallTimings()
        timings.receive = try fields.duration("receive")
        timings.queue = try fields.duration("queue")
        timings.admit = try fields.duration("admit")
        timings.firstToken = try fields.duration("first_token")
        timings.lastToken = try fields.duration("last_token")
        timings.total = try fields.present(fields.duration("total"), "total")
        timings.overhead = try fields.duration("overhead")
        return timings
    }

    private static func attempt(
        _ fields: EntryFields, implied: AttemptKind
    ) throws(LedgerEntryError) -> LedgerAttempt {
        var attempt = LedgerAttempt(
            provider: try fields.present(fields.string("provider"), "provider"),
            model: try fields.present(fields.string("model"), "model"),
            start: try fields.present(fields.duration("start_us"), "start_us"))
        attempt.credential = try fields.integer("credential") ?? 0
        attempt.kind =
            try fields.string("kind") == nil
            ? implied : fields.name("kind", as: AttemptKind.self)
        attempt.state = try fields.name("state", as: CallState.self)
        attempt.status = try fields.integer("status")
        attempt.detail = try fields.string("detail")
        attempt.upstreamID = try fields.string("upstream_id")
        attempt.connected = try fields.duration("connected_us")
        attempt.secured = try fields.duration("secured_us")
        attempt.firstByte = try fields.duration("first_byte_us")
        attempt.firstToken = try fields.duration("first_token_us")
        attempt.end = try fields.present(fields.duration("end_us"), "end_us")
        if try fields.string("cost_source") != nil {
            let usage = try fields.object("usage")
            attempt.consumption = Consumption(
                usage: try Self.usage(usage),
                source: try usage.name("source", as: UsageSource.self),
                cost: try cost(fields))
        }
        return attempt
    }
}
