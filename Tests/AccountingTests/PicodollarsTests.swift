// SPDX-License-Identifier: Apache-2.0
import Accounting
import Foundation
import Testing

@Suite struct PicodollarsTests {
    @Test(
        arguments: [
            ("0", 0, "0"), ("0.000123", 123_000_000, "0.000123"), ("12", 12_000_000_000_000, "12"),
            ("0.000000000001", 1, "0.000000000001"), ("-3.50", -3_500_000_000_000, "-3.5"),
            ("1.000000000000000", 1_000_000_000_000, "1"), ("007", 7_000_000_000_000, "7"),
            ("-0", 0, "0"), ("0.1", 100_000_000_000, "0.1"),
        ] as [(String, Int128, String)])
    func `decimal text is read exactly and written plainly`(
        text: String, raw: Int128, written: String
    ) throws {
        let amount = try #require(Picodollars(decimalText: text))
        #expect(amount.rawValue == raw)
        #expect(amount.decimalText == written)
    }

    @Test(arguments: [
        "", "-", ".", "1.", ".5", "+1", "1e3", "1E-6", " 1", "1 ", "1,5", "0x1", "NaN", "--1",
        "0.0000000000001", "1.2.3", "١", "340282366920938463463374607431768211456",
        "170141183460469231731687303.715884105728",
    ])
    func `what is not an exact amount is refused`(text: String) {
        #expect(Picodollars(decimalText: text) == nil)
    }

    @Test func `the bounds of the range survive their own text`() throws {
        for raw in [Int128.min, .max, .min + 1, .max - 1] {
            let amount = Picodollars(rawValue: raw)
            #expect(Picodollars(decimalText: amount.decimalText) == amount)
        }
    }

    @Test(
        arguments: [
            ("2.5", 2_500_000), ("0.000001", 1), ("15", 15_000_000), ("0", 0),
            ("0.1000000", 100_000),
        ] as [(String, Int128)])
    func `a price of a million tokens is exact for one`(text: String, raw: Int128) {
        #expect(Picodollars(perMillionTokens: text)?.rawValue == raw)
    }

    @Test func `a price with a seventh decimal is refused`() {
        #expect(Picodollars(perMillionTokens: "0.0000001") == nil)
    }

    @Test func `sums and products that do not fit are nil`() {
        let most = Picodollars(rawValue: .max)
        #expect(most.adding(Picodollars(rawValue: 1)) == nil)
        #expect(most.multiplied(by: 2) == nil)
        #expect(Picodollars.sum(of: [most, Picodollars(rawValue: 1)]) == nil)
        #expect(Picodollars.sum(of: [Picodollars]()) == .zero)
    }

    /// Foundation's `Decimal` has 38 digits and its own arithmetic: an independent identity.
    @Test func `random prices times random tokens are what decimal arithmetic says`() throws {
        var generator = SeededGenerator(seed: 7)
        let posix = Locale(identifier: "en_US_POSIX")
        for _ in 0..<2_000 {
            let millionths = Int.random(in: 0..<1_000_000_000, using: &generator)
            let tokens = Int.random(in: 0..<10_000_000_000, using: &generator)
            let price = Decimal(millionths) / 1_000_000
            let text = NSDecimalNumber(decimal: price).description(withLocale: posix)
            let perToken = try #require(Picodollars(perMillionTokens: text))
            let cost = try #require(perToken.multiplied(by: tokens))
            let expected = price * Decimal(tokens) / 1_000_000
            let read = try #require(Decimal(string: cost.decimalText, locale: posix))
            #expect(read == expected, "\(text) × \(tokens)")
        }
    }
}

/// SplitMix64: the same numbers on every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
