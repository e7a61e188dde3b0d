// SPDX-License-Identifier: Apache-2.0

/// The most that a call may consume. What a request does not allow is 0.
package struct UsageBounds: Sendable, Equatable {
    /// Tokens of any kind, those of audio among them.
    package var input: Int
    /// Tokens of any kind and of all choices, reasoning and audio among them.
    package var output: Int
    package var audioInput = 0
    package var audioOutput = 0
    /// For models that are billed by them.
    package var inputCharacters: Int?
    package var images = 0
    package var webSearches = 0

    package init(input: Int, output: Int) {
        self.input = input
        self.output = output
    }
}

extension ModelPrices {
    /// The most that `cost` can say of any usage within bounds, or unknown where a price that the call
    /// may need is.
    ///
    /// All input may be of the dearest kind: uncached, read from a cache or written to one. Kinds of
    /// caches that have no price are not needed: where their tokens turn up, the cost is not known.
    /// The prices of long inputs count from where they begin, and so do those of shorter ones, should
    /// they be the dearer. Searches of the web count at their largest size.
    ///
    /// - Parameter serviceTier: as for `cost`.
    package func worstCost(within bounds: UsageBounds, serviceTier: String? = nil) -> Cost {
        guard let sheet = sheet(for: serviceTier) else { return .unknown }
        // Within a step more never costs less, so that its longest input is the dearest.
        let steps = (sheet.longInputs + standard.longInputs).map(\.aboveInputTokens)
        var worst = Picodollars.zero
        for input in steps.filter({ (0..<bounds.input).contains($0) }) + [bounds.input] {
            guard let prices = prices(of: sheet, for: input),
                let amount = worstAmount(prices, within: bounds, input: input)
            else { return .unknown }
            worst = max(worst, amount)
        }
        return .computed(worst)
    }

    /// The most that this many input tokens and all the rest can cost at these prices.
    private func worstAmount(
        _ prices: TokenPrices, within bounds: UsageBounds, input: Int
    ) -> Picodollars? {
        var bill = Bill(prices: prices, standard: standard.prices)
        let caches = [bill.cacheReadPrice, prices.cacheWrite, prices.cacheWrite1h]
        if isBilledByCharacter {
            guard let characters = bounds.inputCharacters else { return nil }
            bill.add(characters, at: price(of: Self.character))
            bill.add(input, at: caches.compactMap { $0 }.max() ?? .zero)
        } else {
            bill.add(
                input, at: prices.input, ofWhich: bounds.audioInput, at: prices.audioInput,
                orAt: caches)
        }
        let reasoning = bill.pricesReasoning ? prices.reasoning : prices.output
        bill.add(
            bounds.output, at: reasoning == nil ? nil : prices.output,
            ofWhich: bounds.audioOutput, at: prices.audioOutput,
            orAt: [reasoning, prices.imageOutput])
        let search = webSearch.map { max($0.low, $0.medium, $0.high) }
        bill.add(bounds.webSearches, at: search)
        bill.add(bounds.images, at: price(of: "image_each"))
        return bill.amount
    }
}

extension Bill {
    /// Adds tokens at the dearest of a price that is needed and others that may be known; a part of
    /// them may cost the price of audio, which is needed too.
    fileprivate mutating func add(
        _ count: Int, at price: Picodollars?, ofWhich audio: Int, at audioPrice: Picodollars?,
        orAt others: [Picodollars?]
    ) {
        let dearest = price.map { others.compactMap { $0 }.reduce($0, max) }
        let heard = min(audio, count)
        add(count - heard, at: dearest)
        guard heard != 0 else { return }
        add(heard, at: audioPrice.flatMap { audio in dearest.map { max($0, audio) } })
    }
}

extension Cost {
    /// The dearest of what each of several targets may cost; unknown where one of them is, or where
    /// there is none.
    package static func dearest(of costs: some Sequence<Cost>) -> Cost {
        var dearest: Picodollars?
        for cost in costs {
            guard let amount = cost.amount else { return .unknown }
            dearest = max(dearest ?? amount, amount)
        }
        return dearest.map { .computed($0) } ?? .unknown
    }
}
