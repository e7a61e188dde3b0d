// SPDX-License-Identifier: Apache-2.0
import Accounting
import CurlTransport
import Gateway
import HTTPServer
import Shard
import Wire

/// All that serves on one shard: its server, its gateway, its transport, its part of the ledger.
///
/// Isolation: `@unchecked Sendable`, because the queue of `shard` owns everything in it: it is made
/// and touched inside `run` and `post` of that shard only.
final class Station: @unchecked Sendable {
    private let gateway: Gateway
    private let server: HTTPServer
    private let transport: CurlTransport
    private let clock: any Timekeeper
    private let shard: Shard

    /// What was running when the order to stop came.
    struct Ending: Sendable {
        /// Calls that came to their own end.
        var finished = 0
        /// Calls that were ended with an error.
        var cut = 0
    }

    /// After the running calls were cut, what is left to carry their last bytes.
    private static let lastBytesTime = Duration.seconds(2)

    /// Called on the shard.
    ///
    /// - Parameter probesProviders: true for one of all stations.
    init(
        on shard: isolated Shard, settings: Settings, fleet: Fleet, ledger: any LedgerSink,
        probesProviders: Bool, log: Log
    ) {
        self.shard = shard
        clock = shard.clock
        transport = CurlTransport(loop: shard.loop, userAgent: "martlet/\(Version.number)")
        let callLedger = CallLedger(
            sink: ledger, flushes: shard.flushes, report: { log.warning($0) })
        gateway = Gateway(
            ports: GatewayPorts(
                clock: shard.clock, tasks: shard.tasks, random: shard.random,
                transport: transport, ledger: callLedger, fleet: fleet,
                report: { log.warning($0) }),
            configuration: settings.gateway, probesProviders: probesProviders)
        var serverSettings = ServerSettings()
        serverSettings.limits.bodyBytes = settings.gateway.maximumBodyBytes
        server = HTTPServer(
            settings: serverSettings, handler: gateway, timekeeper: shard.clock,
            flushScheduler: shard.flushes, willSend: { callLedger.flush() })
    }

    /// Accepts connections on the sockets from now on. From any thread.
    func listen(on sockets: [ListeningSocket], log: Log) async throws(SystemFailure) {
        let result = await shard.run { shard in
            Result { () throws(SystemFailure) in
                for socket in sockets {
                    try shard.listen(
                        on: socket,
                        onAccept: { self.server.accept($0) },
                        onTrouble: { log.error("cannot accept", ["reason": "\($0)"]) })
                }
            }
        }
        try result.get()
    }

    /// Serves calls soon with another configuration. From any thread.
    func replace(_ configuration: GatewayConfiguration) {
        shard.post { _ in self.gateway.configuration = configuration }
    }

    /// Accepts nothing more, waits for the running calls, cuts those that run longer than
    /// `patience`, and shuts the shard down. From any thread.
    func end(within patience: Duration) async -> Ending {
        let ending = await withCheckedContinuation { continuation in
            shard.post { shard in
                shard.stopAccepting()
                self.drain(within: patience) { continuation.resume(returning: $0) }
            }
        }
        await shard.run { _ in
            self.gateway.close()
            self.transport.close()
        }
        await shard.shutdown()
        return ending
    }

    private func drain(within patience: Duration, whenDone: @escaping (Ending) -> Void) {
        gateway.drain()
        let running = gateway.runningCalls
        var cut = 0
        var timer: TimerID?
        // Set before the drain, which may be done at once.
        let start = clock.now
        timer = clock.schedule(at: start.advanced(by: patience)) { [self] in
            cut = gateway.stopAll()
            timer = clock.schedule(at: clock.now.advanced(by: Self.lastBytesTime)) { [self] in
                server.closeAll()
            }
        }
        server.drain { [self] in
            if let timer { clock.cancel(timer) }
            whenDone(Ending(finished: running - cut, cut: cut))
        }
    }
}
