// SPDX-License-Identifier: Apache-2.0
import JSON

// Walks nodes instead of asking for members by name: once for each call that is priced, this is
// half the time of a walk over `JSONValue`s.

extension ModelPrices {
    /// The prices in one line of `Config/models.jsonl`, or nil where it is none.
    init?(parsing line: Span<UInt8>) {
        guard let document = try? JSONDocument(parsing: line) else { return nil }
        self.init(document)
    }

    /// The prices of a row. nil where any of them is not as documented: half a sheet is none.
    init?(_ row: JSONDocument) {
        self.init(standard: PriceSheet(prices: TokenPrices()))
        var isOfVectors = false
        var member = row.firstChild(of: row.root)
        while let value = member {
            let key = row.key(of: value)
            let isRead =
                if row.isString(key, "prices") {
                    standard.read(row, value)
                } else if row.isString(key, "service_tiers") {
                    readServiceTiers(row, value)
                } else if row.isString(key, "per_unit") {
                    readUnits(row, value)
                } else if row.isString(key, "per_web_search") {
                    readWebSearch(row, value)
                } else {
                    true
                }
            guard isRead else { return nil }
            if row.isString(key, "mode") { isOfVectors = row.isString(value, "embedding") }
            member = row.nextSibling(of: value)
        }
        isBilledByCharacter = isOfVectors && units.contains { $0.unit == Self.character }
    }

    private mutating func readServiceTiers(_ row: JSONDocument, _ tiers: JSONDocument.Node) -> Bool
    {
        for value in row.children(of: tiers) {
            var sheet = PriceSheet(prices: TokenPrices())
            guard let name = row.string(row.key(of: value)), sheet.read(row, value) else {
                return false
            }
            serviceTiers.append((name, sheet))
        }
        return true
    }

    private mutating func readUnits(_ row: JSONDocument, _ units: JSONDocument.Node) -> Bool {
        for value in row.children(of: units) {
            guard let unit = row.string(row.key(of: value)), let price = row.string(value) else {
                return false
            }
            self.units.append(UnitPrice(unit: unit, decimalText: price))
        }
        return true
    }

    private mutating func readWebSearch(_ row: JSONDocument, _ node: JSONDocument.Node) -> Bool {
        func price(_ node: JSONDocument.Node?) -> Picodollars? {
            row.string(node).flatMap { Picodollars(decimalText: $0) }
        }
        if let single = price(node) {
            webSearch = WebSearchPrices(low: single, medium: single, high: single)
            return true
        }
        guard let low = price(row.member("low", of: node)),
            let medium = price(row.member("medium", of: node)),
            let high = price(row.member("high", of: node))
        else { return false }
        webSearch = WebSearchPrices(low: low, medium: medium, high: high)
        return true
    }
}

extension PriceSheet {
    /// Reads a sheet; false where it is not as documented.
    fileprivate mutating func read(_ row: JSONDocument, _ node: JSONDocument.Node) -> Bool {
        guard prices.read(row, node, except: "long_input") else { return false }
        guard let steps = row.member("long_input", of: node) else { return true }
        for step in row.children(of: steps) {
            var prices = TokenPrices()
            let bound = row.integer(row.member("above_input_tokens", of: step))
            guard let bound, prices.read(row, step, except: "above_input_tokens") else {
                return false
            }
            longInputs.append(LongInput(aboveInputTokens: bound, prices: prices))
        }
        return true
    }
}

extension TokenPrices {
    /// Reads the prices in an object; false where a member but `other` is no known price.
    fileprivate mutating func read(
        _ row: JSONDocument, _ node: JSONDocument.Node, except other: String
    ) -> Bool {
        var member = row.firstChild(of: node)
        while let value = member {
            let key = row.key(of: value)
            if !row.isString(key, other) {
                guard let name = row.string(key), let text = row.string(value),
                    let price = Picodollars(perMillionTokens: text), set(name, to: price)
                else { return false }
            }
            member = row.nextSibling(of: value)
        }
        return true
    }
}
