// SPDX-License-Identifier: Apache-2.0
package import Accounting
package import Providers
package import Routing

/// All that the gateway needs to know to serve a call: one immutable value, swapped whole.
///
/// A call keeps the value it began with, so a reload never changes a running call.
package struct GatewayConfiguration: Sendable {
    /// By id, as in `provider/model`.
    package var providers: [String: Provider] = [:] {
        didSet {
            fleet.providers = Set(providers.keys)
            fleet.vendors = providers.mapValues(\.vendor.id)
            fleet.knowsPreferences = Set(
                providers.filter { $0.value.vendor.quirks.routingPreferences == .passed }.keys)
        }
    }
    /// What a provider is with its second credential, with its third …; the id is the same.
    package var spares: [String: [Provider]] = [:] {
        didSet { fleet.credentialCounts = spares.mapValues { $0.count + 1 } }
    }
    /// The providers of which the operator says that they keep nothing of a call for training.
    package var deniesDataCollection: Set<String> = []
    /// What the operator says of models, in the place of what the catalogue does.
    package var declarations: [Target: TargetDeclaration] = [:]
    /// By name.
    package var routes: [String: Route] {
        get { fleet.routes }
        set { fleet.routes = newValue }
    }
    /// Providers that cannot be called, with what to do about it: `Set ANTHROPIC_API_KEY.`
    package var unavailable: [String: String] {
        get { fleet.unavailable }
        set { fleet.unavailable = newValue }
    }
    /// Models of the catalogue by their bare name: the configured provider that serves them.
    package var homes: [String: String] {
        get { fleet.homes }
        set { fleet.homes = newValue }
    }
    /// The same as the router sees it.
    package private(set) var fleet = FleetSnapshot(routes: [:], providers: [])
    /// How hard a call is tried whose name is a target itself. Routes have a policy of their own.
    package var defaultPolicy: RoutePolicy {
        get { fleet.policy }
        set { fleet.policy = newValue }
    }
    /// When a target is left alone for a while, and for how long.
    package var breaker = BreakerPolicy()
    /// What happens to calls of models that their vendor has shut down.
    package var onRetired: RetiredPolicy {
        get { fleet.onRetired }
        set { fleet.onRetired = newValue }
    }
    /// Under `redirect`: what is called in the place of a retired model. Free of circles.
    package var replacements: [Target: Target] {
        get { fleet.replacements }
        set { fleet.replacements = newValue }
    }
    /// How often each provider is asked for its list of models, which costs nothing, to learn
    /// whether it is up; nil for never.
    package var probeInterval: Duration?
    /// What models cost.
    package var prices = PriceBook()
    /// Whether a parameter that cannot be passed on is a 400 instead of being dropped and said.
    package var isStrict = false
    /// Silence after which a streaming client is sent a comment.
    package var keepaliveInterval: Duration = .seconds(15)
    /// What happens to calls while the ledger cannot be written.
    package var onLedgerFailure: LedgerFailurePolicy = .serve
    /// What happens to calls of a model without a price.
    package var unpriced: UnpricedPolicy = .allow
    /// The longest request body, in bytes, after decompression.
    package var maximumBodyBytes = 32 * 1024 * 1024
    /// A short hash of what was read, for logs: which configuration served a call.
    package var version = ""
    /// The names for `/v1/models`, sorted: routes, then `provider/model` of known models.
    package var modelNames: [String] = []

    /// A configuration without providers: every call is answered with an unknown model.
    package init() {}

    /// A provider once for each of its credentials, in their order; empty where there is none.
    package func callableProviders(of id: String) -> [Provider] {
        guard let first = providers[id] else { return [] }
        return [first] + (spares[id] ?? [])
    }

    /// The provider with the candidate's credential, or nil where there is none.
    package func provider(of candidate: Candidate) -> Provider? {
        let id = candidate.target.provider
        if candidate.credential == 0 { return providers[id] }
        guard let spares = spares[id], spares.indices.contains(candidate.credential - 1) else {
            return nil
        }
        return spares[candidate.credential - 1]
    }
}

extension GatewayConfiguration {
    /// What the fleet has to know: the targets are those that the settings name.
    package var fleetPlan: Fleet.Plan {
        var targets = Set(replacements.values)
        for route in routes.values {
            targets.formUnion(route.targets)
            targets.formUnion(route.policy.contextFallbacks)
            targets.formUnion(route.policy.filterFallbacks)
        }
        return Fleet.Plan(
            credentials: providers.keys.reduce(into: [:]) {
                $0[$1] = callableProviders(of: $1).count
            },
            targets: targets, breaker: breaker)
    }
}

/// What the operator says of a model; nil is what the catalogue says.
package struct TargetDeclaration: Sendable, Equatable {
    package var capabilities: Capabilities?
    package var contextTokens: Int?

    package init(capabilities: Capabilities? = nil, contextTokens: Int? = nil) {
        self.capabilities = capabilities
        self.contextTokens = contextTokens
    }
}

/// What happens to calls while the ledger cannot be written.
package enum LedgerFailurePolicy: String, Sendable, CaseIterable {
    /// They are served, and the log says that they are not recorded.
    case serve
    /// They are answered with a 503.
    case refuse
}

/// What happens to calls of a model whose price is not known.
package enum UnpricedPolicy: String, Sendable, CaseIterable {
    /// They are served, and their cost is `unknown`.
    case allow
    /// They are answered with a 400 that says so.
    case refuse
}
