// SPDX-License-Identifier: Apache-2.0
package import Wire

/// The world as the gateway of one shard sees it. All of it is replaced in the simulator.
///
/// An object, as every call holds it.
package final class GatewayPorts {
    package let clock: any Timekeeper
    package let tasks: any TaskStarter
    package let random: any RandomSource
    package let transport: any Transport
    package let ledger: CallLedger
    /// Shared by all shards.
    package let fleet: Fleet
    /// Tells the operator what went wrong outside of any call; no keys.
    package let report: (String) -> Void

    package init(
        clock: any Timekeeper, tasks: any TaskStarter, random: any RandomSource,
        transport: any Transport, ledger: CallLedger, fleet: Fleet = Fleet(),
        report: @escaping (String) -> Void = { _ in }
    ) {
        self.clock = clock
        self.tasks = tasks
        self.random = random
        self.transport = transport
        self.ledger = ledger
        self.fleet = fleet
        self.report = report
    }
}
