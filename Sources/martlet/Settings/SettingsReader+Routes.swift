// SPDX-License-Identifier: Apache-2.0
import Gateway
import Providers
import Routing

/// The values of `models:` while they are read: a route may name one that is written later.
private struct RouteDrafts {
    var nodes: [String: YAMLNode] = [:]
    /// What was read already; nil within for a route that is wrong.
    var done: [String: Route?] = [:]
    /// The routes that are being read, each named by the one before it.
    var path: [String] = []
}

extension SettingsReader {
    /// More targets behind one name are a mistake, or a slip of nested routes.
    private static let maximumTargets = 256

    /// The names beside `provider/model`: each a target or another name, a list of them, or a
    /// mapping.
    mutating func readRoutes(_ node: YAMLNode, into gateway: inout GatewayConfiguration) {
        var drafts = RouteDrafts()
        var names: [String] = []
        for (key, value) in readPairs(of: node, in: "models") {
            guard isRouteName(key.text) else {
                fail(
                    key.node, "\"\(key.text)\" cannot name a model",
                    hint: "use up to 256 printable characters without white space")
                continue
            }
            if let target = Target(key.text), gateway.providers[target.provider] != nil {
                fail(
                    key.node, "\"\(key.text)\" already names a model of \(target.provider)",
                    hint: "take a name that does not begin with a provider")
                continue
            }
            drafts.nodes[key.text] = value
            names.append(key.text)
        }
        for name in names {
            gateway.routes[name] = readRoute(name, &drafts, gateway: gateway)
        }
    }

    /// The route of that name, and before it those that it names; nil after having said why not.
    private mutating func readRoute(
        _ name: String, _ drafts: inout RouteDrafts, gateway: GatewayConfiguration
    ) -> Route? {
        if let known = drafts.done[name] { return known }
        guard let node = drafts.nodes[name] else { return nil }
        drafts.path.append(name)
        let route = readRoute(node, name, &drafts, gateway: gateway)
        drafts.path.removeLast()
        drafts.done[name] = .some(route)
        return route
    }

    private mutating func readRoute(
        _ node: YAMLNode, _ name: String, _ drafts: inout RouteDrafts,
        gateway: GatewayConfiguration
    ) -> Route? {
        let what = "models.\(name)"
        var members: [String: YAMLNode] = [:]
        var strategy = Strategy.ordered
        var list = node
        if node.members != nil {
            members = readMembers(
                of: node, in: what, known: ["strategy", "targets"] + Self.policyKeys)
            if let node = members["strategy"] {
                strategy = readChoice(node, "\(what).strategy") ?? strategy
            }
            guard let targets = members["targets"] else {
                fail(node, "\(what) has no targets")
                return nil
            }
            list = targets
        }
        var choices: [Route.Member] = []
        for element in elements(of: list) {
            guard let member = readMember(element, what, strategy, &drafts, gateway: gateway)
            else { continue }
            if choices.contains(where: { $0.choice == member.choice }) {
                fail(element, "\(member.choice.name) is listed twice in \(what)")
            } else {
                choices.append(member)
            }
        }
        if list.list?.isEmpty == true { fail(list, "\(what) is empty") }
        var route = Route(name: name, strategy: strategy, members: choices)
        route.policy = readRoutePolicy(members, what, gateway: gateway)
        guard route.targets.count <= Self.maximumTargets else {
            fail(node, "\(what) leads to more than \(Self.maximumTargets) targets")
            return nil
        }
        return choices.isEmpty ? nil : route
    }

    /// Shape: `provider/model`, the name of a route, or `{ target: …, weight: 3 }`.
    private mutating func readMember(
        _ node: YAMLNode, _ what: String, _ strategy: Strategy, _ drafts: inout RouteDrafts,
        gateway: GatewayConfiguration
    ) -> Route.Member? {
        guard node.members != nil else {
            return readChoice(node, what, &drafts, gateway: gateway).map { Route.Member($0) }
        }
        let members = readMembers(
            of: node, in: "a target of \(what)", known: ["target", "weight"])
        guard let target = members["target"] else {
            fail(node, "a target of \(what) has no target", hint: "write target: provider/model")
            return nil
        }
        let choice = readChoice(target, what, &drafts, gateway: gateway)
        var weight: Double? = 1
        if let node = members["weight"] {
            weight = readWeight(node, "weight")
            if !strategy.usesWeights {
                warn(node, "weight has no effect with strategy: \(strategy.rawValue)")
            }
        }
        guard let choice, let weight else { return nil }
        return Route.Member(choice, weight: weight)
    }

    private mutating func readChoice(
        _ node: YAMLNode, _ what: String, _ drafts: inout RouteDrafts,
        gateway: GatewayConfiguration
    ) -> Route.Member.Choice? {
        guard let text = readText(node, "a target") else { return nil }
        guard drafts.nodes[text] != nil else {
            let target = readTarget(text, at: node, names: drafts.nodes.keys, gateway: gateway)
            guard let target else { return nil }
            warnIfRetired(target, at: node, gateway: gateway)
            return .target(target)
        }
        if let start = drafts.path.firstIndex(of: text) {
            let way = (drafts.path[start...] + [text]).joined(separator: " → ")
            fail(node, "\(what) leads back to where it begins: \(way)")
            return nil
        }
        return readRoute(text, &drafts, gateway: gateway).map { .route($0) }
    }

    /// A list of targets, none of them twice.
    mutating func readTargets(
        _ node: YAMLNode, _ what: String, _ gateway: GatewayConfiguration
    ) -> [Target] {
        var targets: [Target] = []
        for element in elements(of: node) {
            guard let target = readTarget(element, gateway: gateway) else { continue }
            if targets.contains(target) {
                fail(element, "\(target) is listed twice in \(what)")
            } else {
                targets.append(target)
                warnIfRetired(target, at: element, gateway: gateway)
            }
        }
        return targets
    }

    /// A target of a provider that is set up.
    mutating func readTarget(_ node: YAMLNode, gateway: GatewayConfiguration) -> Target? {
        readText(node, "a target").flatMap { readTarget($0, at: node, names: [], gateway: gateway) }
    }

    private mutating func readTarget(
        _ text: String, at node: YAMLNode, names: some Sequence<String>,
        gateway: GatewayConfiguration
    ) -> Target? {
        guard let target = Target(text) else {
            fail(
                node, "\"\(text)\" is no target",
                hint: suggestion(for: text, among: names) ?? "write provider/model")
            return nil
        }
        guard gateway.providers[target.provider] != nil else {
            let hint =
                suggestion(for: target.provider, among: gateway.providers.keys)
                ?? (vendors[target.provider] == nil
                    ? "add it under providers" : "it has no key, or is missing under providers")
            fail(node, "provider \"\(target.provider)\" is not set up", hint: hint)
            return nil
        }
        return target
    }

    private func isRouteName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 256
            && name.unicodeScalars.allSatisfy {
                !$0.properties.isWhitespace && $0.properties.generalCategory != .control
            }
    }
}

extension Route.Member.Choice {
    /// As the settings write it: `provider/model`, or the name of a route.
    var name: String {
        switch self {
        case .target(let target): target.description
        case .route(let route): route.name
        }
    }
}

extension Strategy {
    /// Whether the weights of a route's members count: also where `affinity` has no conversation.
    var usesWeights: Bool { self == .weighted || self == .affinity }
}
