// SPDX-License-Identifier: Apache-2.0

/// What a model name stands for, whatever the condition of the fleet: cheap to keep and to pass on.
///
/// Lives as long as the snapshot it was found in; it does not change.
package final class ResolvedModel: Sendable {
    /// The name as the client wrote it.
    package let name: String
    /// The route that the name stands for, or nil where the name is a target itself.
    package let route: String?
    package let policy: RoutePolicy
    /// Each once; never empty. A decision wants a view of each, in this order.
    package let candidates: [Candidate]
    /// Targets that cannot be called.
    package let missing: [RouteDecision.Exclusion]
    /// What is known of each candidate by the name alone, in their order.
    let traits: [Traits]
    /// `model`, then each of `models`.
    let stages: [Stage]
    /// Whether some candidate has more than one place in the trees.
    let hasRepeats: Bool
    let refusesRetired: Bool
    /// Whether some strategy ranks by what the input of a call costs, or which conversation it is.
    package let ranksByInput: Bool

    /// What the name and the configuration say of a candidate.
    struct Traits: Sendable {
        /// The provider's vendor, where it has one of another name.
        var vendor: String?
        /// Whether the client wrote the target itself.
        var isDirect: Bool
        /// The places of those that it stands in for, a list for each target that it may replace:
        /// all of one list must be retired before it is needed. Empty where it has its own place.
        var standsInFor: [[Int]] = []
    }

    /// What one name stands for.
    struct Stage: Sendable {
        var node: Node
        /// What the suffix of the name asked for.
        var sort: RoutingPreferences.Sort?

        /// What the outermost route goes by, where there is one: its own strategy, if the call
        /// itself does not say better.
        func strategy(sort: RoutingPreferences.Sort?) -> Strategy? {
            guard case .group(let group) = node, case .route(let strategy) = group.kind else {
                return nil
            }
            return (sort ?? self.sort)?.strategy ?? strategy
        }
    }

    /// A candidate by its place, or members to be put in order.
    indirect enum Node: Sendable {
        case candidate(Int)
        case group(Group)
    }

    struct Group: Sendable {
        enum Kind: Sendable, Equatable {
            case route(Strategy)
            /// The same target with each of its provider's credentials.
            case credentials
            /// A target, and behind it what stands in for it once it is retired.
            case replacements
        }
        var kind: Kind
        var members: [Member]
    }

    struct Member: Sendable {
        var node: Node
        var weight = 1.0
        /// The same for the same target or route in every process.
        var identity: UInt64
    }

    init(
        name: String, route: String?, policy: RoutePolicy, candidates: [Candidate],
        missing: [RouteDecision.Exclusion], traits: [Traits], stages: [Stage], hasRepeats: Bool,
        refusesRetired: Bool
    ) {
        self.name = name
        self.route = route
        self.policy = policy
        self.candidates = candidates
        self.missing = missing
        self.traits = traits
        self.stages = stages
        self.hasRepeats = hasRepeats
        self.refusesRetired = refusesRetired
        ranksByInput = stages.contains { $0.sort == .price || $0.node.ranksByInput }
    }
}

extension ResolvedModel.Node {
    fileprivate var ranksByInput: Bool {
        guard case .group(let group) = self else { return false }
        if case .route(let strategy) = group.kind, strategy == .cost || strategy == .affinity {
            return true
        }
        return group.members.contains { $0.node.ranksByInput }
    }
}
