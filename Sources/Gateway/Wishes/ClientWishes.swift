// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import JSON
import Providers
package import Routing
package import Wire

/// What a client says of how its call is to be served: in the body by OpenRouter's words, in header
/// fields by ours.
///
/// Rules:
///  1. What is said is acted on, refused by name, or named as dropped: never passed over in silence.
///  2. One party routes by `models`, `provider` and `route`: the provider, where the call names a
///     model there directly and the provider knows these words; else the gateway.
package struct ClientWishes: Sendable, Equatable {
    package var routing = RoutingPreferences()
    /// Whether nothing may be dropped, by the client's wish or the operator's.
    package var isStrict = false
    /// What was said and is not acted on, by its path: `provider.quantizations`.
    package var unheeded: [String] = []
    /// Whether the body's words about routing are meant for the provider.
    package var areForProvider = false

    /// Throws: a 400 that names what cannot be meant.
    package init(
        of chat: ChatRequest, fields: HTTPFields, in configuration: GatewayConfiguration
    ) throws(APIError) {
        try read(fields)
        if !chat.routingMembers.isEmpty {
            areForProvider = configuration.leavesRouting(of: chat)
            if !areForProvider { try readMembers(of: chat, in: configuration) }
        }
        isStrict = isStrict || configuration.isStrict
        if isStrict { try refuseUnheeded() }
    }

    private func refuseUnheeded() throws(APIError) {
        guard let first = unheeded.first else { return }
        throw .unsupported(
            first, "This gateway does not act on \(first), and strict mode drops nothing.")
    }
}

extension GatewayConfiguration {
    /// Whether a request names a model directly at a provider that routes by the same words.
    ///
    /// Without `model`, the names of `models` are those of the gateway.
    fileprivate func leavesRouting(of chat: ChatRequest) -> Bool {
        guard routes[chat.model] == nil,
            let provider = Target(chat.model)?.provider ?? homes[chat.model],
            providers[provider]?.vendor.quirks.routingPreferences == .passed
        else { return false }
        return chat.outline["model", in: chat.body.span]?.kind == .string
    }
}
