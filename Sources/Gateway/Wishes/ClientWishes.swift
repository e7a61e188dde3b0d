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
    /// The name to look up: the request's, without `:floor` or `:nitro` where the gateway reads it.
    package var model: String
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
        model = chat.model
        try read(fields)
        areForProvider = configuration.leavesRouting(of: chat)
        if !areForProvider {
            readSuffix(in: configuration)
            if !chat.routingMembers.isEmpty { try readMembers(of: chat) }
        }
        isStrict = isStrict || configuration.isStrict
        if isStrict { try refuseUnheeded() }
    }

    private mutating func readSuffix(in configuration: GatewayConfiguration) {
        guard let suffix = SortSuffix(of: model), configuration.routes[model] == nil else { return }
        model = suffix.name
        routing.sort = suffix.sort
    }

    private func refuseUnheeded() throws(APIError) {
        guard let first = unheeded.first else { return }
        throw .unsupported(
            first, "This gateway does not act on \(first), and strict mode drops nothing.")
    }
}

/// A name that ends in a word about what to sort by. Source: OpenRouter's docs, model variants.
struct SortSuffix: Equatable {
    var name: String
    /// The word with its colon.
    var text: String
    var sort: RoutingPreferences.Sort

    private static let all: [(text: String, sort: RoutingPreferences.Sort)] = [
        (":floor", .price), (":nitro", .throughput),
    ]

    /// The name and its suffix; nil where it has none of the two.
    init?(of model: String) {
        guard let suffix = Self.all.first(where: { model.hasSuffix($0.text) }),
            model != suffix.text
        else { return nil }
        name = String(model.dropLast(suffix.text.count))
        (text, sort) = suffix
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
