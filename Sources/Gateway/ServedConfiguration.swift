// SPDX-License-Identifier: Apache-2.0

/// A configuration while it is served, with the names, prices and facts that were looked up in it and
/// the tokens that were got for it.
///
/// One object, so that a call holds it by one reference count; the value itself has a dozen.
/// Isolation: the shard.
final class ServedConfiguration {
    let values: GatewayConfiguration
    let prices: PriceCache
    let router: CallRouter
    let tokens: TokenCache

    init(_ values: GatewayConfiguration, tokens: TokenCache, fleet: Fleet) {
        self.values = values
        self.tokens = tokens
        prices = PriceCache(values)
        router = CallRouter(values, prices: prices, fleet: fleet)
    }
}
