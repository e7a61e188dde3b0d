// SPDX-License-Identifier: Apache-2.0

/// A model at a provider: where a call can go.
package struct Target: Sendable, Hashable {
    /// The provider's id in the configuration.
    package var provider: String
    /// The model as that provider names it; may hold slashes.
    package var model: String

    package init(provider: String, model: String) {
        self.provider = provider
        self.model = model
    }

    /// The target that `provider/model` names, or nil where either part is missing.
    package init?(_ text: some StringProtocol) {
        guard let slash = text.firstIndex(of: "/") else { return nil }
        let model = text[text.index(after: slash)...]
        guard slash > text.startIndex, !model.isEmpty else { return nil }
        self.init(provider: String(text[..<slash]), model: String(model))
    }
}

extension Target: CustomStringConvertible {
    package var description: String { "\(provider)/\(model)" }
}

/// A name that clients may call, and what stands behind it.
package struct Route: Sendable, Equatable {
    /// The name as clients write it in `model`.
    package var name: String
    package var strategy: Strategy
    /// In the order of the configuration; not empty.
    package var members: [Member]
    package var policy = RoutePolicy()

    /// One choice of a route.
    package struct Member: Sendable, Equatable {
        /// Where it leads.
        package indirect enum Choice: Sendable, Equatable {
            case target(Target)
            /// Another route, by value: the configuration refuses circles.
            case route(Route)
        }
        package var choice: Choice
        /// The share under `weighted`, relative to the others'; more than 0.
        package var weight: Double

        package init(_ choice: Choice, weight: Double = 1) {
            self.choice = choice
            self.weight = weight
        }
    }

    package init(name: String, strategy: Strategy = .ordered, members: [Member]) {
        self.name = name
        self.strategy = strategy
        self.members = members
    }

    /// A route of targets alone, all of the same weight.
    package init(name: String, strategy: Strategy = .ordered, targets: [Target]) {
        self.init(
            name: name, strategy: strategy, members: targets.map { Member(.target($0)) })
    }

    /// All targets behind the name, those of inner routes in their place.
    package var targets: [Target] {
        members.flatMap { member in
            switch member.choice {
            case .target(let target): [target]
            case .route(let route): route.targets
            }
        }
    }
}

/// How a route chooses among its targets.
package enum Strategy: String, Sendable, CaseIterable {
    /// The first one that can take the call.
    case ordered
    case weighted
    case latency
    case throughput
    case cost
    case leastBusy = "least_busy"
    /// The same conversation at the same target, whose prompt cache knows it.
    case affinity
}
