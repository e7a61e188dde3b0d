// SPDX-License-Identifier: Apache-2.0
package import Accounting
import Gateway
package import Providers
import Wire

/// Finds the settings, reads them and checks them as a whole.
package struct SettingsLoader {
    var vendors: VendorTable
    var prices: PriceBook
    var surroundings: Surroundings

    package init(
        vendors: VendorTable, prices: PriceBook = PriceBook(), surroundings: Surroundings
    ) {
        self.vendors = vendors
        self.prices = prices
        self.surroundings = surroundings
    }

    /// What was asked for with `--config`, or else the first file of the well-known ones that
    /// exists, or else the environment alone.
    package func load(path: String?) -> SettingsReading {
        if let path {
            do {
                return read(try surroundings.readFile(path), file: path)
            } catch {
                return .unreadable(path, error)
            }
        }
        for candidate in wellKnownPaths {
            do {
                return read(try surroundings.readFile(candidate), file: candidate)
            } catch {
                if !error.isMissing { return .unreadable(candidate, error) }
            }
        }
        var settings = Settings()
        let diagnostics = settings.activateVendors(
            vendors, limits: TransferLimits(), surroundings: surroundings)
        return conclude(settings, diagnostics)
    }

    /// Where settings are looked for, in this order.
    package var wellKnownPaths: [String] {
        var paths = ["martlet.yaml"]
        if let directory = surroundings.variable("XDG_CONFIG_HOME") {
            paths.append("\(directory)/martlet/martlet.yaml")
        } else if let home = surroundings.variable("HOME") {
            paths.append("\(home)/.config/martlet/martlet.yaml")
        }
        return paths + ["/etc/martlet/martlet.yaml"]
    }

    /// Reads the text of a settings file; `file` is its name in messages.
    package func read(_ text: String, file: String) -> SettingsReading {
        let root: YAMLNode
        do {
            let nothing = YAMLNode(
                content: .text("", isPlain: true), place: Place(line: 1, column: 1))
            root = try YAMLParser.parse(text) ?? nothing
        } catch {
            let diagnostic = Diagnostic(
                severity: .error, file: file, place: error.place,
                message: "is no YAML: \(error.problem)")
            return SettingsReading(draft: Settings(), diagnostics: [diagnostic])
        }
        var reader = SettingsReader(
            file: file, surroundings: surroundings, vendors: vendors, prices: prices)
        let settings = reader.readSettings(root)
        // Written out, an empty list is what somebody wants.
        let mayBeEmpty = root["providers"]?.members?.isEmpty == true
        return conclude(settings, reader.diagnostics, mayBeEmpty: mayBeEmpty)
    }

    private func conclude(
        _ settings: Settings, _ found: [Diagnostic], mayBeEmpty: Bool = false
    ) -> SettingsReading {
        var reading = SettingsReading(draft: settings, diagnostics: found)
        reading.draft.gateway.version = settings.fingerprint
        reading.draft.gateway.complete(prices: prices, vendors: vendors)
        if settings.gateway.providers.isEmpty, !mayBeEmpty, reading.settings != nil {
            reading.diagnostics.append(
                Diagnostic(
                    severity: .error, file: settings.file, message: "no provider is set up",
                    hint: "set a key such as $OPENAI_API_KEY, or write providers in martlet.yaml"))
        }
        return reading
    }
}

extension SettingsReading {
    fileprivate static func unreadable(_ path: String, _ failure: FileFailure) -> SettingsReading {
        let message = "the settings cannot be read: \(failure.reason)"
        return SettingsReading(
            draft: Settings(),
            diagnostics: [Diagnostic(severity: .error, file: path, message: message)])
    }
}
