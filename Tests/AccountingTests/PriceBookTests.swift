// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Testing

@Suite struct PriceBookTests {
    static let bytes: [UInt8]? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return (try? Data(contentsOf: root.appending(path: "Config/models.jsonl"))).map {
            [UInt8]($0)
        }
    }()

    private func book() throws -> PriceBook { try PriceBook(try #require(Self.bytes)) }

    @Test func `every row of the catalogue parses and is found by its name`() throws {
        let book = try book()
        let rows = book.rows()
        #expect(book.count > 3_000)
        #expect(rows.count == book.count)
        for row in rows {
            #expect(book.row(provider: row.provider, model: row.model) == row)
        }
    }

    /// Foundation reads the same lines by itself: no price, limit or name is lost on the way.
    @Test func `the rows of a provider are those of all rows that name it`() throws {
        let book = try book()
        for (provider, rows) in Dictionary(grouping: book.rows(), by: \.provider) {
            #expect(book.rows(of: provider) == rows)
        }
        for nobody in ["", "open", "openai2", "zzz", "a\"b"] {
            #expect(book.rows(of: nobody).isEmpty)
        }
    }

    @Test func `every price is what another JSON parser and decimal arithmetic read`() throws {
        let rows = try book().rows()
        let lines = try #require(Self.bytes).split(separator: UInt8(ascii: "\n")).dropFirst()
        for (row, line) in zip(rows, lines) {
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
            #expect(row.provider == object["provider"] as? String)
            #expect(row.model == object["model"] as? String)
            #expect(row.contextTokens == object["context_tokens"] as? Int)
            let prices = object["prices"] as? [String: Any] ?? [:]
            let read: [String: Picodollars?] = [
                "input": row.prices.standard.prices.input,
                "output": row.prices.standard.prices.output,
                "cache_read": row.prices.standard.prices.cacheRead,
                "cache_write": row.prices.standard.prices.cacheWrite,
                "cache_write_1h": row.prices.standard.prices.cacheWrite1h,
                "reasoning": row.prices.standard.prices.reasoning,
            ]
            for (name, price) in read {
                let text = prices[name] as? String
                let expected = text.flatMap { Decimal(string: $0) }.map { $0 * 1_000_000 }
                #expect(price.flatMap { Decimal(string: "\($0.rawValue)") } == expected)
            }
            let steps = prices["long_input"] as? [Any] ?? []
            #expect(row.prices.standard.longInputs.count == steps.count)
            let tiers = object["service_tiers"] as? [String: Any] ?? [:]
            #expect(Set(row.prices.serviceTiers.map(\.name)) == Set(tiers.keys))
        }
    }

    @Test(
        arguments: [
            ("openai", "gpt-4o", "openai", "gpt-4o"),
            ("openai", "gpt-4o-2024-08-06", "openai", "gpt-4o-2024-08-06"),
            ("gemini", "models/gemini-2.5-pro", "gemini", "gemini-2.5-pro"),
            ("openai", "models/gpt-4o", nil, nil),
            ("openai", "gpt-4o-2099-01-01", nil, nil),
            ("openai", "gpt-4", "openai", "gpt-4"),
            ("openai", "gpt-", nil, nil),
            ("openai", "", nil, nil),
            ("", "gpt-4o", nil, nil),
            ("openai", "GPT-4o", nil, nil),
            ("local", "smollm2", nil, nil),
            ("openai", "gpt-4o\",\"mode", nil, nil),
            ("openai", "gpt-4o\u{0}", nil, nil),
            ("zzz", "zzz", nil, nil),
        ] as [(String, String, String?, String?)])
    func `a name finds its row and no other`(
        provider: String, model: String, foundProvider: String?, foundModel: String?
    ) throws {
        let row = try book().row(provider: provider, model: model)
        #expect(row?.provider == foundProvider)
        #expect(row?.model == foundModel)
    }

    @Test func `a call costs what the row says`() throws {
        let book = try book()
        let usage = Usage(input: 1_000, output: 100, read: 200)
        // 1,000 × 2.5 + 200 × 1.25 + 100 × 10 USD per million.
        let expected = Cost.computed(Picodollars(rawValue: 3_750_000_000))
        #expect(book.cost(of: usage, provider: "openai", model: "gpt-4o") == expected)
        #expect(book.cost(of: usage, provider: "local", model: "gpt-4o") == .unknown)
    }

    @Test(arguments: [200_000, 200_001])
    func `a long input pays the step above its bound`(input: Int) throws {
        let usage = Usage(input: input, output: 1)
        let price = input > 200_000 ? (2_500_000, 15_000_000) : (1_250_000, 10_000_000)
        let expected = Picodollars(rawValue: Int128(input * price.0 + price.1))
        let cost = try book().cost(of: usage, provider: "gemini", model: "gemini-2.5-pro")
        #expect(cost == .computed(expected))
    }

    @Test func `the version has a day, and lists show it`() throws {
        let book = try book()
        let day = CivilTime(microseconds: Int64(book.createdSeconds) * 1_000_000).dayText
        #expect(book.version.hasPrefix(day))
        #expect(PriceBook().createdSeconds == 0)
        #expect(PriceBook().row(provider: "openai", model: "gpt-4o") == nil)
    }

    @Test(arguments: ["", "{}", "[]\n", "{\"catalogue\":\"other\",\"version\":\"1\",\"rows\":1}\n"])
    func `a text without the header is refused`(text: String) {
        #expect(throws: PriceBookError.notACatalogue) { try PriceBook(Array(text.utf8)) }
    }

    @Test func `a damaged catalogue has fewer prices and never traps`() throws {
        let bytes = try #require(Self.bytes)
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<200 {
            var damaged = Array(bytes.prefix(20_000))
            for _ in 0..<50 {
                let place = Int.random(in: 100..<damaged.count, using: &generator)
                damaged[place] = UInt8.random(in: 0...255, using: &generator)
            }
            let book = try PriceBook(damaged)
            _ = book.rows()
            _ = book.row(provider: "anthropic", model: "claude-haiku-4-5")
            _ = book.row(provider: "ai21", model: "jamba-1.5")
        }
    }
}
