// SPDX-License-Identifier: Apache-2.0
package import Gateway
package import Shard

/// All that `martlet` was told: the gateway's configuration, and what only the process needs.
package struct Settings: Sendable {
    /// The file that was read, or nil where the environment alone was.
    package var file: String?
    package var listen: [ListenAddress] = [.internet(host: "127.0.0.1", port: 8080)]
    /// The directory of the journal.
    package var dataDirectory = "./martlet-data"
    /// How many shards, or nil for one a core.
    package var shards: Int?
    package var logLevel = LogLevel.info
    /// How long running calls may go on after the order to stop.
    package var shutdownTimeout: Duration = .seconds(30)
    package var gateway = GatewayConfiguration()
    /// For each provider, where its key came from.
    package var keyOrigins: [String: KeyOrigin] = [:]

    package init() {}
}

/// Where a provider's key came from. Never the key.
package enum KeyOrigin: Equatable, Sendable, CustomStringConvertible {
    case environment(String)
    case file(String)
    /// A systemd credential.
    case credential(String)
    /// Written in the settings themselves.
    case settings
    /// The provider is called without one.
    case none
    /// It has several, each from its own place.
    indirect case several([KeyOrigin])

    package var description: String {
        switch self {
        case .environment(let name): "key from $\(name)"
        case .file(let path): "key from \(path)"
        case .credential(let name): "key from the credential \(name)"
        case .settings: "key from the settings file"
        case .none: "no key"
        case .several(let origins): origins.map(\.description).joined(separator: ", ")
        }
    }

    /// The origin of one key or of several.
    init(_ origins: [KeyOrigin]) {
        self = origins.count == 1 ? origins[0] : .several(origins)
    }
}

/// What came of reading the settings: a value, and all that is to be said of it.
package struct SettingsReading: Sendable {
    /// What could be read; the rest has its default.
    package var draft: Settings
    package var diagnostics: [Diagnostic]

    /// The settings, or nil where there is an error: then they must not be served.
    package var settings: Settings? {
        diagnostics.contains { $0.severity == .error } ? nil : draft
    }
}
