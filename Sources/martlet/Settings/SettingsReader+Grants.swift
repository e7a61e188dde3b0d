// SPDX-License-Identifier: Apache-2.0
import Providers
import Wire

extension SettingsReader {
    /// The key that is exchanged for access tokens, from the vendor's variables, where the file
    /// gives none.
    mutating func readExchangedKey(
        _ place: ProviderPlace, of vendor: Vendor
    ) -> (String, KeyOrigin)? {
        for name in vendor.keyVariables {
            do throws(FileFailure) {
                if let found = try surroundings.key(of: vendor, in: name) { return found }
            } catch {
                fail(place.nameNode, "the file that $\(name) names: \(error.reason)")
                return nil
            }
        }
        let names = vendor.keyVariables.map { "$\($0)" }.joined(separator: " or ")
        fail(
            place.nameNode, "\(place.path) has no key",
            hint: names.isEmpty ? "write api_key" : "set \(names), or write api_key")
        return nil
    }

    /// Where keys are exchanged for access tokens.
    mutating func readTokenURL(_ node: YAMLNode, _ what: String) -> BaseURL? {
        guard let text = readText(node, what) else { return nil }
        if let url = BaseURL(text), !url.isReadableOnTheWay { return url }
        fail(node, "\"\(text)\" is no address for keys", hint: "write https://host/path")
        return nil
    }

    /// What the provider's requests say beside their address, as far as it is set.
    mutating func readOptions(
        _ place: ProviderPlace, _ members: [String: YAMLNode], of vendor: Vendor
    ) -> [String: String]? {
        var options: [String: String] = [:]
        for (name, variable) in vendor.options.sorted(by: { $0.key < $1.key }) {
            var text = surroundings.variable(variable)
            if let node = members[name] {
                guard let written = readText(node, "\(place.path).\(name)") else { return nil }
                text = written
            }
            guard let text else { continue }
            guard BaseURL.isPlain(text) else {
                fail(
                    members[name] ?? place.nameNode,
                    "\(place.path).\(name) cannot be \"\(text)\"",
                    hint: "use letters, digits, '.', '-' and '_'")
                return nil
            }
            options[name] = text
        }
        if let problem = Surroundings.problem(of: vendor, options: options) {
            warn(place.nameNode, problem.text, hint: problem.hint)
        }
        return options
    }
}
