// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// What the router knows of the world when it decides: one immutable value, read once.
package struct FleetSnapshot: Sendable {
    /// The names of `models:` in the configuration.
    package var routes: [String: Route]
    /// The ids of the providers that can be called.
    package var providers: Set<String>
    /// Providers that exist but cannot be called, with what to do about it.
    package var unavailable: [String: String]
    /// Catalogue models by their bare name: which configured provider serves them.
    package var homes: [String: String]

    package init(
        routes: [String: Route], providers: Set<String>, unavailable: [String: String] = [:],
        homes: [String: String] = [:]
    ) {
        self.routes = routes
        self.providers = providers
        self.unavailable = unavailable
        self.homes = homes
    }
}

/// Where a call may go, in order, and where not.
package struct RouteDecision: Sendable, Equatable {
    /// The route that the name stands for, or nil where the name is a target itself.
    package var route: String?
    /// Never empty; the first is tried first.
    package var candidates: [Target]
    /// Targets of the route that cannot be called, each with the reason.
    package var excluded: [Exclusion]

    /// A target that was passed over.
    package struct Exclusion: Sendable, Equatable {
        package var target: Target
        package var reason: String
    }
}

/// Chooses the targets of a call.
package enum Router {
    /// The longest model name that is looked up. Units: bytes.
    static let longestName = 256

    /// The candidates for a model name, in this order of meaning: a name of `models:`, then
    /// `provider/model`, then a bare name that the catalogue knows.
    ///
    /// Throws: a 404 `model_not_found` that says why, a 400 for a name that cannot be one, a 503
    /// `no_target` for a route of which no target can be called.
    package static func decide(
        model name: String, among fleet: FleetSnapshot
    ) throws(APIError) -> RouteDecision {
        guard isPlausible(name) else {
            throw .invalid(
                "model", "model is not a name: 1 to \(longestName) printable characters.")
        }
        if let route = fleet.routes[name] { return try decide(route, among: fleet) }
        if let target = Target(name) {
            if let reason = obstacle(to: target, in: fleet) { throw notFound(name, reason) }
            return RouteDecision(route: nil, candidates: [target], excluded: [])
        }
        if let home = fleet.homes[name] {
            let target = Target(provider: home, model: name)
            return RouteDecision(route: nil, candidates: [target], excluded: [])
        }
        throw notFound(name, "No route and no configured provider has it.")
    }

    private static func decide(
        _ route: Route, among fleet: FleetSnapshot
    ) throws(APIError) -> RouteDecision {
        var decision = RouteDecision(route: route.name, candidates: [], excluded: [])
        for target in route.targets {
            if let reason = obstacle(to: target, in: fleet) {
                decision.excluded.append(.init(target: target, reason: reason))
            } else {
                decision.candidates.append(target)
            }
        }
        guard !decision.candidates.isEmpty else {
            let reasons = decision.excluded.map { "\($0.target): \($0.reason)" }
            throw APIError(
                status: 503, kind: .server, code: "no_target",
                message: "No target of '\(route.name)' can be called. "
                    + reasons.joined(separator: " "))
        }
        return decision
    }

    private static func obstacle(to target: Target, in fleet: FleetSnapshot) -> String? {
        if fleet.providers.contains(target.provider) { return nil }
        return fleet.unavailable[target.provider]
            ?? "There is no provider '\(target.provider)'."
    }

    private static func notFound(_ name: String, _ reason: String) -> APIError {
        APIError(
            status: 404, kind: .invalidRequest, code: "model_not_found", parameter: "model",
            message: "The model '\(name)' is not known here. \(reason) "
                + "Use provider/model, or a name that GET /v1/models lists.")
    }

    /// Printable, of sane length: the name comes back in messages, headers and the ledger.
    private static func isPlausible(_ name: String) -> Bool {
        let bytes = name.utf8
        guard !bytes.isEmpty, bytes.count <= longestName else { return false }
        return bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
