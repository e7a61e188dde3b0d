// SPDX-License-Identifier: Apache-2.0
import Foundation
import ChatAPI
import Providers
import Testing

/// A row that is refused, and why.
struct BadRow: Sendable, CustomTestStringConvertible {
    var row: String
    var problem: String
    var testDescription: String { problem }

    init(_ members: String, _ problem: String) {
        row = "[{\(members)}]"
        self.problem = problem
    }
}

private let plain = #""id":"a","name":"A","base_url":"https://a.b/v1","dialect":"openai""#

private let badRows: [BadRow] = [
    BadRow(#""name":"A","base_url":"https://a.b","dialect":"openai""#, "#1: id is missing"),
    BadRow(#""id":"a","name":"A","base_url":"https://a.b""#, "a: dialect is missing"),
    BadRow(
        #""id":"a","name":"A","base_url":"https://a.b","dialect":"opneai""#,
        #"a: there is no dialect "opneai""#),
    BadRow(plain + #","kyes":["A"]"#, #"a: there is no key "kyes""#),
    BadRow(plain + #","keys":"A""#, "a: keys is no array of strings"),
    BadRow(plain + #","keys":[1]"#, "a: keys is no array of strings"),
    BadRow(
        plain + #","authentication":"basic""#, #"a: there is no form of authentication "basic""#),
    BadRow(plain + #","quirks":{"stream_usag":"always"}"#, #"a: there is no key "stream_usag""#),
    BadRow(
        plain + #","quirks":{"stream_usage":"maybe"}"#, #"a: stream_usage cannot be "maybe""#),
    BadRow(
        plain + #","quirks":{"reasoning_outside_output":1}"#,
        "a: reasoning_outside_output is neither true nor false"),
    BadRow(
        plain + #","quirks":{"reported_cost":"eur:cost"}"#,
        #"a: reported_cost is no "unit:path": "eur:cost""#),
    BadRow(
        plain + #","quirks":{"reported_cost":"usd:cost..total"}"#,
        #"a: reported_cost is no "unit:path": "usd:cost..total""#),
    BadRow(
        plain + #","quirks":{"finish_reason_aliases":{"eos":1}}"#,
        "a: finish_reason_aliases.eos is no string"),
    BadRow(
        plain + #","quirks":{"embeddings":{"paht":"/e"}}"#, #"a: there is no key "paht""#),
    BadRow(
        plain + #","quirks":{"embeddings":{"path":"e"}}"#, "a: embeddings.path is no path"),
    BadRow(
        plain + #","quirks":{"embeddings":{"base64_numbers":"int4"}}"#,
        #"a: base64_numbers cannot be "int4""#),
    BadRow(plain + #","placeholders":{"region":"R"}"#, "a: base_url has no {region}"),
    BadRow(
        #""id":"a","name":"A","base_url":"https://{x}.b","dialect":"openai""#,
        "a: base_url has a placeholder that is not explained"),
    BadRow(
        #""id":"a","name":"A","base_url":"a.b/v1","dialect":"openai""#,
        "a: base_url is no https://host/path"),
    BadRow("\(plain)},{\(plain)", "a: its id is there twice"),
]

@Suite struct VendorTableTests {
    static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Config/providers.json").standardizedFileURL

    private func table() throws -> VendorTable {
        try VendorTable(parsing: Array(Data(contentsOf: Self.file)))
    }

    @Test func `the table of the repository is whole`() throws {
        let table = try table()
        #expect(table.vendors.count == 53)
        #expect(Set(table.vendors.map(\.id)).count == 53)
        #expect(table.vendors.count { $0.dialect.isImplemented } == 52)
        #expect(table["openai"]?.keyVariables == ["OPENAI_API_KEY"])
        #expect(table["openai"]?.quirks == Quirks())
        #expect(table["azure-ai"]?.authentication == .header("api-key"))
        #expect(table["cloudflare"]?.placeholders == ["account_id": "CLOUDFLARE_ACCOUNT_ID"])
        #expect(table["nobody"] == nil)
    }

    @Test func `every quirk is some vendor's`() throws {
        let quirks = try table().vendors.map(\.quirks)
        #expect(quirks.contains { $0.streamUsage == .always })
        #expect(quirks.contains { $0.mayOmitFinishReason })
        #expect(quirks.contains { $0.finishReasonAliases == ["eos": "stop"] })
        #expect(quirks.contains { $0.requestForm == .mistral })
        #expect(quirks.contains { $0.maxTokensField == .maxTokens })
        #expect(quirks.contains { $0.refusedParameters.contains("functions") })
        #expect(
            quirks.contains {
                $0.reportedCost == ReportedCost(unit: .usd, path: ["cost", "total_cost"])
            })
        #expect(quirks.contains { $0.reportedCost?.unit == .usdTicks })
        #expect(quirks.contains { $0.reasoningOutsideOutput })
        let embeddings = quirks.compactMap(\.embeddings)
        #expect(embeddings.contains { $0.path == "/v1/embeddings" })
        #expect(embeddings.contains { $0.dimensionsField == "output_dimension" })
        #expect(embeddings.contains { $0.encodingFormats == ["base64"] })
        #expect(embeddings.contains { $0.base64Numbers == .int8 })
        #expect(embeddings.contains { $0.droppedParameters == ["user"] })
    }

    @Test func `keys travel encrypted but for servers of this machine`() throws {
        for vendor in try table().vendors {
            let isLocal = vendor.baseURL.hasPrefix("http://127.0.0.1:")
            #expect(vendor.baseURL.hasPrefix("https://") || isLocal, "\(vendor.id)")
            #expect(vendor.keyVariables.isEmpty == isLocal, "\(vendor.id)")
        }
    }

    @Test(arguments: badRows)
    func `a row with a slip of the pen is refused`(_ bad: BadRow) {
        let error = #expect(throws: VendorTableError.self) {
            try VendorTable(parsing: Array(bad.row.utf8))
        }
        #expect(error?.description == bad.problem)
    }

    @Test(arguments: ["", "{}", "[", "[1]", "null", "[{}]"])
    func `what is no table is refused`(text: String) {
        #expect(throws: VendorTableError.self) { try VendorTable(parsing: Array(text.utf8)) }
    }
}
