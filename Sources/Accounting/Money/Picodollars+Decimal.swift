// SPDX-License-Identifier: Apache-2.0

extension Picodollars {
    /// How many decimals an amount in USD has at most.
    static let decimals = 12

    /// The amount that `decimalText` names, in USD, or nil where it is not a plain decimal or not
    /// a whole number of 10⁻¹² USD.
    ///
    /// Shape: `-?digits(.digits)?`; no exponent, no sign `+`, no grouping. Zeros may trail.
    package init?(decimalText: some StringProtocol) {
        guard let value = Self.scaled(decimalText.utf8, decimals: Self.decimals) else {
            return nil
        }
        self.init(rawValue: value)
    }

    /// The price of one token where a million cost `decimalText` USD; nil as above, and where the
    /// price has more than six decimals that count.
    package init?(perMillionTokens decimalText: some StringProtocol) {
        guard let value = Self.scaled(decimalText.utf8, decimals: Self.decimals - 6) else {
            return nil
        }
        self.init(rawValue: value)
    }

    /// The amount in USD: `0.000123`, `12`, `-3.5`. No exponent, at least one digit, no zeros at
    /// the end of a fraction. `init(decimalText:)` reads it back exactly.
    package var decimalText: String {
        let unit: Int128 = 1_000_000_000_000
        let magnitude = rawValue.magnitude
        let (whole, fraction) = magnitude.quotientAndRemainder(dividingBy: UInt128(unit))
        let sign = rawValue < 0 ? "-" : ""
        if fraction == 0 { return "\(sign)\(whole)" }
        var digits = Array("\(fraction)".utf8)
        digits.insert(
            contentsOf: repeatElement(UInt8(ascii: "0"), count: Self.decimals - digits.count),
            at: 0)
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return "\(sign)\(whole).\(String(decoding: digits, as: UTF8.self))"
    }

    /// `text` times 10 to the power of `decimals`, where that is a whole number that fits.
    private static func scaled(_ text: some Collection<UInt8>, decimals: Int) -> Int128? {
        var rest = text[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest.removeFirst() }
        let whole = rest.prefix { $0 != UInt8(ascii: ".") }
        guard !whole.isEmpty else { return nil }
        var fraction = rest.dropFirst(whole.count)
        if !fraction.isEmpty {
            fraction.removeFirst()
            guard !fraction.isEmpty else { return nil }
        }
        var value: Int128 = 0
        for byte in whole {
            guard let next = appending(byte, to: value, isNegative: isNegative) else { return nil }
            value = next
        }
        var place = 0
        for byte in fraction {
            if place >= decimals {
                guard byte == UInt8(ascii: "0") else { return nil }
                continue
            }
            guard let next = appending(byte, to: value, isNegative: isNegative) else { return nil }
            value = next
            place += 1
        }
        for _ in place..<decimals {
            let zero = UInt8(ascii: "0")
            guard let next = appending(zero, to: value, isNegative: isNegative) else { return nil }
            value = next
        }
        return value
    }

    /// Appends a decimal digit; negative values grow downwards, so that `Int128.min` is read too.
    private static func appending(
        _ byte: UInt8, to value: Int128, isNegative: Bool
    ) -> Int128? {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        let digit = Int128(byte - UInt8(ascii: "0"))
        let (product, productOverflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, sumOverflow) =
            isNegative
            ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
        return productOverflow || sumOverflow ? nil : sum
    }
}
