// SPDX-License-Identifier: Apache-2.0
import Gateway
import Providers
import Wire

extension SettingsReader {
    private static let providerKeys = [
        "vendor", "api_key", "base_url", "dialect", "ca_file", "authentication", "timeouts",
        "token_url", "quirks",
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
            guard let (provider, origin) = readProvider(place, limits: limits) else { continue }
            settings.gateway.providers[provider.id] = provider
            settings.keyOrigins[provider.id] = origin
        }
    }

    private mutating func readProvider(
        _ place: ProviderPlace, limits: TransferLimits
    ) -> (Provider, KeyOrigin)? {
        guard let known = knownVendor(of: place) else { return nil }
        let members = readMembers(
            of: place.node, in: place.path,
            known: Self.providerKeys + (known.vendor?.placeholders.keys.sorted() ?? [])
                + (known.vendor?.options.keys.sorted() ?? []))
        guard var vendor = readVendor(place, members, row: known.vendor) else { return nil }
        if let node = members["authentication"] {
            guard let form = readAuthenticationForm(node, place) else { return nil }
            vendor.authentication = form
        }
        var grant: (any TokenGrant)?
        var grantOrigin = KeyOrigin.none
        if vendor.authentication.exchangesKey {
            guard let (read, origin) = readGrant(place, members, of: vendor) else { return nil }
            (grant, grantOrigin) = (read, origin)
        } else if let node = members["token_url"] {
            fail(node, "\(place.path).token_url is for keys that are exchanged for tokens")
            return nil
        }
        guard
            let baseURL = readBaseURL(
                place, members, of: vendor, defaults: grant?.placeholders ?? [:]),
            let options = readOptions(place, members, of: vendor)
        else { return nil }
        vendor.baseURL = baseURL
        if let node = members["quirks"] { vendor.quirks = readQuirks(node, place, of: vendor) }
        var endpoint = Endpoint(baseURL: baseURL)
        if let node = members["ca_file"] {
            endpoint.certificateAuthorities = readText(node, "\(place.path).ca_file")
                .map(resolve)
        }
        guard
            let (key, origin) = grant == nil
                ? readCredential(place, members, of: vendor) : (nil, grantOrigin)
        else { return nil }
        let provider = Provider(
            id: place.name, vendor: vendor, endpoint: endpoint, credential: key, grant: grant,
            signing: key == nil ? surroundings.signing(for: vendor) : nil, options: options,
            limits: members["timeouts"].map {
                readTransferLimits($0, "\(place.path).timeouts", default: limits)
            } ?? limits)
        return (provider, origin)
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

/// Where a provider stands in the file.
struct ProviderPlace {
    var name: String
    var nameNode: YAMLNode
    var node: YAMLNode

    /// Its path for messages: `providers.openai`.
    var path: String { "providers.\(name)" }
}
