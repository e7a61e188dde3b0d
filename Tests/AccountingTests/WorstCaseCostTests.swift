// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Testing

@Suite struct WorstCaseCostTests {
    private static let book = PriceBookTests.bytes.flatMap { try? PriceBook($0) }

    private func prices(_ provider: String, _ model: String) throws -> ModelPrices {
        try #require(Self.book?.prices(provider: provider, model: model))
    }

    /// Each by hand from the row's prices, USD per million tokens.
    @Test(
        arguments: [
            // 1,000 × 2.5 + 100 × 10: nothing is dearer than uncached input.
            ("openai", "gpt-4o", 1_000, 100, "0.0035"),
            // 1,000 × 20, written to the cache of an hour, + 100 × 50.
            ("anthropic", "claude-fable-5", 1_000, 100, "0.025"),
            // 200,000 × 1.25 + 100 × 10, and one token more: 200,001 × 2.5 + 100 × 15.
            ("gemini", "gemini-2.5-pro", 200_000, 100, "0.251"),
            ("gemini", "gemini-2.5-pro", 200_001, 100, "0.5015025"),
            ("openai", "gpt-4o", 0, 0, "0"),
        ])
    func `the most that a call can cost`(
        provider: String, model: String, input: Int, output: Int, expected: String
    ) throws {
        let worst = try prices(provider, model)
            .worstCost(within: UsageBounds(input: input, output: output))
        #expect(worst.amount?.decimalText == expected)
    }

    @Test func `a shorter input counts where it is the dearer`() {
        var prices = TokenPrices()
        (prices.input, prices.output) = (Picodollars(rawValue: 9), Picodollars(rawValue: 1))
        var cheap = prices
        cheap.input = Picodollars(rawValue: 2)
        let model = ModelPrices(
            standard: PriceSheet(
                prices: prices, longInputs: [.init(aboveInputTokens: 100, prices: cheap)]))
        let worst = [100, 150, 500].map {
            model.worstCost(within: UsageBounds(input: $0, output: 0)).amount?.rawValue
        }
        #expect(worst == [900, 900, 1_000])
    }

    @Test func `searches count at their largest size, pictures in tokens and by the piece`() {
        func amount(_ raw: Int128) -> Picodollars { Picodollars(rawValue: raw) }
        var prices = TokenPrices()
        (prices.output, prices.imageOutput) = (amount(1), amount(7))
        var model = ModelPrices(standard: PriceSheet(prices: prices))
        model.webSearch = WebSearchPrices(low: amount(1), medium: amount(5), high: amount(3))
        model.units = [UnitPrice(unit: "image_each", decimalText: "0.000000000100")]
        var bounds = UsageBounds(input: 0, output: 10)
        (bounds.webSearches, bounds.images) = (2, 3)
        #expect(model.worstCost(within: bounds) == .computed(amount(10 * 7 + 2 * 5 + 3 * 100)))
    }

    @Test func `what is billed by characters needs their number`() {
        var model = ModelPrices(standard: PriceSheet(prices: TokenPrices()))
        model.isBilledByCharacter = true
        model.units = [UnitPrice(unit: "input_character", decimalText: "0.000000000002")]
        var bounds = UsageBounds(input: 100, output: 0)
        #expect(model.worstCost(within: bounds) == .unknown)
        bounds.inputCharacters = 50
        #expect(model.worstCost(within: bounds) == .computed(Picodollars(rawValue: 100)))
    }

    @Test func `a price that is needed and not known makes it unknown`() throws {
        let gpt = try prices("openai", "gpt-4o")
        let plain = UsageBounds(input: 10, output: 10)
        var heard = plain
        heard.audioInput = 1
        var spoken = plain
        spoken.audioOutput = 1
        var drawn = plain
        drawn.images = 1
        #expect(gpt.worstCost(within: plain) != .unknown)
        for bounds in [heard, spoken, drawn] {
            #expect(gpt.worstCost(within: bounds) == .unknown)
        }
        #expect(gpt.worstCost(within: plain, serviceTier: "nobody's") == .unknown)
        let free = ModelPrices(standard: PriceSheet(prices: TokenPrices()))
        #expect(free.worstCost(within: UsageBounds(input: 1, output: 0)) == .unknown)
        #expect(free.worstCost(within: UsageBounds(input: 0, output: 1)) == .unknown)
    }

    @Test func `the dearest of several is unknown where one of them is`() {
        let (one, two) = (Picodollars(rawValue: 1), Picodollars(rawValue: 2))
        #expect(Cost.dearest(of: [.computed(one), .computed(two)]) == .computed(two))
        #expect(Cost.dearest(of: [.computed(one), .unknown]) == .unknown)
        #expect(Cost.dearest(of: []) == .unknown)
    }

    @Test func `every priced chat model has one, and no usage within bounds costs more`() throws {
        let rows = try #require(Self.book).rows()
        var generator = SeededGenerator(seed: 31)
        var compared = 0
        for row in rows {
            let standard = row.prices.standard.prices
            if standard.input != nil, standard.output != nil, !row.prices.isBilledByCharacter {
                let bounds = UsageBounds(input: 100, output: 100)
                #expect(row.prices.worstCost(within: bounds) != .unknown, "\(row.model)")
            }
            for tier in [nil] + row.prices.serviceTiers.map({ Optional($0.name) }) {
                for _ in 0..<8 {
                    compared += compare(row, tier: tier, using: &generator)
                }
            }
        }
        #expect(compared > 50_000)
    }

    /// Draws bounds and usages within them. Returns how many costs were compared.
    private func compare(
        _ row: ModelRow, tier: String?, using generator: inout SeededGenerator
    ) -> Int {
        let steps = row.prices.standard.longInputs.map(\.aboveInputTokens)
        let near = (steps + [1_000]).randomElement(using: &generator) ?? 0
        let input = [near, near + 1, near * 2, 0].randomElement(using: &generator) ?? 0
        var bounds = UsageBounds(
            input: input, output: Int.random(in: 0...5_000, using: &generator))
        func maybe(_ most: Int) -> Int {
            Bool.random(using: &generator) ? 0 : Int.random(in: 0...most, using: &generator)
        }
        bounds.audioInput = maybe(bounds.input)
        bounds.audioOutput = maybe(bounds.output)
        bounds.inputCharacters = maybe(10_000)
        bounds.images = maybe(3)
        bounds.webSearches = maybe(3)
        // Where a price is not known, the same without what needs it is to be compared too.
        var plain = bounds
        (plain.audioInput, plain.audioOutput, plain.images, plain.webSearches) = (0, 0, 0, 0)
        var compared = 0
        for bounds in [bounds, plain] {
            guard let worst = row.prices.worstCost(within: bounds, serviceTier: tier).amount else {
                continue
            }
            for _ in 0..<4 {
                let usage = usage(within: bounds, using: &generator)
                guard let cost = row.prices.cost(of: usage, serviceTier: tier).amount else {
                    continue
                }
                compared += 1
                #expect(cost <= worst, "\(row.provider)/\(row.model) \(tier ?? "") \(usage)")
            }
        }
        return compared
    }

    /// Half of the usages go to the bounds.
    private func usage(
        within bounds: UsageBounds, using generator: inout SeededGenerator
    ) -> Usage {
        func part(of most: Int) -> Int {
            Bool.random(using: &generator) ? most : Int.random(in: 0...most, using: &generator)
        }
        var usage = Usage()
        var kinds: [WritableKeyPath<Usage, Int?>] = [
            \.uncachedInput, \.cacheRead, \.cacheWrite5m, \.cacheWrite1h,
        ]
        kinds.shuffle(using: &generator)
        var rest = part(of: bounds.input)
        for kind in kinds where Bool.random(using: &generator) {
            let amount = part(of: rest)
            usage[keyPath: kind] = amount
            rest -= amount
        }
        usage.audioInput = part(of: min(bounds.audioInput, usage.uncachedInput ?? 0))
        usage.output = part(of: bounds.output)
        usage.audioOutput = part(of: min(bounds.audioOutput, usage.output ?? 0))
        usage.reasoning = part(of: (usage.output ?? 0) - (usage.audioOutput ?? 0))
        usage.inputCharacters = part(of: bounds.inputCharacters ?? 0)
        usage.images = part(of: bounds.images)
        usage.webSearches = part(of: bounds.webSearches)
        return usage
    }
}
