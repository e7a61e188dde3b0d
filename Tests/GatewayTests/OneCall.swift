// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Gateway
import Providers
import Routing
import Simulator
import Wire

/// One call through the whole gateway, without a connection: a request in, a scripted provider
/// behind it, and what client and ledger got.
struct OneCall {
    let reply: RecordingReply
    let entries: [LedgerEntry]
    let sent: [TransferRequest]
    let runningTransfers: Int

    /// - Parameters:
    ///   - body: the client's JSON.
    ///   - steps: what the provider does.
    ///   - stepsElsewhere: what a provider at another address does.
    ///   - attempts: what is done at the first attempts instead, in their order.
    ///   - retries: how often a candidate that failed is tried again.
    ///   - batch: the call's task sees at once what happens within so long.
    ///   - operation: what is asked for.
    ///   - fields: what the client's head says beside the media type.
    ///   - percentile95: that of every candidate; nil where none is known.
    ///   - configure: changes to a configuration whose only provider is `vendor`.
    init(
        body: [UInt8], vendor: Vendor, steps: [UpstreamScript.Step],
        stepsElsewhere: [UpstreamScript.Step]? = nil,
        attempts: [[UpstreamScript.Step]] = [], retries: Int = 0,
        operation: CallOperation = .chat, fields: KeyValuePairs<String, String> = [:],
        batch: Duration = .zero, percentile95: Duration? = nil,
        configure: (inout GatewayConfiguration) -> Void = { _ in },
        meanwhile: ((VirtualClock, RecordingReply) -> Void)? = nil
    ) {
        var configuration = GatewayConfiguration()
        configuration.providers[vendor.id] = Provider(
            id: vendor.id, vendor: vendor, endpoint: Endpoint(baseURL: "http://x.invalid/v1"))
        configure(&configuration)
        configuration.defaultPolicy.retries.limit = retries
        for name in configuration.routes.keys {
            configuration.routes[name]?.policy.retries.limit = retries
        }
        let shard = SimulatedShard()
        let clock = VirtualClock()
        let ledger = RecordingLedger()
        let reply = RecordingReply()
        var sent: [TransferRequest] = []
        let transport = ScriptedTransport(clock: clock) { request in
            sent.append(request)
            if sent.count <= attempts.count { return UpstreamScript(attempts[sent.count - 1]) }
            let isElsewhere = request.endpoint.baseURL != "http://x.invalid/v1"
            return UpstreamScript(isElsewhere ? stepsElsewhere ?? steps : steps)
        }
        let ports = GatewayPorts(
            clock: clock, tasks: shard, random: SeededRandom(seed: 1), transport: transport,
            ledger: CallLedger(sink: ledger, flushes: shard, report: { _ in }))
        let gateway = Gateway(ports: ports, configuration: configuration)
        if let percentile95 {
            ports.fleet.remember(percentile95, of: configuration, at: clock.now.sinceOrigin)
        }
        var head = HTTPFields(["content-type": "application/json"])
        for (name, value) in fields { head.append(name, value) }
        let request = HTTPRequest(
            method: "POST", target: "/v1" + operation.path, fields: head, body: body,
            arrival: clock.now)
        shard.run { gateway.handle(request, reply: reply) }
        meanwhile?(clock, reply)
        var isRunning = true
        while isRunning {
            shard.run {
                isRunning = clock.runNext(before: .distantFuture)
                let end = clock.now.advanced(by: batch)
                while clock.runNext(before: end) {}
            }
        }
        self.reply = reply
        self.entries = ledger.entries
        self.sent = sent
        self.runningTransfers = transport.runningTransfers
    }

    /// The data of the events that the client was sent.
    var events: [String] {
        reply.text.components(separatedBy: "\n\n").compactMap { block in
            block.hasPrefix("data: ") ? String(block.dropFirst(6)) : nil
        }
    }

    var sawDone: Bool { events.last == "[DONE]" }
}

extension Fleet {
    /// Lets all targets of routes have taken so long for their first content and their end, often
    /// enough to be known.
    fileprivate func remember(
        _ latency: Duration, of configuration: GatewayConfiguration, at now: Duration
    ) {
        for target in configuration.routes.values.flatMap(\.targets) {
            let slot = slot(for: Candidate(target))
            for isStream in [false, true] {
                for _ in 0..<20 {
                    guard case .permitted(let permit) = slot.begin(at: now) else { return }
                    var outcome = AttemptOutcome(.success, isStream: isStream)
                    outcome.firstToken = latency
                    outcome.whole = latency
                    slot.end(permit, outcome, at: now)
                }
            }
        }
    }
}
