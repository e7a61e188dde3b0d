// SPDX-License-Identifier: Apache-2.0

extension SettingsReader {
    /// `true` or `false`.
    mutating func readFlag(_ node: YAMLNode, _ what: String) -> Bool? {
        switch readText(node, what) {
        case nil: return nil
        case "true": return true
        case "false": return false
        case let text?:
            fail(node, "\(what) must be true or false, not \"\(text)\"")
            return nil
        }
    }

    /// A whole number in `range`.
    mutating func readInteger(_ node: YAMLNode, _ what: String, in range: ClosedRange<Int>) -> Int?
    {
        guard let text = readText(node, what) else { return nil }
        if let number = Int(text), range.contains(number) { return number }
        fail(
            node,
            "\(what) must be a whole number from \(range.lowerBound) to \(range.upperBound), "
                + "not \"\(text)\"")
        return nil
    }

    /// A length of time above zero.
    mutating func readDuration(_ node: YAMLNode, _ what: String) -> Duration? {
        guard let text = readText(node, what) else { return nil }
        if let duration = Duration(quantity: text), duration > .zero { return duration }
        fail(
            node, "\(what) must be a length of time above zero, not \"\(text)\"",
            hint: "write a number and a unit: 500ms, 15s, 2m, 1h")
        return nil
    }

    /// A length of time above zero, or `off`, which is nil within.
    mutating func readDurationOrOff(_ node: YAMLNode, _ what: String) -> Duration?? {
        if node.text == "off" { return .some(nil) }
        return readDuration(node, what)
    }

    /// A share of a whole: `0.2` for `20%`.
    mutating func readShare(_ node: YAMLNode, _ what: String) -> Double? {
        guard let text = readText(node, what) else { return nil }
        if let share = share(quantity: text) { return share }
        fail(
            node, "\(what) must be a share from 0% to 100%, not \"\(text)\"",
            hint: "write a number and a percent sign: 20%, 2.5%")
        return nil
    }

    /// A number above zero: `3`, `0.5`.
    mutating func readWeight(_ node: YAMLNode, _ what: String) -> Double? {
        guard let text = readText(node, what) else { return nil }
        if let weight = decimal(quantity: text), weight > 0, weight <= 1_000_000 { return weight }
        fail(
            node, "\(what) must be a number above 0 and up to 1000000, not \"\(text)\"",
            hint: "write 3, 0.5 or the like")
        return nil
    }

    /// A number of bytes in `range`.
    mutating func readByteCount(_ node: YAMLNode, _ what: String, in range: ClosedRange<Int>)
        -> Int?
    {
        guard let text = readText(node, what) else { return nil }
        guard let count = byteCount(quantity: text) else {
            fail(
                node, "\(what) must be a number of bytes, not \"\(text)\"",
                hint: "write a number and a unit: 64KiB, 32MB")
            return nil
        }
        if range.contains(count) { return count }
        fail(node, "\(what) must be from \(range.lowerBound) to \(range.upperBound) bytes")
        return nil
    }

    /// A number of tokens.
    mutating func readTokenCount(_ node: YAMLNode, _ what: String) -> Int? {
        guard let text = readText(node, what) else { return nil }
        if let count = tokenCount(quantity: text) { return count }
        fail(
            node, "\(what) must be a number of tokens, not \"\(text)\"",
            hint: "write 8192, 128k or 1M")
        return nil
    }

    /// One of the names of a closed set.
    mutating func readChoice<Choice: RawRepresentable & CaseIterable>(
        _ node: YAMLNode, _ what: String, as type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        guard let text = readText(node, what) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        let hint =
            suggestion(for: text, among: names)
            ?? "write one of \(names.joined(separator: ", "))"
        fail(node, "\(what) cannot be \"\(text)\"", hint: hint)
        return nil
    }

    /// A list, or one element that stands for a list of one.
    func elements(of node: YAMLNode) -> [YAMLNode] {
        node.list ?? [node]
    }
}
