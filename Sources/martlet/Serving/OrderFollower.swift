// SPDX-License-Identifier: Apache-2.0
import Gateway
import Glibc

/// Carries out what the operator orders while the gateway runs.
struct OrderFollower {
    /// Where the settings are read from again.
    var option: SettingsOption
    /// The settings that were read last, without what the command line changed in them.
    var settings: Settings
    let composition: Composition
    let log: Log

    /// Returns when the gateway has stopped.
    func follow(_ orders: OperatorOrders) async {
        var follower = self
        var iterator = orders.stream.makeAsyncIterator()
        while let order = await iterator.next() {
            switch order {
            case .reload: follower.reload()
            case .stop:
                let log = log
                // The second order to stop ends at once. The journal is written already.
                Task.detached {
                    for await order in orders.stream where order == .stop {
                        log.warning("ended at once, running calls are cut")
                        exit(1)
                    }
                }
                return await follower.stop()
            }
        }
    }

    /// Reads the settings again; bad ones are refused as a whole.
    private mutating func reload() {
        let reading = option.load()
        for diagnostic in reading.diagnostics { log.warning("\(diagnostic)") }
        guard let new = reading.settings else {
            log.error(
                "reload refused, the old settings stay", ["version": settings.gateway.version])
            return
        }
        for name in new.keysThatNeedRestart(since: settings) {
            log.warning("\(name) changed, which takes effect after a restart")
        }
        log.setLevel(new.logLevel)
        composition.replace(new.gateway)
        settings = new
        log.info(
            "reloaded",
            [
                "version": new.gateway.version,
                "providers": new.gateway.providers.keys.sorted().joined(separator: ","),
                "models": new.gateway.routes.keys.sorted().joined(separator: ","),
            ])
    }

    private func stop() async {
        log.info("stopping", ["patience": settings.shutdownTimeout.quantityText])
        let ending = await composition.end(within: settings.shutdownTimeout)
        log.info("stopped", ["finished": "\(ending.finished)", "cut": "\(ending.cut)"])
    }
}

extension Settings {
    /// The keys of the file that differ and are looked at only once, at start.
    func keysThatNeedRestart(since old: Settings) -> [String] {
        var names: [String] = []
        if listen != old.listen { names.append("listen") }
        if dataDirectory != old.dataDirectory { names.append("data") }
        if shards != old.shards { names.append("shards") }
        if gateway.maximumBodyBytes != old.gateway.maximumBodyBytes { names.append("limits.body") }
        return names
    }
}
