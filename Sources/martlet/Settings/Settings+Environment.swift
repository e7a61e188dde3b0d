// SPDX-License-Identifier: Apache-2.0
import Gateway
import Providers
import Wire

extension Settings {
    /// Sets up each vendor whose key is in the environment, and returns what is to be said of those
    /// that cannot be called.
    mutating func activateVendors(
        _ vendors: VendorTable, limits: TransferLimits, surroundings: Surroundings
    ) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        for vendor in vendors.vendors {
            let variable =
                vendor.keyVariables.first { surroundings.variable($0) != nil }
                ?? surroundings.signing(for: vendor).map { _ in Surroundings.accessKeyVariable }
            guard let variable, let text = surroundings.variable(variable) else { continue }
            func warn(_ message: String, hint: String? = nil) {
                diagnostics.append(
                    Diagnostic(
                        severity: .warning, message: "$\(variable) is set, but \(message)",
                        hint: hint))
            }
            guard vendor.dialect.isImplemented else {
                warn("the \(vendor.dialect.rawValue) dialect is not in this version")
                continue
            }
            guard let secret = Secret(checking: text) else {
                warn("holds characters that no key has")
                continue
            }
            if let missing = vendor.placeholders.values.sorted()
                .first(where: { surroundings.variable($0) == nil })
            {
                warn("$\(missing) is not, so \(vendor.name) is not used")
                continue
            }
            let values = vendor.placeholders.compactMapValues(surroundings.variable)
            guard let url = try? BaseURL.filling(vendor, with: values) else {
                warn("\(vendor.placeholders.values.sorted().joined(separator: ", ")) is no host")
                continue
            }
            var filled = vendor
            filled.baseURL = url.text
            let isKey = vendor.keyVariables.contains(variable)
            gateway.providers[vendor.id] = Provider(
                id: vendor.id, vendor: filled, endpoint: Endpoint(baseURL: url.text),
                credential: isKey ? secret : nil,
                signing: isKey ? nil : surroundings.signing(for: filled), limits: limits)
            keyOrigins[vendor.id] = .environment(variable)
        }
        return diagnostics
    }
}
