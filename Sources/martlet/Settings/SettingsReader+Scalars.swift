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
        read(
            node, what, as: "a length of time above zero",
            hint: "write a number and a unit: 500ms, 15s, 2m, 1h"
        ) { text in Duration(quantity: text).flatMap { $0 > .zero ? $0 : nil } }
    }

    /// A length of time above zero, or `off`, which is nil within.
    mutating func readDurationOrOff(_ node: YAMLNode, _ what: String) -> Duration?? {
        if node.text == "off" { return .some(nil) }
        return readDuration(node, what)
    }

    /// A share of a whole: `0.2` for `20%`.
    mutating func readShare(_ node: YAMLNode, _ what: String) -> Double? {
        read(
            node, what, as: "a share from 0% to 100%",
            hint: "write a number and a percent sign: 20%, 2.5%", share(quantity:))
    }

    /// A number above zero: `3`, `0.5`.
    mutating func readWeight(_ node: YAMLNode, _ what: String) -> Double? {
        read(
            node, what, as: "a number above 0 and up to 1000000", hint: "write 3, 0.5 or the like"
        ) { text in
            decimal(quantity: text).flatMap { $0 > 0 && $0 <= 1_000_000 ? $0 : nil }
        }
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
        read(
            node, what, as: "a number of tokens", hint: "write 8192, 128k or 1M",
            tokenCount(quantity:))
    }

    /// What a text stands for, or nil after having said what it should have been.
    private mutating func read<Value>(
        _ node: YAMLNode, _ what: String, as kind: String, hint: String,
        _ parse: (String) -> Value?
    ) -> Value? {
        guard let text = readText(node, what) else { return nil }
        if let value = parse(text) { return value }
        fail(node, "\(what) must be \(kind), not \"\(text)\"", hint: hint)
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
