// SPDX-License-Identifier: Apache-2.0
import JSON

/// All that the catalogue knows of one model of one provider. Absent is unknown.
package struct ModelRow: Sendable, Equatable {
    package var provider: String
    /// The id that the provider expects.
    package var model: String
    /// `chat`, `responses`, `completion`, `embedding` …
    package var mode: String
    package var contextTokens: Int?
    package var maximumOutputTokens: Int?
    package var embeddingDimensions: Int?
    package var prices: ModelPrices
    /// Sorted: `json_schema`, `reasoning`, `tools`, `vision` …
    package var capabilities: [String]
    /// The vendor's shutdown date, `2027-04-14`.
    package var retiresOn: String?
    /// Where the price was read.
    package var source: String?
    /// Whether the row was added by hand.
    package var isUnverified: Bool
}

extension ModelRow {
    /// The row in one line of `Config/models.jsonl`, or nil where it is none.
    init?(parsing line: Span<UInt8>) {
        guard let document = try? JSONDocument(parsing: line) else { return nil }
        let root = JSONValue(document)
        guard let provider = root["provider"]?.string, let model = root["model"]?.string,
            let mode = root["mode"]?.string, let prices = ModelPrices(root)
        else { return nil }
        self.provider = provider
        self.model = model
        self.mode = mode
        self.contextTokens = root["context_tokens"]?.integer
        self.maximumOutputTokens = root["max_output_tokens"]?.integer
        self.embeddingDimensions = root["embedding_dimensions"]?.integer
        self.prices = prices
        self.capabilities = root["capabilities"]?.elements.compactMap(\.string) ?? []
        self.retiresOn = root["retires_on"]?.string
        self.source = root["source"]?.string
        self.isUnverified = root["unverified"]?.bool ?? false
    }
}

extension ModelPrices {
    /// The prices of a row. nil where any of them is not as documented: half a sheet is none.
    fileprivate init?(_ row: JSONValue) {
        var standard = PriceSheet(prices: TokenPrices())
        if let value = row["prices"] {
            guard let sheet = PriceSheet(value) else { return nil }
            standard = sheet
        }
        self.init(standard: standard)
        for (name, value) in row["service_tiers"]?.members ?? [] {
            guard let sheet = PriceSheet(value) else { return nil }
            serviceTiers.append((name, sheet))
        }
        for (unit, value) in row["per_unit"]?.members ?? [] {
            guard let price = value.string else { return nil }
            units.append(UnitPrice(unit: unit, decimalText: price))
        }
        if let value = row["per_web_search"] {
            guard let prices = WebSearchPrices(value) else { return nil }
            webSearch = prices
        }
    }
}

extension PriceSheet {
    fileprivate init?(_ value: JSONValue) {
        guard let prices = TokenPrices(value, except: "long_input") else { return nil }
        self.init(prices: prices)
        for step in value["long_input"]?.elements ?? [] {
            guard let above = step["above_input_tokens"]?.integer,
                let prices = TokenPrices(step, except: "above_input_tokens")
            else { return nil }
            longInputs.append(LongInput(aboveInputTokens: above, prices: prices))
        }
    }
}

extension TokenPrices {
    /// The prices in an object; nil where there is a member that is no known price.
    fileprivate init?(_ value: JSONValue, except other: String) {
        self.init()
        for (name, value) in value.members where name != other {
            guard let text = value.string, let price = Picodollars(perMillionTokens: text),
                set(name, to: price)
            else { return nil }
        }
    }
}

extension WebSearchPrices {
    fileprivate init?(_ value: JSONValue) {
        if let text = value.string {
            guard let price = Picodollars(decimalText: text) else { return nil }
            self.init(low: price, medium: price, high: price)
            return
        }
        let sizes = ["low", "medium", "high"]
        let prices = sizes.compactMap { value[$0]?.string.flatMap { Picodollars(decimalText: $0) } }
        guard prices.count == sizes.count else { return nil }
        self.init(low: prices[0], medium: prices[1], high: prices[2])
    }
}
