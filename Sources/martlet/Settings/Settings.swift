// SPDX-License-Identifier: Apache-2.0
import Gateway
import Providers

/// All that `martlet` was told: the gateway's configuration, and what only the process needs.
struct Settings: Sendable {
    /// The file that was read, or nil where the environment alone was.
    var file: String?
    var listen: [ListenAddress] = [.tcp(host: "127.0.0.1", port: 8080)]
    /// The directory of the journal.
    var dataDirectory = "./martlet-data"
    /// How many shards, or nil for one a core.
    var shards: Int?
    var logLevel = LogLevel.info
    /// How long running calls may go on after the order to stop.
    var shutdownTimeout: Duration = .seconds(30)
    var gateway = GatewayConfiguration()
    /// For each provider, where its key came from.
    var keyOrigins: [String: KeyOrigin] = [:]

    init() {}
}

/// Where a provider's key came from. Never the key.
enum KeyOrigin: Equatable, Sendable, CustomStringConvertible {
    case environment(String)
    case file(String)
    /// A systemd credential.
    case credential(String)
    /// Written in the settings themselves.
    case settings
    /// The provider is called without one.
    case none

    var description: String {
        switch self {
        case .environment(let name): "key from $\(name)"
        case .file(let path): "key from \(path)"
        case .credential(let name): "key from the credential \(name)"
        case .settings: "key from the settings file"
        case .none: "no key"
        }
    }
}

/// What came of reading the settings: a value, and all that is to be said of it.
struct SettingsReading: Sendable {
    /// What could be read; the rest has its default.
    var draft: Settings
    var diagnostics: [Diagnostic]

    /// The settings, or nil where there is an error: then they must not be served.
    var settings: Settings? {
        diagnostics.contains { $0.severity == .error } ? nil : draft
    }
}
