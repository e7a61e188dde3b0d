// SPDX-License-Identifier: Apache-2.0
import Accounting
import Gateway
import Providers
import Routing
import Testing
import Wire

/// What is known of a target beforehand: by its vendor's rows of the catalogue, as of a day.
@Suite struct TargetFactsTests {
    private static let rows = [
        #"{"provider":"v","model":"bare","mode":"chat"}"#,
        #"{"provider":"v","model":"full","mode":"chat","context_tokens":1000,"#
            + #""prices":{"input":"0.15","output":"0.6","cache_read":"0.075"},"#
            + #""capabilities":["json_schema","streaming","tools"],"retires_on":"2026-06-01"}"#,
        #"{"provider":"v","model":"level","mode":"chat","#
            + #""prices":{"input":"1","output":"2","cache_read":"1"}}"#,
    ]

    private func configuration() throws -> GatewayConfiguration {
        let text =
            #"{"catalogue":"models","version":"2026-01-01-x","rows":3}"# + "\n"
            + Self.rows.map { $0 + "\n" }.joined()
        var configuration = GatewayConfiguration()
        configuration.prices = try PriceBook(Array(text.utf8))
        for (id, catalogueID) in [("v", "v"), ("second", "v"), ("own", nil)] {
            var vendor = Vendor(id: "v", name: "V", baseURL: "http://x.invalid/v1")
            vendor.catalogueID = catalogueID
            configuration.providers[id] = Provider(
                id: id, vendor: vendor, endpoint: Endpoint(baseURL: vendor.baseURL))
        }
        configuration.deniesDataCollection = ["second"]
        return configuration
    }

    /// Units: days since 1970-01-01. 20,605 is 2026-06-01.
    private func facts(_ name: String, on day: Int64 = 20_606) throws -> TargetFacts {
        try configuration().facts(of: try #require(Target(name)), today: day)
    }

    @Test func `the day in these tests is the one that it is said to be`() {
        #expect(CivilTime(dayNumber: 20_605).dayText == "2026-06-01")
    }

    @Test func `a row tells capabilities, context, prices and the end`() throws {
        var expected = TargetFacts()
        expected.capabilities = [.jsonSchema, .tools]
        expected.contextTokens = 1_000
        expected.inputPrice = 150_000
        expected.outputPrice = 600_000
        expected.hasCheaperCacheReads = true
        expected.retiredOn = "2026-06-01"
        #expect(try facts("v/full") == expected)
    }

    @Test(arguments: [(20_604, false), (20_605, false), (20_606, true), (30_000, true)])
    func `a model is retired from the day after its last`(day: Int64, isRetired: Bool) throws {
        #expect(try facts("v/full", on: day).retiredOn == (isRetired ? "2026-06-01" : nil))
    }

    @Test(arguments: ["v/bare", "v/unheard-of", "own/full", "nobody/full"])
    func `what no row says is not known`(name: String) throws {
        #expect(try facts(name) == TargetFacts())
    }

    @Test func `cache reads at the price of fresh input are not cheaper`() throws {
        #expect(try facts("v/level").hasCheaperCacheReads == false)
    }

    @Test func `a second provider of a vendor has the vendor's facts`() throws {
        var expected = try facts("v/full")
        expected.deniesDataCollection = true
        #expect(try facts("second/full") == expected)
    }
}
