// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// A length of time as the settings write it: `250ms`, `15s`, `2m`, `1h`, `7d`; nil for
    /// anything else, and where it is longer than 100 years.
    package init?(quantity text: String) {
        let units: [(String, Int64)] = [
            ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
        ]
        guard let (amount, scale) = quantity(text, units) else { return nil }
        let (milliseconds, overflow) = amount.multipliedReportingOverflow(by: scale)
        guard !overflow, milliseconds <= 3_155_760_000_000 else { return nil }
        self = .milliseconds(milliseconds)
    }

    /// The length of time as the settings write it, in the largest unit that is exact.
    var quantityText: String {
        let milliseconds =
            components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
        let units: [(String, Int64)] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
        for (unit, scale) in units where milliseconds >= scale && milliseconds % scale == 0 {
            return "\(milliseconds / scale)\(unit)"
        }
        return "\(milliseconds)ms"
    }
}

/// A number of bytes as the settings write it: `4096`, `64kB`, `64KiB`, `32MB`, `32MiB`, `1GB`,
/// `1GiB`; nil for anything else, and beyond 1 TiB.
package func byteCount(quantity text: String) -> Int? {
    let units: [(String, Int64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
        ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("", 1),
    ]
    guard let (amount, scale) = quantity(text, units) else { return nil }
    let (bytes, overflow) = amount.multipliedReportingOverflow(by: scale)
    return overflow || bytes > 1 << 40 ? nil : Int(bytes)
}

/// A number of tokens as the settings write it: `8192`, `128k`, `1M`; nil for anything else, for 0,
/// and beyond a thousand million.
package func tokenCount(quantity text: String) -> Int? {
    guard let (amount, scale) = quantity(text, [("k", 1_000), ("M", 1_000_000), ("", 1)]) else {
        return nil
    }
    let (tokens, overflow) = amount.multipliedReportingOverflow(by: scale)
    return overflow || !(1...1_000_000_000).contains(tokens) ? nil : Int(tokens)
}

/// A share as the settings write it: `20%`, `2.5%`; nil for anything else, and beyond 100 %.
package func share(quantity text: String) -> Double? {
    guard text.hasSuffix("%"), let percent = decimal(quantity: text.dropLast()) else { return nil }
    return percent <= 100 ? percent / 100 : nil
}

/// A number in digits, perhaps with a point among them: `3`, `0.5`; nil for anything else.
func decimal(quantity text: some StringProtocol) -> Double? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let areDigits = parts.allSatisfy {
        !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    return areDigits && parts.count <= 2 && text.utf8.count <= 32 ? Double(text) : nil
}

/// The whole number before the first unit that ends the text, and that unit's scale.
private func quantity(_ text: String, _ units: [(String, Int64)]) -> (Int64, Int64)? {
    for (unit, scale) in units where text.hasSuffix(unit) {
        let digits = text.dropLast(unit.count)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            continue
        }
        return Int64(digits).map { ($0, scale) }
    }
    return nil
}
