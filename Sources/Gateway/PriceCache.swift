// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Routing

/// The prices of the targets that were called, kept: a look-up in the book parses a row.
///
/// Isolation: the shard. Lives as long as the configuration whose book it reads.
final class PriceCache {
    private let configuration: GatewayConfiguration
    private var kept = TargetCache<ModelPrices?>()

    init(_ configuration: GatewayConfiguration) { self.configuration = configuration }

    var version: String { configuration.prices.version }

    /// What a usage costs at a target; `unknown` where it has no price.
    func cost(of usage: Usage, at target: Target, serviceTier: String?) -> Cost {
        guard let prices = prices(of: target) else { return .unknown }
        return prices.cost(of: usage, serviceTier: serviceTier)
    }

    /// Whether a target has prices.
    func knows(_ target: Target) -> Bool { prices(of: target) != nil }

    private func prices(of target: Target) -> ModelPrices? {
        kept.value(of: target) {
            configuration.catalogueID(of: target).flatMap {
                configuration.prices.prices(provider: $0, model: target.model)
            }
        }
    }
}
