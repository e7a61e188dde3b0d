// SPDX-License-Identifier: Apache-2.0
import Gateway
import Routing
import Wire

extension SettingsReader {
    private static let rootKeys = [
        "listen", "data", "auth", "providers", "models", "shards", "strict", "keepalive",
        "timeouts", "limits", "shutdown_timeout", "log_level",
        "on_ledger_failure", "unpriced", "retries", "breaker", "probes", "on_retired",
        "replacements",
    ]

    /// The whole file. What could not be read keeps its default; `diagnostics` says what that was.
    mutating func readSettings(_ root: YAMLNode) -> Settings {
        let members = readMembers(of: root, in: "the settings", known: Self.rootKeys)
        var settings = Settings()
        settings.file = file
        readProcess(members, into: &settings)
        readPolicies(members, into: &settings.gateway)
        let limits = readTimeouts(members["timeouts"], into: &settings.gateway)
        if let node = members["providers"], !node.isEmpty {
            readProviders(node, limits: limits, into: &settings)
            if node.members?.isEmpty == true {
                warn(node, "no provider is set up: every call will be refused")
            }
        } else {
            diagnostics += settings.activateVendors(
                vendors, limits: limits, surroundings: surroundings)
        }
        readRetirement(members, into: &settings.gateway)
        if let node = members["models"] { readRoutes(node, into: &settings.gateway) }
        return settings
    }

    private mutating func readProcess(_ members: [String: YAMLNode], into settings: inout Settings)
    {
        if let node = members["listen"] { settings.listen = readListen(node) }
        if let node = members["data"], let text = readText(node, "data") {
            settings.dataDirectory = resolve(text)
        }
        if let node = members["auth"] { readAuthentication(node) }
        if let node = members["shards"] {
            settings.shards = readInteger(node, "shards", in: 1...256)
        }
        if let node = members["shutdown_timeout"],
            let duration = readDuration(node, "shutdown_timeout")
        {
            settings.shutdownTimeout = duration
        }
        if let node = members["log_level"], let level: LogLevel = readChoice(node, "log_level") {
            settings.logLevel = level
        }
    }

    private mutating func readPolicies(
        _ members: [String: YAMLNode], into gateway: inout GatewayConfiguration
    ) {
        if let node = members["strict"], let flag = readFlag(node, "strict") {
            gateway.isStrict = flag
        }
        if let node = members["keepalive"], let duration = readDuration(node, "keepalive") {
            gateway.keepaliveInterval = duration
        }
        if let node = members["on_ledger_failure"],
            let policy: LedgerFailurePolicy = readChoice(node, "on_ledger_failure")
        {
            gateway.onLedgerFailure = policy
        }
        if let node = members["unpriced"], let policy: UnpricedPolicy = readChoice(node, "unpriced")
        {
            gateway.unpriced = policy
        }
        if let node = members["retries"] {
            gateway.defaultPolicy.retries = readRetries(
                node, "retries", default: gateway.defaultPolicy.retries)
        }
        if let node = members["breaker"] { gateway.breaker = readBreaker(node, gateway.breaker) }
        if let node = members["probes"], let interval = readDurationOrOff(node, "probes") {
            gateway.probeInterval = interval
            if let interval, interval < .seconds(1) {
                fail(node, "probes cannot be more often than once a second", hint: "write 30s")
            }
        }
        if let node = members["limits"] {
            let limits = readMembers(of: node, in: "limits", known: ["body"])
            if let node = limits["body"],
                let count = readByteCount(node, "body", in: 1_024...(1 << 30))
            {
                gateway.maximumBodyBytes = count
            }
        }
    }

    private static var transferLimits: [(String, WritableKeyPath<TransferLimits, Duration>)] {
        [
            ("connect", \.connect), ("first_byte", \.firstByte), ("idle", \.idle),
            ("total", \.total),
        ]
    }

    /// The root's `timeouts`: those of transfers, which it returns, and those of whole calls.
    private mutating func readTimeouts(
        _ node: YAMLNode?, into gateway: inout GatewayConfiguration
    ) -> TransferLimits {
        guard let node else { return TransferLimits() }
        let members = readMembers(
            of: node, in: "timeouts",
            known: Self.transferLimits.map(\.0) + ["first_token", "call"])
        readCallLimits(members, into: &gateway.defaultPolicy)
        return readTransferLimits(members, "timeouts", default: TransferLimits())
    }

    /// A provider's own `timeouts`; those not written are the root's.
    mutating func readTransferLimits(
        _ node: YAMLNode, _ what: String, default limits: TransferLimits
    ) -> TransferLimits {
        let members = readMembers(of: node, in: what, known: Self.transferLimits.map(\.0))
        return readTransferLimits(members, what, default: limits)
    }

    private mutating func readTransferLimits(
        _ members: [String: YAMLNode], _ what: String, default limits: TransferLimits
    ) -> TransferLimits {
        var limits = limits
        for (name, path) in Self.transferLimits {
            if let node = members[name], let duration = readDuration(node, "\(what).\(name)") {
                limits[keyPath: path] = duration
            }
        }
        return limits
    }
}
