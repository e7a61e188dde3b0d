// SPDX-License-Identifier: Apache-2.0
import Providers

extension SettingsReader {
    /// Where the provider is: the row's address with its placeholders filled, or one's own.
    ///
    /// - Parameter defaults: values of placeholders that nothing else gives.
    mutating func readBaseURL(
        _ place: ProviderPlace, _ members: [String: YAMLNode], of vendor: Vendor,
        defaults: [String: String]
    ) -> String? {
        if let node = members["base_url"] {
            guard let text = readText(node, "\(place.path).base_url") else { return nil }
            guard let url = BaseURL(text) else {
                fail(
                    node, "\"\(text)\" is no base URL",
                    hint: "write https://host/path without user, query and fragment")
                return nil
            }
            if vendor.dialect == .azureOpenAI, "\(url.text)/".contains("/openai/") {
                fail(node, "\(place.path).base_url goes too far", hint: "end it before /openai")
                return nil
            }
            return url.text
        }
        var values: [String: String] = [:]
        for (name, variable) in vendor.placeholders.sorted(by: { $0.key < $1.key }) {
            if let node = members[name] {
                guard let text = readText(node, "\(place.path).\(name)") else { return nil }
                values[name] = text
            } else if let text = surroundings.variable(variable) ?? defaults[name] {
                values[name] = text
            } else {
                fail(
                    place.nameNode, "\(place.path) has no \(name)",
                    hint: "write \(name): … or set $\(variable)")
                return nil
            }
        }
        do {
            return try BaseURL.filling(vendor, with: values).text
        } catch {
            fail(
                members[error.placeholder] ?? place.nameNode,
                "\(place.path).\(error.placeholder) cannot be a part of a host or path")
            return nil
        }
    }
}
