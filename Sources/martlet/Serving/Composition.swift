// SPDX-License-Identifier: Apache-2.0
import Accounting
import CLinux
import Gateway
import LedgerStore
import Shard
import Wire

/// The running gateway: sockets, shards and what serves on them, put together once.
struct Composition: Sendable {
    private let stations: [Station]
    /// Held for its lock on the data directory.
    private let ledger: Ledger
    private let fleet = Fleet()
    /// Where it listens, with the ports that the kernel chose.
    let addresses: [ListenAddress]

    /// Opens the sockets and the journal and starts to serve.
    ///
    /// Everything that can be wrong with the machine is found here, before a call is taken.
    /// Throws: a `StartFailure`, worded for the operator.
    init(_ settings: Settings, environment: [String: String], log: Log) async throws(StartFailure) {
        let count = settings.shards ?? Int(max(1, clinux_usable_cores()))
        ledger = try Ledger(path: settings.dataDirectory, log: log)
        fleet.adopt(settings.gateway.fleetPlan)
        var stations: [Station] = []
        for index in 0..<count {
            stations.append(
                try await Self.startStation(
                    index, settings, fleet: fleet, ledger: ledger, log: log))
        }
        self.stations = stations
        // Starting touches 10 MB of code and tables that serving never looks at again.
        clinux_release_file_pages()
        let sockets = try Self.openSockets(settings, count: count, environment: environment)
        addresses = sockets.compactMap { $0.first?.address }
        for (index, station) in stations.enumerated() {
            do throws(SystemFailure) {
                try await station.listen(on: sockets.map { $0[index] }, log: log)
            } catch {
                throw StartFailure(reason: "\(error)")
            }
        }
    }

    /// Serves calls from now on with another configuration; running ones keep theirs.
    func replace(_ configuration: GatewayConfiguration) {
        fleet.adopt(configuration.fleetPlan)
        for station in stations { station.replace(configuration) }
    }

    /// Stops accepting, lets running calls finish for `patience`, and cuts the others.
    func end(within patience: Duration) async -> Station.Ending {
        await withTaskGroup(of: Station.Ending.self) { group in
            for station in stations {
                group.addTask { await station.end(within: patience) }
            }
            return await group.reduce(into: Station.Ending()) { total, ending in
                total.finished += ending.finished
                total.cut += ending.cut
            }
        }
    }

    private static func startStation(
        _ index: Int, _ settings: Settings, fleet: Fleet, ledger: Ledger, log: Log
    ) async throws(StartFailure) -> Station {
        do {
            let shard = try Shard(name: "martlet.shard.\(index)")
            shard.start()
            return try await shard.run { shard in
                let writer = try ledger.makeWriter(shard: index, clock: shard.clock)
                return Station(
                    on: shard, settings: settings, fleet: fleet, ledger: writer,
                    probesProviders: index == 0, log: log)
            }
        } catch let failure as StartFailure {
            throw failure
        } catch {
            throw StartFailure(reason: "\(error)")
        }
    }

    /// One list a listening address, in it a socket a shard. Those that systemd hands over come
    /// before those of the settings.
    private static func openSockets(
        _ settings: Settings, count: Int, environment: [String: String]
    ) throws(StartFailure) -> [[ListeningSocket]] {
        var sockets: [[ListeningSocket]]
        do throws(ListenFailure) {
            sockets = try ListeningSocket.handedOver(environment: environment, shards: count)
            if sockets.isEmpty {
                for address in settings.listen {
                    sockets.append(try ListeningSocket.open(address, shards: count))
                }
            }
        } catch {
            throw StartFailure(reason: "\(error)")
        }
        // The settings are checked when they are read; systemd may hand over any address.
        for address in sockets.compactMap({ $0.first?.address }) where !address.isLocal {
            throw StartFailure(
                reason: "\(address) can be reached from other machines, and this version has no "
                    + "client keys; listen on a loopback address or a unix socket")
        }
        return sockets
    }
}
