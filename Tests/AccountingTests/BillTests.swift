// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Testing

@Suite struct BillTests {
    /// Input 2, output 8, cache read 0.5; above 1,000 input tokens 4, 12 and 1; batch at half.
    private static let prices: ModelPrices = {
        var plain = TokenPrices(input: 2, output: 8)
        plain.cacheRead = usd(500_000)
        plain.cacheWrite = usd(2_500_000)
        plain.audioInput = usd(40_000_000)
        var long = TokenPrices(input: 4, output: 12)
        long.cacheRead = usd(1_000_000)
        var prices = ModelPrices(
            standard: PriceSheet(
                prices: plain, longInputs: [.init(aboveInputTokens: 1_000, prices: long)]))
        prices.serviceTiers = [("batch", PriceSheet(prices: TokenPrices(input: 1, output: 4)))]
        let search = usd(10_000_000_000)
        prices.webSearch = WebSearchPrices(low: search, medium: search, high: search)
        return prices
    }()

    /// Usage by its parts, and the cost in millionths of a USD; nil is unknown.
    @Test(
        arguments: [
            ("input and output", Usage(input: 100, output: 10), nil, 280),
            ("nothing of either", Usage(input: 0, output: 0), nil, 0),
            ("no usage", Usage(), nil, nil),
            ("input alone", Usage(input: 100), nil, 200),
            ("output alone", Usage(output: 10), nil, 80),
            ("cache read", Usage(input: 100, output: 10, read: 100), nil, 330),
            ("five-minute cache write", Usage(input: 100, output: 10, write: 100), nil, 530),
            ("one-hour cache write has no price", Usage(input: 1, output: 1, hour: 1), nil, nil),
            ("one-hour cache write of nothing", Usage(input: 1, output: 1, hour: 0), nil, 10),
            ("exactly at the bound", Usage(input: 1_000, output: 10), nil, 2_080),
            ("one above the bound", Usage(input: 1_001, output: 10), nil, 4_124),
            ("above it by cached tokens", Usage(input: 1, output: 1, read: 1_000), nil, 1_016),
            ("a long-input price is missing", Usage(input: 1_000, write: 1), nil, nil),
            ("reasoning is output", Usage(input: 100, output: 10, reasoning: 5), nil, 280),
            ("audio has its price", Usage(input: 100, output: 10, audioInput: 50), nil, 2_180),
            ("audio output has none", Usage(input: 100, output: 10, audioOutput: 5), nil, nil),
            ("audio larger than its input", Usage(input: 1, output: 1, audioInput: 2), nil, nil),
            ("searches", Usage(input: 100, output: 10, searches: 2), nil, 20_280),
            ("pictures without a price", Usage(input: 100, output: 10, images: 1), nil, nil),
            ("the default tier by name", Usage(input: 100, output: 10), "default", 280),
            ("batch", Usage(input: 100, output: 10), "batch", 140),
            ("an unknown tier", Usage(input: 100, output: 10), "scale", nil),
            ("batch lacks the cache price", Usage(input: 1, output: 1, read: 1), "batch", nil),
            ("batch lacks the long-input step", Usage(input: 1_001, output: 1), "batch", nil),
            ("a negative count", Usage(input: -1, output: 10), nil, nil),
            ("counts that overflow", Usage(input: .max, output: 1, read: .max), nil, nil),
        ] as [(String, Usage, String?, Int128?)])
    func `a bill is the sum of its parts or unknown`(
        what: String, usage: Usage, tier: String?, millionths: Int128?
    ) {
        let expected = millionths.map { Cost.computed(Picodollars(rawValue: $0 * 1_000_000)) }
        #expect(Self.prices.cost(of: usage, serviceTier: tier) == expected ?? .unknown, "\(what)")
    }

    @Test func `a free model costs nothing and says so`() {
        let prices = ModelPrices(
            standard: PriceSheet(prices: TokenPrices(input: 0, output: 0)))
        #expect(prices.cost(of: Usage(input: 9, output: 9)) == .computed(.zero))
    }

    @Test func `a model without a price is unknown even for a single token`() {
        let prices = ModelPrices(standard: PriceSheet(prices: TokenPrices()))
        #expect(prices.cost(of: Usage(input: 1)) == .unknown)
    }

    /// Chat models have that price, too, and are billed by tokens.
    @Test(
        arguments: [
            ("embedding", true, 11, 22), ("embedding", true, nil, nil), ("embedding", false, 11, 9),
            ("embedding", true, 0, 0), ("embedding", true, -1, nil), ("chat", true, 11, 9),
            ("chat", true, nil, 9), ("embedding", false, nil, 9),
        ] as [(String, Bool, Int?, Int128?)])
    func `vectors are billed by characters where these have a price, or the bill is unknown`(
        mode: String, isPriced: Bool, characters: Int?, picodollars: Int128?
    ) throws {
        let unit = isPriced ? #","per_unit":{"input_character":"0.000000000002"}"# : ""
        let book = try PriceBook(
            Array(
                (#"{"catalogue":"models","version":"2026-01-01-x","rows":1}"# + "\n"
                    + #"{"provider":"v","model":"m","mode":"\#(mode)","prices":"#
                    + #"{"input":"0.000003","output":"0"}\#(unit)}"# + "\n").utf8))
        let prices = try #require(book.prices(provider: "v", model: "m"))
        let cost = prices.cost(of: Usage(input: 3, output: 0, characters: characters))
        let expected = picodollars.map { Cost.computed(Picodollars(rawValue: $0)) }
        #expect(cost == expected ?? .unknown)
    }

    @Test func `a cache read without any price is charged as input`() {
        let prices = ModelPrices(standard: PriceSheet(prices: TokenPrices(input: 2, output: 8)))
        let expected = Picodollars(rawValue: 28_000_000)
        #expect(prices.cost(of: Usage(input: 5, output: 1, read: 5)) == .computed(expected))
    }

    @Test func `reasoning with its own price is not billed twice`() {
        var sheet = TokenPrices(input: 1, output: 2)
        sheet.reasoning = usd(10_000_000)
        let prices = ModelPrices(standard: PriceSheet(prices: sheet))
        let cost = prices.cost(of: Usage(input: 1, output: 10, reasoning: 4))
        #expect(cost == .computed(Picodollars(rawValue: 53_000_000)))
        #expect(prices.cost(of: Usage(input: 1, output: 3, reasoning: 4)) == .unknown)
    }

    @Test func `output that may be pictures of another price is unknown`() {
        var sheet = TokenPrices(input: 1, output: 2)
        sheet.imageOutput = usd(30_000_000)
        let prices = ModelPrices(standard: PriceSheet(prices: sheet))
        #expect(prices.cost(of: Usage(input: 1, output: 1)) == .unknown)
    }

    @Test func `searches whose price depends on their size are unknown`() {
        var prices = ModelPrices(standard: PriceSheet(prices: TokenPrices(input: 1, output: 1)))
        prices.webSearch = WebSearchPrices(low: usd(1), medium: usd(2), high: usd(3))
        #expect(prices.cost(of: Usage(input: 1, output: 1, searches: 1)) == .unknown)
        #expect(prices.cost(of: Usage(input: 1, output: 1, searches: 0)) != .unknown)
    }
}

private func usd(_ picodollars: Int128) -> Picodollars { Picodollars(rawValue: picodollars) }

extension TokenPrices {
    /// Whole USD per million tokens.
    fileprivate init(input: Int128, output: Int128) {
        self.init()
        self.input = usd(input * 1_000_000)
        self.output = usd(output * 1_000_000)
    }
}

extension Usage {
    init(
        input: Int? = nil, output: Int? = nil, read: Int? = nil, write: Int? = nil,
        hour: Int? = nil, reasoning: Int? = nil, audioInput: Int? = nil, audioOutput: Int? = nil,
        characters: Int? = nil, images: Int? = nil, searches: Int? = nil
    ) {
        self.init()
        uncachedInput = input
        cacheRead = read
        cacheWrite5m = write
        cacheWrite1h = hour
        self.output = output
        self.reasoning = reasoning
        self.audioInput = audioInput
        self.audioOutput = audioOutput
        inputCharacters = characters
        self.images = images
        webSearches = searches
    }
}
