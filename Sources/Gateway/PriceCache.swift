// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Routing

/// The prices of the targets that were called, kept: a look-up in the book parses a row.
///
/// Isolation: the shard. Lives as long as the configuration whose book it reads.
final class PriceCache {
    private let book: PriceBook
    private var kept: [Target: ModelPrices?] = [:]

    /// Model names come from clients, so that their number has a bound.
    private static let maximumCount = 4_096

    init(_ book: PriceBook) { self.book = book }

    var version: String { book.version }

    /// What a usage costs at a target; `unknown` where it has no price.
    func cost(of usage: Usage, at target: Target, serviceTier: String?) -> Cost {
        guard let prices = prices(of: target) else { return .unknown }
        return prices.cost(of: usage, serviceTier: serviceTier)
    }

    /// Whether a target has prices.
    func knows(_ target: Target) -> Bool { prices(of: target) != nil }

    private func prices(of target: Target) -> ModelPrices? {
        if let known = kept[target] { return known }
        if kept.count >= Self.maximumCount { kept.removeAll(keepingCapacity: true) }
        let prices = book.prices(provider: target.provider, model: target.model)
        kept[target] = .some(prices)
        return prices
    }
}
