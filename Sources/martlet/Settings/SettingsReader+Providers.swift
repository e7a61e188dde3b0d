// SPDX-License-Identifier: Apache-2.0
import Gateway
import Providers
import Wire

extension SettingsReader {
    private static let providerKeys = [
        "vendor", "api_key", "api_keys", "base_url", "dialect", "ca_file", "authentication",
        "timeouts", "token_url", "quirks", "data_collection", "models",
    ]

    /// The providers, each a vendor's row with what the settings change in it.
    mutating func readProviders(
        _ node: YAMLNode, limits: TransferLimits, into settings: inout Settings
    ) {
        for (key, value) in readPairs(of: node, in: "providers") {
            guard isProviderName(key.text) else {
                fail(
                    key.node, "\"\(key.text)\" cannot name a provider",
                    hint: "use letters, digits, '-', '_' and '.'")
                continue
            }
            let place = ProviderPlace(name: key.text, nameNode: key.node, node: value)
            readProvider(place, limits: limits, into: &settings)
        }
    }

    /// Sets up a provider with each of its credentials, or says why it cannot be.
    private mutating func readProvider(
        _ place: ProviderPlace, limits: TransferLimits, into settings: inout Settings
    ) {
        guard let known = knownVendor(of: place) else { return }
        let members = readMembers(
            of: place.node, in: place.path,
            known: Self.providerKeys + (known.vendor?.placeholders.keys.sorted() ?? [])
                + (known.vendor?.options.keys.sorted() ?? []))
        guard var vendor = readVendor(place, members, row: known.vendor) else { return }
        if let node = members["authentication"] {
            guard let form = readAuthenticationForm(node, place) else { return }
            vendor.authentication = form
        }
        guard let keys = readKeys(place, members, of: vendor),
            let options = readOptions(place, members, of: vendor)
        else { return }
        if let node = members["quirks"] { vendor.quirks = readQuirks(node, place, of: vendor) }
        let authorities = members["ca_file"].flatMap { readText($0, "\(place.path).ca_file") }
            .map(resolve)
        let limits =
            members["timeouts"].map {
                readTransferLimits($0, "\(place.path).timeouts", default: limits)
            } ?? limits
        var providers: [Provider] = []
        for key in keys {
            guard
                let baseURL = readBaseURL(
                    place, members, of: vendor, defaults: key.grant?.placeholders ?? [:])
            else { return }
            var endpoint = Endpoint(baseURL: baseURL)
            endpoint.certificateAuthorities = authorities
            var filled = vendor
            filled.baseURL = baseURL
            filled.catalogueID = catalogueID(of: known.vendor, for: filled, members)
            providers.append(
                Provider(
                    id: place.name, vendor: filled, endpoint: endpoint, credential: key.secret,
                    grant: key.grant,
                    signing: key.secret == nil ? surroundings.signing(for: filled) : nil,
                    options: options, limits: limits))
        }
        if let node = members["base_url"] ?? members["dialect"], let first = providers.first {
            warn(of: first, at: node, place, members, row: known.vendor)
        }
        settings.gateway.providers[place.name] = providers.first
        if providers.count > 1 {
            settings.gateway.spares[place.name] = Array(providers.dropFirst())
        }
        settings.keyOrigins[place.name] = KeyOrigin(keys.map(\.origin))
        if let node = members["models"] { readDeclarations(node, place, into: &settings.gateway) }
        if let node = members["data_collection"],
            let policy: DataCollection = readChoice(node, "\(place.path).data_collection"),
            policy == .deny
        {
            settings.gateway.deniesDataCollection.insert(place.name)
        }
    }

    /// Whose rows of the model catalogue hold for a provider: the vendor's whose address and format
    /// it has, else only that of the vendor which `vendor:` names.
    private func catalogueID(
        of row: Vendor?, for provider: Vendor, _ members: [String: YAMLNode]
    ) -> String? {
        guard let row else { return nil }
        if members["vendor"] != nil { return row.id }
        let isElsewhere = members["base_url"] != nil && provider.baseURL != row.baseURL
        return isElsewhere || provider.dialect != row.dialect ? nil : row.id
    }

    /// Says what is odd with the address and the format that the settings give a provider.
    private mutating func warn(
        of provider: Provider, at node: YAMLNode, _ place: ProviderPlace,
        _ members: [String: YAMLNode], row: Vendor?
    ) {
        let isKeyWritten = members["api_key"] != nil || members["api_keys"] != nil
        if members["base_url"] != nil, isKeyWritten,
            let url = BaseURL(provider.endpoint.baseURL), url.isReadableOnTheWay
        {
            warn(node, "the key travels unencrypted to \(url.host)", hint: "use https")
        }
        if let row, !row.keyVariables.isEmpty, provider.vendor.catalogueID == nil {
            warn(
                node,
                "\(place.path) is not where or what \(row.name) is, so its calls have no "
                    + "known price",
                hint: "write vendor: \(row.id) where \(row.name)'s prices hold")
        }
    }

    /// The row that the provider begins with, which a provider of one's own has not; nil after
    /// having said that `vendor:` names none.
    private mutating func knownVendor(of place: ProviderPlace) -> (vendor: Vendor?, Void)? {
        guard let node = place.node["vendor"] else {
            return (vendors[place.name], ())
        }
        guard let id = readText(node, "\(place.path).vendor") else { return nil }
        if let vendor = vendors[id] { return (vendor, ()) }
        fail(
            node, "there is no vendor \"\(id)\"",
            hint: suggestion(for: id, among: vendors.vendors.map(\.id)))
        return nil
    }

    private mutating func readVendor(
        _ place: ProviderPlace, _ members: [String: YAMLNode], row: Vendor?
    ) -> Vendor? {
        var vendor = row ?? Vendor(id: place.name, name: place.name, baseURL: "")
        if row == nil, members["base_url"] == nil || members["dialect"] == nil {
            let near = suggestion(for: place.name, among: vendors.vendors.map(\.id))
            fail(
                place.nameNode, "there is no vendor \"\(place.name)\"",
                hint: near ?? "a provider of your own needs base_url and dialect")
            return nil
        }
        if let node = members["dialect"] {
            guard let dialect: DialectID = readChoice(node, "\(place.path).dialect") else {
                return nil
            }
            vendor.dialect = dialect
        }
        guard vendor.dialect.isImplemented else {
            fail(
                members["dialect"] ?? place.nameNode,
                "the dialect \(vendor.dialect.rawValue) of \(vendor.name) is not in this version",
                hint: "dialects in this version: \(Self.implementedDialects)")
            return nil
        }
        return vendor
    }

    private static var implementedDialects: String {
        DialectID.allCases.filter(\.isImplemented).map(\.rawValue).joined(separator: ", ")
    }

    private mutating func readAuthenticationForm(
        _ node: YAMLNode, _ place: ProviderPlace
    ) -> Authentication? {
        guard let text = readText(node, "\(place.path).authentication") else { return nil }
        if let form = Authentication(text: text) { return form }
        fail(
            node, "\(place.path).authentication cannot be \"\(text)\"",
            hint: "write bearer, none, header:<name>, google-service-account or ibm-api-key")
        return nil
    }

    private func isProviderName(_ name: String) -> Bool {
        name.utf8.count <= 64 && !name.isEmpty
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                        || "-_.".unicodeScalars.contains(scalar))
            }
    }
}

/// What `data_collection` says: whether the provider may keep calls for training.
private enum DataCollection: String, CaseIterable {
    case allow, deny
}

/// Where a provider stands in the file.
struct ProviderPlace {
    var name: String
    var nameNode: YAMLNode
    var node: YAMLNode

    /// Its path for messages: `providers.openai`.
    var path: String { "providers.\(name)" }
}
