// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// Prices of one model in units other than tokens, as the catalogue names them: `image_each`,
/// `input_second`, `output_pixel` …
///
/// The price stays decimal text (USD a unit): some providers' have more decimals than a picodollar.
package struct UnitPrice: Sendable, Equatable {
    package var unit: String
    package var decimalText: String

    package init(unit: String, decimalText: String) {
        self.unit = unit
        self.decimalText = decimalText
    }
}

/// All that is known of what one model costs.
package struct ModelPrices: Sendable, Equatable {
    package var standard: PriceSheet
    /// By the tier's name in the provider's answers: `batch`, `flex`, `priority`.
    package var serviceTiers: [(name: String, sheet: PriceSheet)]
    package var units: [UnitPrice]
    package var webSearch: WebSearchPrices?
    /// Whether input is billed by its characters, and the price of its tokens is only what they
    /// come to: Google's older embeddings. Chat models with a price of characters too are billed by
    /// tokens.
    package var isBilledByCharacter = false

    package init(standard: PriceSheet) {
        self.standard = standard
        self.serviceTiers = []
        self.units = []
    }

    package static func == (left: ModelPrices, right: ModelPrices) -> Bool {
        left.standard == right.standard && left.units == right.units
            && left.webSearch == right.webSearch
            && left.isBilledByCharacter == right.isBilledByCharacter
            && left.serviceTiers.elementsEqual(right.serviceTiers) { $0 == $1 }
    }

    /// What `usage` costs, by the rules of `Bill`; `.unknown` where anything of it has no price.
    ///
    /// - Parameter serviceTier: as the provider's answer names it. nil, `default`, `standard`,
    ///   `auto` and `on_demand` are the standard prices; a tier without prices is unknown.
    package func cost(of usage: Usage, serviceTier: String? = nil) -> Cost {
        guard usage.output != nil || usage.hasInput, let sheet = sheet(for: serviceTier),
            let inputTokens = usage.hasInput ? usage.input : 0,
            let prices = prices(of: sheet, for: inputTokens)
        else { return .unknown }
        var bill = Bill(prices: prices, standard: standard.prices)
        var tokens = usage
        if isBilledByCharacter {
            guard let characters = usage.inputCharacters else { return .unknown }
            bill.add(characters, at: price(of: Self.character))
            tokens.uncachedInput = 0
        }
        bill.add(tokensOf: tokens)
        bill.add(usage.webSearches, at: webSearch?.single)
        bill.add(usage.images, at: price(of: "image_each"))
        guard let amount = bill.amount else { return .unknown }
        return .computed(amount)
    }

    /// The sheet of a service tier; nil where it has none.
    func sheet(for serviceTier: String?) -> PriceSheet? {
        switch serviceTier {
        case nil, "default", "standard", "auto", "on_demand": standard
        case let tier: serviceTiers.first { $0.name == tier }?.sheet
        }
    }

    /// The prices for this input length, or nil where the standard sheet has a long-input step
    /// that the chosen one lacks.
    func prices(of sheet: PriceSheet, for inputTokens: Int) -> TokenPrices? {
        if let long = sheet.longInput(for: inputTokens) { return long.prices }
        return standard.longInput(for: inputTokens) == nil ? sheet.prices : nil
    }

    /// The unit of models that are billed by characters.
    static let character = "input_character"

    /// The price of a unit; nil where it has none, or one with more decimals than amounts have.
    func price(of unit: String) -> Picodollars? {
        units.first { $0.unit == unit }.flatMap { Picodollars(decimalText: $0.decimalText) }
    }
}

extension Usage {
    fileprivate var hasInput: Bool {
        uncachedInput != nil || cacheRead != nil || cacheWrite5m != nil || cacheWrite1h != nil
    }
}
