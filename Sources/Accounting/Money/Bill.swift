// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// The sum of what the parts of one usage cost.
///
/// Rules:
/// 1. A part with tokens and without a price makes the whole bill unknown, and so does any doubt:
///    negative counts, parts larger than their whole, a sum that does not fit.
/// 2. Absent parts and parts of 0 cost nothing and need no price.
/// 3. A cache read where the model has no price for it anywhere is charged as input.
/// 4. Reasoning is a part of output and billed as such unless it has a price of its own; audio is a
///    part of uncached input and of output and always needs its own.
/// 5. A price that the standard sheet has and the chosen one (a service tier, a long input) lacks
///    is a hole, not a fallback.
struct Bill {
    /// The prices that were chosen for the call.
    let prices: TokenPrices
    /// The standard prices of the same model.
    let standard: TokenPrices
    /// nil as soon as the bill is unknown.
    private(set) var amount: Picodollars? = .zero

    init(prices: TokenPrices, standard: TokenPrices) {
        self.prices = prices
        self.standard = standard
    }

    /// Adds all tokens of `usage`.
    mutating func add(tokensOf usage: Usage) {
        addInput(of: usage)
        add(usage.cacheRead, at: cacheReadPrice)
        add(usage.cacheWrite5m, at: prices.cacheWrite)
        add(usage.cacheWrite1h, at: prices.cacheWrite1h)
        addOutput(of: usage)
    }

    /// Adds `count` units, where they are present and not 0.
    mutating func add(_ count: Int?, at price: Picodollars?) {
        guard let count, count != 0, let sum = amount else { return }
        guard count > 0, let price, let part = price.multiplied(by: count) else {
            amount = nil
            return
        }
        amount = sum.adding(part)
    }

    private mutating func addInput(of usage: Usage) {
        let audio = usage.audioInput ?? 0
        add(usage.audioInput, at: prices.audioInput)
        guard let uncached = usage.uncachedInput ?? (audio == 0 ? 0 : nil), audio >= 0,
            audio <= uncached
        else {
            amount = nil
            return
        }
        add(uncached - audio, at: prices.input)
    }

    private mutating func addOutput(of usage: Usage) {
        let audio = usage.audioOutput ?? 0
        let reasoning = pricesReasoning ? usage.reasoning ?? 0 : 0
        add(usage.audioOutput, at: prices.audioOutput)
        if reasoning != 0 { add(reasoning, at: prices.reasoning) }
        let (parts, overflow) = audio.addingReportingOverflow(reasoning)
        guard let output = usage.output ?? (parts == 0 ? 0 : nil), audio >= 0, reasoning >= 0,
            !overflow, parts <= output
        else {
            amount = nil
            return
        }
        // Where pictures cost another price, `output` may hold tokens of them that nothing tells
        // apart from text.
        let plain = prices.imageOutput.map { $0 == prices.output } ?? true
        add(output - parts, at: plain ? prices.output : nil)
    }

    /// Whether reasoning has a price of its own, in the chosen sheet or in the standard one.
    var pricesReasoning: Bool {
        if let price = prices.reasoning { return price != prices.output }
        return standard.reasoning != nil && standard.reasoning != standard.output
    }

    /// What a token that was read from a cache costs.
    var cacheReadPrice: Picodollars? {
        prices.cacheRead ?? (standard.cacheRead == nil ? prices.input : nil)
    }
}
