// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Gateway
import Glibc
import Shard

/// `martlet serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve until told to stop.",
        discussion: """
            SIGHUP reads the settings again. SIGTERM and SIGINT stop accepting and let running \
            calls finish; the second one ends at once.
            """)

    @OptionGroup var settings: SettingsOption

    @Option(
        help: ArgumentHelp(
            "Listen here instead of where the settings say.", valueName: "host:port"))
    var listen: [String] = []

    func run() async throws {
        // Before anything else: an order that comes early must not be lost.
        let orders = OperatorOrders()
        let written = try settings.loadOrExit()
        var settings = written
        if !listen.isEmpty { settings.listen = try listenAddresses() }
        let log = Log(level: settings.logLevel)
        let openFiles = OpenFileLimit.raise()
        if openFiles < 4_096 {
            log.warning("few descriptors: each call takes two", ["limit": "\(openFiles)"])
        }
        let composition: Composition
        do throws(StartFailure) {
            composition = try await Composition(
                settings, environment: Surroundings.process.variables, log: log)
        } catch {
            log.error("cannot start", ["reason": error.reason])
            throw ExitCode.failure
        }
        log.info(
            "listening",
            [
                "address": composition.addresses.map(\.url).joined(separator: ","),
                "providers": settings.gateway.providers.keys.sorted().joined(separator: ","),
                "models": settings.gateway.routes.keys.sorted().joined(separator: ","),
                "data": settings.dataDirectory, "version": settings.gateway.version,
                "pid": "\(getpid())",
            ])
        let follower = OrderFollower(
            option: self.settings, settings: written, composition: composition, log: log)
        await follower.follow(orders)
    }

    private func listenAddresses() throws -> [ListenAddress] {
        try listen.map { text in
            guard let address = try? ListenAddress(text) else {
                throw ValidationError("\"\(text)\" is no address; write 127.0.0.1:8080")
            }
            guard address.isLocal else {
                throw ValidationError(
                    "\(text) can be reached from other machines, and this version has no client "
                        + "keys; listen on a loopback address or a unix socket")
            }
            return address
        }
    }
}
