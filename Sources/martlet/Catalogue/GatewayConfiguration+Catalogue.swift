// SPDX-License-Identifier: Apache-2.0
package import Accounting
package import ChatAPI
package import Gateway
package import Providers

extension GatewayConfiguration {
    /// Adds what the built-in catalogue knows of the providers that are set up, and of those that
    /// are not: prices, names for `/v1/models`, bare names, and what to do about the others.
    package mutating func complete(prices: PriceBook, vendors: VendorTable) {
        self.prices = prices
        var idsByVendor: [String: [String]] = [:]
        for provider in providers.values.sorted(by: { $0.id < $1.id }) {
            idsByVendor[provider.vendor.id, default: []].append(provider.id)
        }
        var names: [String] = []
        homes = [:]
        // The makers of models stand before those who resell them, so the first in the table wins.
        for vendor in vendors.vendors {
            guard let ids = idsByVendor[vendor.id], let first = ids.first else { continue }
            for row in prices.rows(of: vendor.id) {
                guard let operation = row.operation,
                    providers[first]?.dialect(for: operation) != nil
                else { continue }
                names += ids.map { "\($0)/\(row.model)" }
                if !row.model.contains("/"), homes[row.model] == nil { homes[row.model] = first }
            }
        }
        modelNames = routes.keys.sorted() + names.sorted()
        unavailable = Dictionary(
            uniqueKeysWithValues: vendors.vendors.filter { providers[$0.id] == nil }
                .map { ($0.id, $0.obstacle) })
    }
}

extension ModelRow {
    /// What the model can be asked for here; nil where this version has no such operation.
    package var operation: CallOperation? {
        switch mode {
        case "chat": .chat
        case "completion": .completions
        case "embedding": .embeddings
        default: nil
        }
    }
}

extension Vendor {
    /// Why the vendor cannot be called where it is not set up, and what to do about it.
    fileprivate var obstacle: String {
        guard dialect.isImplemented else {
            return "This version does not speak the \(dialect.rawValue) dialect of \(name)."
        }
        guard !keyVariables.isEmpty else { return "\(name) is not set up: add it to providers." }
        return "\(name) is not set up: set \(keyVariables.joined(separator: " or "))."
    }
}
