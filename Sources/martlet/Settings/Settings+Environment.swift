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
            guard let variable else { continue }
            func warn(_ problem: SetupProblem) {
                diagnostics.append(
                    Diagnostic(
                        severity: .warning, message: "$\(variable) is set, but \(problem.text)",
                        hint: problem.hint))
            }
            do throws(SetupProblem) {
                let (provider, origin) = try surroundings.provider(
                    of: vendor, keyIn: variable, limits: limits)
                gateway.providers[vendor.id] = provider
                keyOrigins[vendor.id] = origin
                if let problem = Surroundings.problem(of: vendor, options: provider.options) {
                    warn(problem)
                }
            } catch {
                warn(error)
            }
        }
        return diagnostics
    }
}

extension Surroundings {
    /// A vendor as the environment sets it up. Throws: why it cannot be called.
    fileprivate func provider(
        of vendor: Vendor, keyIn variable: String, limits: TransferLimits
    ) throws(SetupProblem) -> (Provider, KeyOrigin) {
        guard vendor.dialect.isImplemented else {
            throw SetupProblem("the \(vendor.dialect.rawValue) dialect is not in this version")
        }
        guard let secret = self.variable(variable).flatMap({ Secret(checking: $0) }) else {
            throw SetupProblem("holds characters that no key has")
        }
        let (grant, origin) = try grant(for: vendor, keyIn: variable)
        let values = vendor.placeholders.reduce(into: grant?.placeholders ?? [:]) {
            $0[$1.key] = self.variable($1.value) ?? $0[$1.key]
        }
        if let missing = vendor.placeholders.sorted(by: { $0.value < $1.value })
            .first(where: { values[$0.key] == nil })
        {
            throw SetupProblem("$\(missing.value) is not, so \(vendor.name) is not used")
        }
        let used = values.filter { vendor.placeholders[$0.key] != nil }
        guard let url = try? BaseURL.filling(vendor, with: used) else {
            let names = vendor.placeholders.values.sorted().joined(separator: ", ")
            throw SetupProblem("\(names) is no host")
        }
        let options = vendor.options.compactMapValues(self.variable)
        if let odd = options.first(where: { !BaseURL.isPlain($0.value) }) {
            throw SetupProblem("$\(vendor.options[odd.key] ?? "") cannot be \"\(odd.value)\"")
        }
        var filled = vendor
        filled.baseURL = url.text
        let isKey = vendor.keyVariables.contains(variable)
        let provider = Provider(
            id: vendor.id, vendor: filled, endpoint: Endpoint(baseURL: url.text),
            credential: isKey && grant == nil ? secret : nil, grant: grant,
            signing: isKey ? nil : signing(for: filled), options: options, limits: limits)
        return (provider, origin)
    }

    /// How access tokens are got with the key, for the vendors that want that.
    private func grant(
        for vendor: Vendor, keyIn variable: String
    ) throws(SetupProblem) -> ((any TokenGrant)?, KeyOrigin) {
        guard vendor.authentication.exchangesKey else { return (nil, .environment(variable)) }
        let found: (key: String, origin: KeyOrigin)?
        do throws(FileFailure) {
            found = try key(of: vendor, in: variable)
        } catch {
            throw SetupProblem("the file cannot be read: \(error.reason)")
        }
        guard let found else { return (nil, .environment(variable)) }
        do throws(SetupProblem) {
            return (try vendor.authentication.grant(key: found.key), found.origin)
        } catch {
            throw SetupProblem("what it leads to \(error.text)", hint: error.hint)
        }
    }
}
