// SPDX-License-Identifier: Apache-2.0
import Accounting
import Gateway
import Providers
import Routing
import Simulator
import Testing
import Wire

/// What `unpriced: refuse` promises: no call goes to a target whose price is not known.
@Suite struct UnpricedTests {
    private static let book =
        #"{"catalogue":"models","version":"2026-01-01-x","rows":1}"# + "\n"
        + #"{"provider":"v","model":"priced","mode":"chat","prices":{"input":"1","output":"2"}}"#
        + "\n"
    private static let answer: [UpstreamScript.Step] = [
        .head(HTTPReplyHead(status: 200, fields: HTTPFields(["content-type": "application/json"]))),
        .bytes(
            Array(
                (#"{"choices":[{"finish_reason":"stop"}],"#
                    + #""usage":{"prompt_tokens":1,"completion_tokens":1}}"#).utf8)),
        .end(.complete),
    ]

    private func call(_ model: String, policy: UnpricedPolicy) throws -> OneCall {
        let prices = try PriceBook(Array(Self.book.utf8))
        return OneCall(
            body: Array(#"{"model":"\#(model)","messages":[]}"#.utf8),
            vendor: Vendor(id: "v", name: "V", baseURL: "http://x.invalid/v1"),
            steps: Self.answer
        ) {
            $0.prices = prices
            $0.unpriced = policy
            $0.routes["dear"] = Route(
                name: "dear", targets: ["a", "b"].map { Target(provider: "v", model: $0) })
            $0.routes["mixed"] = Route(
                name: "mixed", targets: ["a", "priced"].map { Target(provider: "v", model: $0) })
        }
    }

    @Test(arguments: [("v/other", "v/other"), ("dear", "v/a, v/b")])
    func `a call that cannot be priced is refused before it is sent`(
        model: String, names: String
    ) throws {
        let call = try call(model, policy: .refuse)
        #expect(call.reply.head?.status == 400)
        #expect(call.reply.text.contains(#""code":"unpriced_model""#))
        #expect(call.reply.text.contains("The price of \(names) is not known"))
        #expect(call.sent.isEmpty)
        #expect(try #require(call.entries.first).state == .refused)
    }

    @Test(arguments: ["v/priced", "mixed"])
    func `a call goes to the targets that have a price`(model: String) throws {
        let call = try call(model, policy: .refuse)
        let entry = try #require(call.entries.first)
        #expect(entry.attempts.map(\.model) == ["priced"])
        #expect(entry.cost == .computed(Picodollars(rawValue: 3_000_000)))
    }

    @Test(arguments: [("v", true), (nil, false)])
    func `the price is that of the vendor, whatever the provider is called`(
        catalogueID: String?, isKnown: Bool
    ) throws {
        let prices = try PriceBook(Array(Self.book.utf8))
        var vendor = Vendor(id: "second", name: "V", baseURL: "http://x.invalid/v1")
        vendor.catalogueID = catalogueID
        let call = OneCall(
            body: Array(#"{"model":"second/priced","messages":[]}"#.utf8), vendor: vendor,
            steps: Self.answer
        ) { $0.prices = prices }
        let cost = try #require(call.entries.first).cost
        #expect(cost == (isKnown ? .computed(Picodollars(rawValue: 3_000_000)) : .unknown))
    }

    @Test func `where unpriced calls are allowed, their cost is unknown and not 0`() throws {
        let call = try call("v/other", policy: .allow)
        #expect(call.reply.head?.status == 200)
        #expect(call.reply.head?.fields.first("x-martlet-cost") == "unknown")
        #expect(try #require(call.entries.first).cost == .unknown)
    }
}
