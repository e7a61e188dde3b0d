// SPDX-License-Identifier: Apache-2.0
package import Accounting
import Providers
package import Routing

extension TargetFacts {
    /// What the catalogue's row says of a model; without a row, nothing is known.
    ///
    /// Prices are those of the standard tier and of short inputs. A row without capabilities does
    /// not tell them.
    ///
    /// - Parameter today: days since 1970-01-01, UTC. A model is retired from the day after its
    ///   vendor's shutdown date: on that day itself it may still answer.
    package init(_ row: ModelRow?, today: Int64) {
        self.init()
        guard let row else { return }
        capabilities = row.capabilities.isEmpty ? nil : Capabilities(names: row.capabilities)
        contextTokens = row.contextTokens
        let prices = row.prices.standard.prices
        inputPrice = prices.input?.rawValue
        outputPrice = prices.output?.rawValue
        if let fresh = prices.input, let cached = prices.cacheRead {
            hasCheaperCacheReads = cached < fresh
        }
        if let date = row.retiresOn, date < CivilTime(dayNumber: today).dayText {
            retiredOn = date
        }
    }
}

extension GatewayConfiguration {
    /// What the catalogue and the operator say of a target.
    package func facts(of target: Target, today: Int64) -> TargetFacts {
        var facts = TargetFacts(row(of: target), today: today)
        facts.deniesDataCollection = deniesDataCollection.contains(target.provider)
        if let declaration = declarations[target] {
            facts.capabilities = declaration.capabilities ?? facts.capabilities
            facts.contextTokens = declaration.contextTokens ?? facts.contextTokens
        }
        return facts
    }

    /// The catalogue's row of a target's model; nil where it has none, and where the provider is
    /// not the vendor whose rows would hold.
    package func row(of target: Target) -> ModelRow? {
        catalogueID(of: target).flatMap { prices.row(provider: $0, model: target.model) }
    }

    /// The provider in the catalogue whose rows hold for a target's model.
    func catalogueID(of target: Target) -> String? {
        providers[target.provider]?.vendor.catalogueID
    }
}

/// The facts of the targets that were asked for, kept for a day: a look-up parses a row.
///
/// Isolation: the shard. Lives as long as the configuration that it reads.
final class FactsCache {
    private let configuration: GatewayConfiguration
    private var kept = TargetCache<TargetFacts>()
    private var day: Int64 = 0

    init(_ configuration: GatewayConfiguration) { self.configuration = configuration }

    /// - Parameter today: days since 1970-01-01, UTC.
    func facts(of target: Target, today: Int64) -> TargetFacts {
        if today != day {
            day = today
            kept = TargetCache()
        }
        return kept.value(of: target) { configuration.facts(of: target, today: today) }
    }
}
