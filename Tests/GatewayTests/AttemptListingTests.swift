// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Gateway
import Providers
import Routing
import Simulator
import Testing
import Wire

/// What answers say of the attempts behind them, where a client asks for that.
@Suite struct AttemptListingTests {
    private static let answer =
        #"{"choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}]}"#
    private static let chunk =
        #"data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}]}"# + "\n\n"

    private static func steps(_ status: Int, _ body: String, type: String = "application/json")
        -> [UpstreamScript.Step]
    {
        [
            .wait(.milliseconds(20)),
            .head(HTTPReplyHead(status: status, fields: HTTPFields(["content-type": type]))),
            .bytes(Array(body.utf8)), .end(.complete),
        ]
    }

    private static func listing(
        explain: String?, stream: Bool = false, _ second: [UpstreamScript.Step]
    ) throws -> [[String: Any]]? {
        let first = Vendor(id: "a", name: "A", baseURL: "http://a.invalid")
        let call = OneCall(
            body: Array(#"{"model":"both","messages":[],"stream":\#(stream)}"#.utf8),
            vendor: first, steps: steps(503, "{}"), stepsElsewhere: second,
            fields: explain.map { ["x-martlet-explain": $0] } ?? [:]
        ) { configuration in
            let other = Vendor(id: "b", name: "B", baseURL: "http://b.invalid")
            configuration.providers["b"] = Provider(
                id: "b", vendor: other, endpoint: Endpoint(baseURL: other.baseURL))
            let targets = ["a", "b"].map { Target(provider: $0, model: "m/1") }
            configuration.routes["both"] = Route(name: "both", targets: targets)
        }
        let field = try #require(call.reply.head).fields.first("x-martlet-attempts")
        return try field.map {
            try #require(
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [[String: Any]])
        }
    }

    private static func texts(_ listing: [[String: Any]]?) -> [String] {
        (listing ?? []).map { attempt in
            let status = attempt["status"].map { " \($0)" } ?? ""
            return "\(attempt["target"] ?? "") \(attempt["state"] ?? "")\(status)"
        }
    }

    @Test func `a whole answer lists all attempts and how long they took`() throws {
        let listing = try Self.listing(explain: "true", Self.steps(200, Self.answer))
        #expect(Self.texts(listing) == ["a/m/1 upstream_error 503", "b/m/1 complete 200"])
        #expect(listing?.map { $0["ms"] as? Int } == [20, 20])
    }

    @Test func `a stream lists those before it, and itself as running`() throws {
        let listing = try Self.listing(
            explain: "true", stream: true,
            Self.steps(200, Self.chunk, type: "text/event-stream"))
        #expect(Self.texts(listing) == ["a/m/1 upstream_error 503", "b/m/1 running"])
        #expect(listing?.last?["ms"] as? Int == 20)
    }

    @Test func `an error lists what failed`() throws {
        let listing = try Self.listing(explain: "true", Self.steps(502, "{}"))
        #expect(Self.texts(listing) == ["a/m/1 upstream_error 503", "b/m/1 upstream_error 502"])
    }

    @Test(arguments: ["false", nil])
    func `nobody is told who does not ask`(explain: String?) throws {
        #expect(try Self.listing(explain: explain, Self.steps(200, Self.answer)) == nil)
    }

    @Test func `a call that was refused lists nothing`() throws {
        let vendor = Vendor(id: "v", name: "V", baseURL: "http://x.invalid")
        let call = OneCall(
            body: Array(#"{"model":"nowhere","messages":[]}"#.utf8), vendor: vendor, steps: [],
            fields: ["x-martlet-explain": "true"])
        #expect(call.reply.head?.fields.first("x-martlet-attempts") == "[]")
    }
}
