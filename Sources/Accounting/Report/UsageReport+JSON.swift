// SPDX-License-Identifier: Apache-2.0
package import JSON

extension UsageReport {
    /// The report for programs, one JSON object.
    ///
    /// Shape: `{"grouped_by", "total": tally, "groups": [{"name", …tally}]}`; see `Tally.write`.
    package var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.finish()
    }

    /// Writes the object as the next value.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("grouped_by")
        writer.string(grouping.rawValue)
        writer.key("total")
        writer.beginObject()
        total.writeMembers(to: &writer)
        writer.endObject()
        writer.key("groups")
        writer.beginArray()
        for (name, tally) in groups {
            writer.beginObject()
            writer.key("name")
            writer.string(name)
            tally.writeMembers(to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}

extension Tally {
    /// Writes the members of a tally.
    ///
    /// Shape: `"calls", "states": {state: n}, "tokens": {kind: n}, "calls_without_usage",
    /// "calls_with_estimated_usage", "computed_cost_usd", "reported_cost_usd",
    /// "calls_with_unknown_cost", "total_us" | "first_token_us" | "overhead_us":
    /// {"count", "p50", "p95", "p99"}`, quantiles null where there is nothing to tell.
    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.member("calls", calls)
        writer.key("states")
        writer.beginObject()
        for state in CallState.allCases where count(of: state) > 0 {
            writer.member(state.rawValue, count(of: state))
        }
        writer.endObject()
        writer.key("tokens")
        writer.beginObject()
        for kind in tokens.named { writer.member(kind.name, kind.count) }
        writer.endObject()
        writer.member("calls_without_usage", callsWithoutUsage)
        writer.member("calls_with_estimated_usage", callsWithEstimatedUsage)
        writer.key("computed_cost_usd")
        writer.string(computedCost.decimalText)
        writer.key("reported_cost_usd")
        writer.string(reportedCost.decimalText)
        writer.member("calls_with_unknown_cost", callsWithUnknownCost)
        write("total_us", total, to: &writer)
        write("first_token_us", firstToken, to: &writer)
        write("overhead_us", overhead, to: &writer)
    }

    private func write(_ key: String, _ histogram: LatencyHistogram, to writer: inout JSONWriter) {
        writer.key(key)
        writer.beginObject()
        writer.member("count", histogram.count)
        for (name, perMille) in [("p50", UInt64(500)), ("p95", 950), ("p99", 990)] {
            writer.key(name)
            if let quantile = histogram.quantile(perMille: perMille) {
                writer.integer(quantile)
            } else {
                writer.null()
            }
        }
        writer.endObject()
    }
}

extension RecentCalls {
    /// The calls for programs: an array of entries as the journal keeps them, latest first.
    package var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.finish()
    }

    /// Writes the array as the next value.
    package func write(to writer: inout JSONWriter) {
        writer.beginArray()
        for entry in latestFirst { LedgerEntryCoder.write(entry, to: &writer) }
        writer.endArray()
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ key: String, _ value: some BinaryInteger) {
        self.key(key)
        integer(value)
    }
}
