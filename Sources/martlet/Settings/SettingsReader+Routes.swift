// SPDX-License-Identifier: Apache-2.0
import Gateway
import Providers
import Routing

extension SettingsReader {
    /// The names beside `provider/model`: each a target, a list of them, or a mapping.
    mutating func readRoutes(_ node: YAMLNode, into gateway: inout GatewayConfiguration) {
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
            if let route = readRoute(value, name: key.text, gateway: gateway) {
                gateway.routes[route.name] = route
            }
        }
    }

    private mutating func readRoute(
        _ node: YAMLNode, name: String, gateway: GatewayConfiguration
    ) -> Route? {
        var strategy = Strategy.ordered
        var targetsNode = node
        if node.members != nil {
            let members = readMembers(
                of: node, in: "models.\(name)", known: ["strategy", "targets"])
            if let node = members["strategy"] { strategy = readStrategy(node) ?? .ordered }
            guard let targets = members["targets"] else {
                fail(node, "models.\(name) has no targets")
                return nil
            }
            targetsNode = targets
        }
        var targets: [Target] = []
        for element in elements(of: targetsNode) {
            guard let target = readTarget(element, gateway: gateway) else { continue }
            if targets.contains(target) {
                fail(element, "\(target) is listed twice in models.\(name)")
            } else {
                targets.append(target)
            }
        }
        if targetsNode.list?.isEmpty == true { fail(targetsNode, "models.\(name) is empty") }
        return targets.isEmpty ? nil : Route(name: name, strategy: strategy, targets: targets)
    }

    private mutating func readStrategy(_ node: YAMLNode) -> Strategy? {
        guard let strategy: Strategy = readChoice(node, "strategy") else { return nil }
        if !strategy.isImplemented {
            fail(
                node, "strategy: \(strategy.rawValue) is not in this version",
                hint: "write ordered, which takes the first target that can serve")
        }
        return strategy
    }

    private mutating func readTarget(_ node: YAMLNode, gateway: GatewayConfiguration) -> Target? {
        guard let text = readText(node, "a target") else { return nil }
        guard let target = Target(text) else {
            fail(node, "\"\(text)\" is no target", hint: "write provider/model")
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
