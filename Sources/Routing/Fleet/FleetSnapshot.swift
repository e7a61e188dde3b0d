// SPDX-License-Identifier: Apache-2.0

/// What the router knows of the world whatever is called: one immutable value, read once.
package struct FleetSnapshot: Sendable {
    /// The names of `models:` in the configuration.
    package var routes: [String: Route]
    /// The ids of the providers that can be called.
    package var providers: Set<String>
    /// Providers that exist but cannot be called, with what to do about it.
    package var unavailable: [String: String]
    /// Catalogue models by their bare name: which configured provider serves them.
    package var homes: [String: String]
    /// The vendor behind a provider's id, by which clients may name it, too.
    package var vendors: [String: String] = [:]
    /// How many credentials a provider has; 1 where nothing is said.
    package var credentialCounts: [String: Int] = [:]
    /// Providers that understand `:floor` and `:nitro` themselves: a name goes to them whole.
    package var knowsPreferences: Set<String> = []
    /// How hard a call is tried whose name is a target itself.
    package var policy = RoutePolicy()
    package var onRetired = RetiredPolicy.warn
    /// Under `redirect`: what is called in the place of a retired model.
    package var replacements: [Target: Target] = [:]

    package init(
        routes: [String: Route], providers: Set<String>, unavailable: [String: String] = [:],
        homes: [String: String] = [:]
    ) {
        self.routes = routes
        self.providers = providers
        self.unavailable = unavailable
        self.homes = homes
    }

    /// Why a target cannot be called at all, or nil where it can.
    func hindrance(to target: Target) -> String? {
        if providers.contains(target.provider) { return nil }
        return unavailable[target.provider] ?? "There is no provider '\(target.provider)'."
    }
}
