// SPDX-License-Identifier: Apache-2.0
import Providers

/// One of a provider's credentials: a key, or how tokens are got with it.
struct ProviderKey {
    var secret: Secret?
    var grant: (any TokenGrant)?
    var origin: KeyOrigin
}

extension SettingsReader {
    /// The provider's credentials, one at least; nil after having said what is wrong with them.
    mutating func readKeys(
        _ place: ProviderPlace, _ members: [String: YAMLNode], of vendor: Vendor
    ) -> [ProviderKey]? {
        var tokenURL: BaseURL?
        if let node = members["token_url"] {
            guard vendor.authentication.exchangesKey else {
                fail(node, "\(place.path).token_url is for keys that are exchanged for tokens")
                return nil
            }
            guard let url = readTokenURL(node, "\(place.path).token_url") else { return nil }
            tokenURL = url
        }
        if let node = members["api_keys"] {
            guard members["api_key"] == nil else {
                fail(node, "\(place.path) has api_key and api_keys", hint: "write one of them")
                return nil
            }
            return readKeyList(node, of: place, vendor, tokenURL)
        }
        if let node = members["api_key"] {
            guard let (text, origin) = readKeyText(node, "\(place.path).api_key") else {
                return nil
            }
            return makeKey(
                text, origin, at: node, "\(place.path).api_key", of: place, vendor, tokenURL
            ).map { [$0] }
        }
        if vendor.authentication.exchangesKey {
            guard let (text, origin) = readExchangedKey(place, of: vendor) else { return nil }
            return makeKey(
                text, origin, at: place.nameNode, place.path, of: place, vendor, tokenURL
            ).map { [$0] }
        }
        return readEnvironmentKey(place, members, of: vendor).map { [$0] }
    }

    /// Shape: a list of what `api_key` may be, each another one.
    private mutating func readKeyList(
        _ node: YAMLNode, of place: ProviderPlace, _ vendor: Vendor, _ tokenURL: BaseURL?
    ) -> [ProviderKey]? {
        let what = "\(place.path).api_keys"
        var keys: [ProviderKey] = []
        var known: Set<String> = []
        for element in elements(of: node) {
            guard let (text, origin) = readKeyText(element, what),
                let key = makeKey(text, origin, at: element, what, of: place, vendor, tokenURL)
            else { return nil }
            guard known.insert(text).inserted else {
                fail(element, "\(what) has the same key twice")
                return nil
            }
            keys.append(key)
        }
        guard !keys.isEmpty else {
            fail(node, "\(what) is empty")
            return nil
        }
        return keys
    }

    private mutating func makeKey(
        _ text: String, _ origin: KeyOrigin, at node: YAMLNode, _ what: String,
        of place: ProviderPlace, _ vendor: Vendor, _ tokenURL: BaseURL?
    ) -> ProviderKey? {
        if vendor.authentication.exchangesKey {
            do throws(SetupProblem) {
                let grant = try vendor.authentication.grant(key: text, tokenURL: tokenURL)
                return ProviderKey(grant: grant, origin: origin)
            } catch {
                fail(node, "the key of \(place.path) \(error.text)", hint: error.hint)
                return nil
            }
        }
        guard let secret = Secret(checking: text) else {
            fail(node, "\(what) is no key: it is empty or holds white space or control characters")
            return nil
        }
        return ProviderKey(secret: secret, origin: origin)
    }

    /// The key that nothing in the file gives: from the vendor's variables, or none.
    private mutating func readEnvironmentKey(
        _ place: ProviderPlace, _ members: [String: YAMLNode], of vendor: Vendor
    ) -> ProviderKey? {
        if vendor.authentication == .none { return ProviderKey(origin: .none) }
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
            return ProviderKey(secret: secret, origin: .environment(name))
        }
        if surroundings.signing(for: vendor) != nil {
            return ProviderKey(origin: .environment(Surroundings.accessKeyVariable))
        }
        // A server of one's own may want none; a vendor's own address always does.
        if members["base_url"] != nil || vendor.keyVariables.isEmpty {
            return ProviderKey(origin: .none)
        }
        let names = vendor.keyVariables.map { "$\($0)" }.joined(separator: " or ")
        fail(place.nameNode, "\(place.path) has no key", hint: "set \(names), or write api_key")
        return nil
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
