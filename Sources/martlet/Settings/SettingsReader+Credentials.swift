// SPDX-License-Identifier: Apache-2.0
import Providers

extension SettingsReader {
    /// The provider's key and where it came from; nil after having said that it is missing.
    mutating func readCredential(
        _ place: ProviderPlace, _ members: [String: YAMLNode], of vendor: Vendor
    ) -> (Secret?, KeyOrigin)? {
        if let node = members["api_key"] { return readKey(node, "\(place.path).api_key") }
        if vendor.authentication == .none { return (nil, .none) }
        // The row's variables hold what another form of authentication wants.
        let row = vendors[vendor.id]
        if let row, row.authentication.exchangesKey {
            fail(
                place.nameNode, "\(place.path) has no key",
                hint: "write api_key: with this authentication, $\(row.keyVariables.first ?? "") "
                    + "is not looked at")
            return nil
        }
        for name in vendor.keyVariables {
            guard let text = surroundings.variable(name) else { continue }
            guard let secret = Secret(checking: text) else {
                fail(place.nameNode, "$\(name) holds characters that no key has")
                return nil
            }
            return (secret, .environment(name))
        }
        if surroundings.signing(for: vendor) != nil {
            return (nil, .environment(Surroundings.accessKeyVariable))
        }
        // A server of one's own may want none; a vendor's own address always does.
        if members["base_url"] != nil || vendor.keyVariables.isEmpty { return (nil, .none) }
        let names = vendor.keyVariables.map { "$\($0)" }.joined(separator: " or ")
        fail(place.nameNode, "\(place.path) has no key", hint: "set \(names), or write api_key")
        return nil
    }

    private mutating func readKey(_ node: YAMLNode, _ what: String) -> (Secret?, KeyOrigin)? {
        guard let (text, origin) = readKeyText(node, what) else { return nil }
        guard let secret = Secret(checking: text) else {
            fail(node, "\(what) is no key: it is empty or holds white space or control characters")
            return nil
        }
        return (secret, origin)
    }

    /// Shape: `${NAME}`, `file:<path>`, `credential:<name>` or, with a warning, the key itself.
    mutating func readKeyText(_ node: YAMLNode, _ what: String) -> (String, KeyOrigin)? {
        guard let source = readSubstitution(node, what) else { return nil }
        var text = source.text
        var origin = KeyOrigin.settings
        if let name = source.soleVariable {
            origin = .environment(name)
        } else if text.hasPrefix("file:") {
            let path = resolve(String(text.dropFirst(5)))
            origin = .file(path)
            guard let content = readSecretFile(path, node, what) else { return nil }
            text = content
        } else if text.hasPrefix("credential:") {
            let name = String(text.dropFirst(11))
            origin = .credential(name)
            guard let content = readSystemdCredential(name, node, what) else { return nil }
            text = content
        } else {
            warn(
                node, "\(what) holds a key in plain text",
                hint: "write ${NAME}, file:<path> or credential:<name>")
        }
        return (text, origin)
    }

    private mutating func readSecretFile(_ path: String, _ node: YAMLNode, _ what: String)
        -> String?
    {
        do {
            let text = try surroundings.readFile(path)
            return String(text.trimmingSuffix(while: \.isNewline))
        } catch {
            fail(node, "\(what) cannot be read from \(path): \(error.reason)")
            return nil
        }
    }

    /// Source: systemd.exec(5), `LoadCredential=` and `$CREDENTIALS_DIRECTORY`.
    private mutating func readSystemdCredential(
        _ name: String, _ node: YAMLNode, _ what: String
    ) -> String? {
        guard let directory = surroundings.variable("CREDENTIALS_DIRECTORY") else {
            fail(
                node, "\(what) names a systemd credential, but $CREDENTIALS_DIRECTORY is not set",
                hint: "start martlet from a unit with LoadCredential=\(name):<path>")
            return nil
        }
        guard !name.isEmpty, !name.contains("/"), name != "..", name != "." else {
            fail(node, "\"\(name)\" is no name of a credential")
            return nil
        }
        return readSecretFile("\(directory)/\(name)", node, what)
    }

}

extension Secret {
    /// The key, or nil where it could not stand in a header: empty, or not visible ASCII
    /// (RFC 9110 §5.5).
    init?(checking text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        self.init(text)
    }
}

extension StringProtocol {
    /// The text without the characters at its end that satisfy the condition.
    fileprivate func trimmingSuffix(while condition: (Character) -> Bool) -> SubSequence {
        var end = endIndex
        while end > startIndex, condition(self[index(before: end)]) { end = index(before: end) }
        return self[..<end]
    }
}
