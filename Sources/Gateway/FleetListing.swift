// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Routing

/// What `GET /v1/targets` answers: how each candidate has been doing.
///
/// Shape: `{"object":"list","data":[{"target","credential","breaker","calls_in_flight",
/// "first_token_ms", …,"obstacle","calls":{"succeeded","abandoned","failed":{…}},"first_token":
/// {"median_ms","p95_ms","p99_ms"},"whole_answer":…}]}`; null for what is not known.
struct FleetListing {
    let reports: [TargetReport]
    let now: Duration

    var body: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("object", string: "list")
        writer.key("data")
        writer.beginArray()
        for report in reports { write(report, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    private func write(_ report: TargetReport, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member(report.candidate)
        writer.member("breaker", string: report.breaker)
        writer.members(of: report.condition, now: now)
        writer.key("calls")
        write(report.counts, to: &writer)
        writer.key("first_token")
        write(report.firstToken, to: &writer)
        writer.key("whole_answer")
        write(report.wholeAnswer, to: &writer)
        writer.endObject()
    }

    private func write(_ counts: CallCounts, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("succeeded", integer: counts.succeeded)
        writer.member("abandoned", integer: counts.abandoned)
        writer.key("failed")
        writer.beginObject()
        for (kind, count) in counts.failed.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            writer.key(kind.rawValue)
            writer.integer(count)
        }
        writer.endObject()
        writer.endObject()
    }

    private func write(_ summary: LatencySummary?, to writer: inout JSONWriter) {
        guard let summary else { return writer.null() }
        writer.beginObject()
        writer.member("median_ms", integer: summary.median.wholeMilliseconds)
        writer.member("p95_ms", integer: summary.percentile95.wholeMilliseconds)
        writer.member("p99_ms", integer: summary.percentile99.wholeMilliseconds)
        writer.endObject()
    }
}

extension GatewayConfiguration {
    /// All candidates of the routes whose provider can be called.
    var configuredCandidates: [Candidate] {
        fleetPlan.targets.flatMap { target in
            callableProviders(of: target.provider).indices.map { Candidate(target, credential: $0) }
        }
    }
}
