// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Providers
import Routing

/// A configuration while it is served, with the prices that were looked up in it and the tokens that
/// were got for it.
///
/// One object, so that a call holds it by one reference count; the value itself has a dozen.
/// Isolation: the shard.
final class ServedConfiguration {
    let values: GatewayConfiguration
    let prices: PriceCache
    let tokens: TokenCache

    init(_ values: GatewayConfiguration, tokens: TokenCache) {
        self.values = values
        self.tokens = tokens
        prices = PriceCache(values.prices)
    }

    /// The candidates whose provider has the operation, in their order.
    ///
    /// Throws: a 404 `unsupported_endpoint` that says which to use, where none is left.
    func able(
        _ candidates: [Target], for operation: CallOperation
    ) throws(APIError) -> [Target] {
        // All providers have chat.
        if operation == .chat { return candidates }
        let able = candidates.filter {
            values.providers[$0.provider]?.dialect(for: operation) != nil
        }
        guard able.isEmpty else { return able }
        let names = candidates.map(\.description).joined(separator: ", ")
        let advice =
            operation == .completions
            ? "Use POST /v1/chat/completions." : "Use a model of a provider that has embeddings."
        throw APIError(
            status: 404, kind: .invalidRequest, code: "unsupported_endpoint", parameter: "model",
            message: "\(names) cannot be called by POST /v1\(operation.path). \(advice)")
    }

    /// The candidates that the policy about unpriced models lets a call go to, in their order.
    ///
    /// Throws: a 400 `unpriced_model` where none is left.
    func affordable(_ candidates: [Target]) throws(APIError) -> [Target] {
        guard values.unpriced == .refuse else { return candidates }
        let priced = candidates.filter { prices.knows($0) }
        guard priced.isEmpty else { return priced }
        let names = candidates.map(\.description).joined(separator: ", ")
        throw .invalid(
            "model", code: "unpriced_model",
            "The price of \(names) is not known, and this gateway is set to refuse calls that it "
                + "cannot price (unpriced: refuse). `martlet models` lists the prices it knows.")
    }
}
