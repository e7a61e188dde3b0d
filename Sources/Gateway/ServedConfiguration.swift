// SPDX-License-Identifier: Apache-2.0

/// A configuration while it is served, with the prices that were looked up in it.
///
/// One object, so that a call holds it by one reference count; the value itself has a dozen.
/// Isolation: the shard.
final class ServedConfiguration {
    let values: GatewayConfiguration
    let prices: PriceCache

    init(_ values: GatewayConfiguration) {
        self.values = values
        prices = PriceCache(values.prices)
    }
}
