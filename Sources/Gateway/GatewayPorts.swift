// SPDX-License-Identifier: Apache-2.0
package import Accounting
package import Wire

/// The world as the gateway of one shard sees it. All of it is replaced in the simulator.
package struct GatewayPorts {
    package var clock: any Timekeeper
    package var tasks: any TaskStarter
    package var random: any RandomSource
    package var transport: any Transport
    package var ledger: any LedgerSink
    /// Tells the operator what went wrong; no prompts, no keys.
    package var report: (String) -> Void

    package init(
        clock: any Timekeeper, tasks: any TaskStarter, random: any RandomSource,
        transport: any Transport, ledger: any LedgerSink, report: @escaping (String) -> Void
    ) {
        self.clock = clock
        self.tasks = tasks
        self.random = random
        self.transport = transport
        self.ledger = ledger
        self.report = report
    }
}
