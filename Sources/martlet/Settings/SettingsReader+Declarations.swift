// SPDX-License-Identifier: Apache-2.0
import Gateway
import Routing

extension SettingsReader {
    /// What the operator says of a provider's models, in the place of what the catalogue does.
    ///
    /// Shape: `{ smollm2: { context: 8192, capabilities: [tools] } }`.
    mutating func readDeclarations(
        _ node: YAMLNode, _ place: ProviderPlace, into gateway: inout GatewayConfiguration
    ) {
        for (key, value) in readPairs(of: node, in: "\(place.path).models") {
            let path = "\(place.path).models.\(key.text)"
            let members = readMembers(of: value, in: path, known: ["context", "capabilities"])
            var declaration = TargetDeclaration()
            if let node = members["context"] {
                declaration.contextTokens = readTokenCount(node, "\(path).context")
            }
            if let node = members["capabilities"] {
                declaration.capabilities = readCapabilities(node, "\(path).capabilities")
            }
            gateway.declarations[Target(provider: place.name, model: key.text)] = declaration
        }
    }

    private mutating func readCapabilities(_ node: YAMLNode, _ what: String) -> Capabilities {
        var names: [String] = []
        for element in elements(of: node) {
            guard let name = readText(element, what) else { continue }
            if Capabilities.allNames.contains(name) {
                names.append(name)
            } else {
                fail(
                    element, "\(what) cannot be \"\(name)\"",
                    hint: suggestion(for: name, among: Capabilities.allNames)
                        ?? "write some of \(Capabilities.allNames.joined(separator: ", "))")
            }
        }
        return Capabilities(names: names)
    }
}
