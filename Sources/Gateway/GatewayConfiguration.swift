// SPDX-License-Identifier: Apache-2.0
package import Accounting
package import Providers
package import Routing
package import Wire

/// All that the gateway needs to know to serve a call: one immutable value, swapped whole.
///
/// A call keeps the value it began with, so a reload never changes a running call.
package struct GatewayConfiguration: Sendable {
    /// By id, as in `provider/model`.
    package var providers: [String: Provider] = [:] {
        didSet { fleet.providers = Set(providers.keys) }
    }
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
}

/// A vendor that is set up: where it is reached and with what.
///
/// An object, as every call holds the one that it is sent to.
package final class Provider: Sendable {
    /// The name in the configuration and in `provider/model`.
    package let id: String
    package let vendor: Vendor
    /// What the vendor speaks.
    package let dialect: any ChatDialect
    package let endpoint: Endpoint
    /// Nil where the server wants no key.
    package let credential: Secret?
    /// How requests are signed, where no key is sent.
    package let signing: RequestSigning?
    package let limits: TransferLimits

    /// Sets up a vendor whose dialect this version speaks.
    package init(
        id: String, vendor: Vendor, endpoint: Endpoint, credential: Secret? = nil,
        signing: RequestSigning? = nil, limits: TransferLimits = TransferLimits()
    ) {
        guard let dialect = ChatDialects.dialect(vendor.dialect) else {
            preconditionFailure("\(vendor.dialect) is known by name only")
        }
        self.dialect = dialect
        self.id = id
        self.vendor = vendor
        self.endpoint = endpoint
        self.credential = credential
        self.signing = signing
        self.limits = limits
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
