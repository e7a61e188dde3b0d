// SPDX-License-Identifier: Apache-2.0
package import Accounting
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
        let ranks = Dictionary(
            uniqueKeysWithValues: vendors.vendors.enumerated().map { ($1.id, $0) })
        var names: [String] = []
        var homes: [String: (provider: String, rank: Int)] = [:]
        for row in prices.rows() where row.mode == "chat" {
            guard let ids = idsByVendor[row.provider], let first = ids.first else { continue }
            names += ids.map { "\($0)/\(row.model)" }
            // The vendors' own rows come before those of resellers, so the first in the table wins.
            let rank = ranks[row.provider] ?? .max
            if !row.model.contains("/"), rank < homes[row.model]?.rank ?? .max {
                homes[row.model] = (first, rank)
            }
        }
        self.homes = homes.mapValues(\.provider)
        modelNames = routes.keys.sorted() + names.sorted()
        unavailable = Dictionary(
            uniqueKeysWithValues: vendors.vendors.filter { providers[$0.id] == nil }
                .map { ($0.id, $0.obstacle) })
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
