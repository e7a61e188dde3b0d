// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// What a call of the matrix means to a client: the same in every dialect.
struct SharedCase: Sendable {
    var name: String
    var state = CallState.complete
    var status = 200
    var code: String?
    var text = ""
    var reasoning = ""
    /// Name and arguments of each call.
    var calls: [(name: String, arguments: String)] = []
    var finish: String?
    /// Tokens, of which so many came out of a cache.
    var input: Int?
    var output: Int?
    var cached: Int?

    private static let paris = "Paris is the capital of France."
    private static let weather = ("get_weather", #"{"city":"Paris"}"#)

    static let all: [SharedCase] = [
        SharedCase(name: "basic", text: paris, finish: "stop", input: 12, output: 7),
        SharedCase(name: "streamed", text: paris, finish: "stop", input: 12, output: 7),
        SharedCase(
            name: "tool-call", calls: [weather], finish: "tool_calls", input: 40, output: 11),
        SharedCase(
            name: "parallel-calls", calls: [weather, ("get_weather", #"{"city":"Rome"}"#)],
            finish: "tool_calls", input: 40, output: 22),
        SharedCase(
            name: "tool-result", text: "It is 18 °C in Paris.", finish: "stop", input: 60,
            output: 9),
        SharedCase(name: "image", text: "A red square.", finish: "stop", input: 270, output: 4),
        SharedCase(
            name: "json-schema", text: #"{"city":"Paris"}"#, finish: "stop", input: 30, output: 6),
        SharedCase(name: "stop", text: "one, two, ", finish: "stop", input: 14, output: 5),
        SharedCase(name: "length", text: "Once upon", finish: "length", input: 10, output: 2),
        SharedCase(name: "filter", finish: "content_filter", input: 15),
        SharedCase(
            name: "reasoning", text: "42", reasoning: "Six times seven.", finish: "stop",
            input: 16, output: 20),
        SharedCase(
            name: "cached-usage", text: paris, finish: "stop", input: 1_212, output: 7,
            cached: 1_200),
        SharedCase(name: "error-400", state: .upstreamError, status: 400),
        SharedCase(
            name: "error-401", state: .upstreamError, status: 502,
            code: "upstream_authentication"),
        SharedCase(
            name: "error-429", state: .upstreamError, status: 429, code: "rate_limit_exceeded"),
        SharedCase(
            name: "error-5xx", state: .upstreamError, status: 503, code: "upstream_overloaded"),
        SharedCase(name: "mid-stream-error", state: .upstreamError, text: "Paris is"),
        SharedCase(name: "cut-stream", state: .upstreamCut, text: "Paris is"),
    ]
}

/// One suite over every dialect and every shared case.
@Suite struct SharedCaseTests {
    /// A case that a dialect cannot have, from the table in `docs/providers.md`.
    struct Hole: Hashable {
        var dialect: String
        var name: String
    }

    static let dialects = DialectID.allCases.filter(\.isImplemented).map(\.rawValue)

    /// Rows of the shape `| `dialect` | `case` | reason |`, with the reason.
    static let holes: [Hole: String] = {
        let file = Golden.root.appending(path: "../../../docs/providers.md").standardizedFileURL
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        var holes: [Hole: String] = [:]
        let table = text.components(separatedBy: "## Cases that a format cannot have").last ?? ""
        for line in table.components(separatedBy: "\n## ")[0].split(separator: "\n") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 3, cells[0].hasPrefix("`") else { continue }
            let names = cells[1].split(separator: ",").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            for name in names {
                holes[Hole(dialect: unquoted(cells[0]), name: unquoted(name))] = cells[2]
            }
        }
        return holes
    }()

    private static func unquoted(_ text: String) -> String {
        text.replacingOccurrences(of: "`", with: "")
    }

    private static func golden(_ dialect: String, _ name: String) -> Golden? {
        Golden.all.first { $0.owner == dialect && $0.name == name }
    }

    @Test(arguments: dialects)
    func `a dialect has every shared case, or a hole with a reason`(dialect: String) {
        for shared in SharedCase.all {
            let reason = Self.holes[Hole(dialect: dialect, name: shared.name)]
            let golden = Self.golden(dialect, shared.name)
            #expect((golden == nil) == (reason != nil), "\(dialect)/\(shared.name)")
            #expect(golden.map { $0.vendor.dialect.rawValue == dialect } ?? true)
            #expect(reason?.isEmpty != true, "\(dialect)/\(shared.name) has no reason")
        }
    }

    @Test func `a hole is one of a dialect and a case that there are`() {
        for hole in Self.holes.keys {
            #expect(DialectID(rawValue: hole.dialect) != nil, "\(hole)")
            #expect(SharedCase.all.contains { $0.name == hole.name }, "\(hole)")
        }
    }

    @Test(arguments: dialects, SharedCase.all)
    func `a shared case means the same in every dialect`(
        dialect: String, shared: SharedCase
    ) throws {
        guard let golden = Self.golden(dialect, shared.name) else { return }
        let call = golden.call()
        let entry = try #require(call.entries.first)
        #expect(entry.state == shared.state && entry.status == shared.status)
        #expect(call.reply.head?.status == shared.status)
        let reading = call.reading
        if let code = shared.code { #expect(reading.error?["code"] as? String == code) }
        #expect((reading.error != nil) == (shared.state != .complete))
        #expect(call.sawDone == (golden.isStream && shared.state == .complete))
        #expect(reading.text == shared.text)
        #expect(reading.reasoning == shared.reasoning)
        #expect(reading.calls.map(\.name) == shared.calls.map(\.name))
        #expect(reading.calls.map(\.arguments).map(Self.compact) == shared.calls.map(\.arguments))
        #expect(Set(reading.calls.map(\.id)).count == shared.calls.count)
        guard shared.state == .complete else { return }
        #expect(reading.finishReason == shared.finish)
        try checkUsage(of: reading, entry, shared)
    }

    private func checkUsage(
        of reading: ClientReading, _ entry: LedgerEntry, _ shared: SharedCase
    ) throws {
        #expect(reading.usageCount == 1 && entry.usageSource == .upstream)
        #expect(entry.usage.input == shared.input)
        #expect(reading.usage?["prompt_tokens"] as? Int == shared.input)
        let cached = shared.cached ?? 0
        #expect(entry.usage.cacheRead ?? 0 == cached)
        let details = reading.usage?["prompt_tokens_details"] as? NSDictionary
        #expect(details?["cached_tokens"] as? Int ?? 0 == cached)
        guard let input = shared.input, let output = shared.output else { return }
        #expect(entry.usage.output == output)
        #expect(reading.usage?["completion_tokens"] as? Int == output)
        // 1 USD for a million tokens of input, 0.1 from a cache, 2 of output.
        let picodollars = (input - cached) * 1_000_000 + cached * 100_000 + output * 2_000_000
        #expect(entry.cost == .computed(Picodollars(rawValue: Int128(picodollars))))
    }

    private static func compact(_ json: String) -> String {
        let data = Data(json.utf8)
        guard let value = try? JSONSerialization.jsonObject(with: data),
            let bytes = try? JSONSerialization.data(withJSONObject: value, options: .sortedKeys)
        else { return json }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension SharedCase: CustomTestStringConvertible {
    var testDescription: String { name }
}
