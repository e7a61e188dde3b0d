// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// Chooses the targets of a call, in two steps: what a name stands for, which changes only with
/// the configuration, and where a call of that name goes now.
package enum Router {
    /// The longest model name that is looked up. Units: bytes.
    static let longestName = 256

    /// What a model name stands for, in this order of meaning: a name of `models:`, then
    /// `provider/model`, then a bare name that the catalogue knows; each of the same without its
    /// suffix, `:floor` or `:nitro`, where it does not stand for anything with it.
    ///
    /// Of the preferences, `models` matters and nothing else.
    ///
    /// Throws: a 404 `model_not_found` that says why, a 400 for a name that cannot be one, a 503
    /// `no_target` where no target of the name is configured.
    package static func resolve(
        model name: String, preferences: RoutingPreferences = RoutingPreferences(),
        among fleet: FleetSnapshot
    ) throws(APIError) -> ResolvedModel {
        let isAlone = preferences.models.isEmpty
        let first = try ModelName(name, parameter: "model")
        var meanings = [try first.meaning(in: fleet, isAlone: isAlone)]
        for (index, name) in preferences.models.enumerated() {
            let other = try ModelName(name, parameter: "models[\(index)]")
            meanings.append(try other.meaning(in: fleet, isAlone: isAlone))
        }
        var builder = ResolvedModelBuilder(fleet: fleet, meanings: meanings)
        guard let resolved = builder.resolved(name) else {
            throw Refusal(of: name, builder.missing, now: .zero).error
        }
        return resolved
    }
}

/// What a name that a client may call stands for.
struct ModelMeaning {
    enum Choice {
        case route(Route)
        case target(Target)
    }
    var choice: Choice
    var sort: RoutingPreferences.Sort?

    /// All targets that have a place of their own.
    var targets: [Target] {
        switch choice {
        case .route(let route): route.targets
        case .target(let target): [target]
        }
    }
}

/// A name as a client wrote it.
struct ModelName {
    private let text: String
    private let parameter: String

    /// Throws: a 400 where the text cannot be a name.
    init(_ text: String, parameter: String) throws(APIError) {
        self.text = text
        self.parameter = parameter
        // Printable, of sane length: the name comes back in messages, headers and the ledger.
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= Router.longestName,
            bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else {
            throw .invalid(
                parameter,
                "\(parameter) is not a name: 1 to \(Router.longestName) printable characters.")
        }
    }

    /// Throws: a 404 where the name stands for nothing, or for a target of a provider that there is
    /// not; where the call knows no other name, also for one whose provider cannot be called.
    func meaning(
        in fleet: FleetSnapshot, isAlone: Bool
    ) throws(APIError) -> ModelMeaning {
        guard let meaning = strippedMeaning(in: fleet) ?? meaning(of: text, in: fleet) else {
            throw notFound("No route and no configured provider has it.")
        }
        if case .target(let target) = meaning.choice, let reason = fleet.hindrance(to: target),
            isAlone || fleet.unavailable[target.provider] == nil
        {
            throw notFound(reason)
        }
        return meaning
    }

    /// What the name stands for without its suffix, where that is not a part of it.
    private func strippedMeaning(in fleet: FleetSnapshot) -> ModelMeaning? {
        guard let (name, sort) = RoutingPreferences.Sort.stripped(text),
            fleet.routes[text] == nil, fleet.homes[text] == nil
        else { return nil }
        if let target = Target(text), fleet.knowsPreferences.contains(target.provider) {
            return nil
        }
        return meaning(of: name, sort: sort, in: fleet)
    }

    private func meaning(
        of name: String, sort: RoutingPreferences.Sort? = nil, in fleet: FleetSnapshot
    ) -> ModelMeaning? {
        if let route = fleet.routes[name] { return ModelMeaning(choice: .route(route), sort: sort) }
        let target = Target(name) ?? fleet.homes[name].map { Target(provider: $0, model: name) }
        return target.map { ModelMeaning(choice: .target($0), sort: sort) }
    }

    private func notFound(_ reason: String) -> APIError {
        APIError(
            status: 404, kind: .invalidRequest, code: "model_not_found", parameter: parameter,
            message: "The model '\(text)' is not known here. \(reason) "
                + "Use provider/model, or a name that GET /v1/models lists.")
    }
}

extension RoutingPreferences.Sort {
    /// A name without the suffix that asks for an order, and that order; nil where it has none.
    static func stripped(_ name: String) -> (name: String, sort: Self)? {
        for (suffix, sort) in [(":floor", Self.price), (":nitro", .throughput)]
        where name.hasSuffix(suffix) && name.utf8.count > suffix.utf8.count {
            return (String(name.dropLast(suffix.count)), sort)
        }
        return nil
    }
}
