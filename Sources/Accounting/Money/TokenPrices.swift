// SPDX-License-Identifier: Apache-2.0

/// What the tokens of one model cost, each kind by itself. Absent is not free.
///
/// Units: picodollars a token.
package struct TokenPrices: Sendable, Equatable {
    package var input: Picodollars?
    package var output: Picodollars?
    package var cacheRead: Picodollars?
    /// Into a cache that lives five minutes, or into the provider's only kind.
    package var cacheWrite: Picodollars?
    package var cacheWrite1h: Picodollars?
    /// Where reasoning is not billed as output.
    package var reasoning: Picodollars?
    package var audioInput: Picodollars?
    package var audioOutput: Picodollars?
    package var audioCacheRead: Picodollars?
    package var imageInput: Picodollars?
    package var imageOutput: Picodollars?

    package init() {}

    /// Sets the price that `Config/models.jsonl` calls `name`; false where there is none.
    mutating func set(_ name: String, to price: Picodollars) -> Bool {
        switch name {
        case "input": input = price
        case "output": output = price
        case "cache_read": cacheRead = price
        case "cache_write": cacheWrite = price
        case "cache_write_1h": cacheWrite1h = price
        case "reasoning": reasoning = price
        case "audio_input": audioInput = price
        case "audio_output": audioOutput = price
        case "audio_cache_read": audioCacheRead = price
        case "image_input": imageInput = price
        case "image_output": imageOutput = price
        default: return false
        }
        return true
    }
}

/// The prices of one service tier: the plain ones, and those of long inputs.
package struct PriceSheet: Sendable, Equatable {
    /// Prices for calls whose whole input is longer than a bound.
    package struct LongInput: Sendable, Equatable {
        /// Units: input tokens of any kind. One more than this pays these prices, for all tokens.
        package var aboveInputTokens: Int
        package var prices: TokenPrices

        package init(aboveInputTokens: Int, prices: TokenPrices) {
            self.aboveInputTokens = aboveInputTokens
            self.prices = prices
        }
    }

    package var prices: TokenPrices
    package var longInputs: [LongInput]

    package init(prices: TokenPrices, longInputs: [LongInput] = []) {
        self.prices = prices
        self.longInputs = longInputs
    }

    /// The long-input prices that hold for this many input tokens, or nil where the plain ones do.
    func longInput(for inputTokens: Int) -> LongInput? {
        longInputs.filter { $0.aboveInputTokens < inputTokens }
            .max { $0.aboveInputTokens < $1.aboveInputTokens }
    }
}

/// Prices of searches of the web, by how much of the web the model reads.
///
/// Units: picodollars a search.
package struct WebSearchPrices: Sendable, Equatable {
    package var low: Picodollars
    package var medium: Picodollars
    package var high: Picodollars

    package init(low: Picodollars, medium: Picodollars, high: Picodollars) {
        self.low = low
        self.medium = medium
        self.high = high
    }

    /// The price where it does not depend on the size, else nil: usage does not tell the size.
    var single: Picodollars? { low == medium && medium == high ? low : nil }
}
