// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Gateway
import Providers
import Routing
import Simulator
import Wire

/// What providers of OpenAI's format do in tests of retries and races, and calls of a route of three.
enum AttemptScripts {
    typealias Step = UpstreamScript.Step

    static let json = HTTPFields(["content-type": "application/json"])
    static let events = HTTPFields(["content-type": "text/event-stream"])

    /// A whole answer of 12 and 7 tokens.
    static func answer(_ text: String, after delay: Duration = .zero) -> [Step] {
        let body =
            #"{"choices":[{"index":0,"message":{"content":"\#(text)"},"finish_reason":"stop"}],"#
            + #""usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19}}"#
        return [
            .wait(delay), .head(HTTPReplyHead(status: 200, fields: json)),
            .bytes(Array(body.utf8)), .end(.complete),
        ]
    }

    /// A refusal.
    static func status(
        _ status: Int, _ error: String = #""message":"no""#, retryAfter: Int? = nil,
        after delay: Duration = .zero
    ) -> [Step] {
        var fields = json
        if let retryAfter { fields.append("retry-after", String(retryAfter)) }
        return [
            .wait(delay), .head(HTTPReplyHead(status: status, fields: fields)),
            .bytes(Array(#"{"error":{\#(error)}}"#.utf8)), .end(.complete),
        ]
    }

    /// A stream whose head, first chunk without content, and content come at those moments.
    static func stream(
        _ text: String, contentAfter delay: Duration = .zero, endAfter rest: Duration = .zero
    ) -> [Step] {
        let start = chunk(#"{"role":"assistant","content":""}"#, "null")
        let end =
            chunk("{}", #""stop""#)
            + #"data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":7}}"#
            + "\n\ndata: [DONE]\n\n"
        return [
            .head(HTTPReplyHead(status: 200, fields: events)), .bytes(Array(start.utf8)),
            .wait(delay), .bytes(Array(chunk(#"{"content":"\#(text)"}"#, "null").utf8)),
            .wait(rest), .bytes(Array(end.utf8)), .end(.complete),
        ]
    }

    /// One event with a delta and a finish reason, both as JSON.
    static func chunk(_ delta: String, _ reason: String) -> String {
        #"data: {"choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(reason)}]}"# + "\n\n"
    }

    /// A call of the route `all`: `p0/m`, `p1/m` and `p2/m`, where each attempt does what its place in
    /// `attempts` says.
    static func call(
        _ attempts: [[Step]], stream: Bool = false, retries: Int = 0,
        keepalive: Duration = .seconds(15), batch: Duration = .zero, percentile95: Duration? = nil,
        prices: PriceBook = PriceBook(),
        policy change: (inout RoutePolicy) -> Void = { _ in },
        meanwhile: ((VirtualClock, RecordingReply) -> Void)? = nil
    ) -> OneCall {
        let usage = stream ? #""stream_options":{"include_usage":true},"# : ""
        let body =
            #"{"model":"all","stream":\#(stream),\#(usage)"messages":[{"role":"user","content":"hello you"}]}"#
        return OneCall(
            body: Array(body.utf8),
            vendor: Vendor(id: "p0", name: "P", baseURL: "http://x.invalid"),
            steps: [], attempts: attempts, retries: retries, batch: batch,
            percentile95: percentile95,
            configure: { configuration in
                for id in ["p1", "p2", "large"] {
                    let vendor = Vendor(id: id, name: id, baseURL: "http://\(id).invalid")
                    configuration.providers[id] = Provider(
                        id: id, vendor: vendor, endpoint: Endpoint(baseURL: vendor.baseURL))
                }
                let targets = ["p0", "p1", "p2"].map { Target(provider: $0, model: "m") }
                var route = Route(name: "all", targets: targets)
                change(&route.policy)
                configuration.routes["all"] = route
                configuration.keepaliveInterval = keepalive
                configuration.prices = prices
            }, meanwhile: meanwhile)
    }
}
