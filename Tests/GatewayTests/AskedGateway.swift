// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Foundation
import Gateway
import Providers
import Routing
import Simulator
import Wire

/// A gateway that is asked about itself. No provider is behind it: a call of one would be a failure.
final class AskedGateway {
    let gateway: Gateway
    let clock = VirtualClock()
    let fleet = Fleet()
    private let shard = SimulatedShard()

    init(_ configuration: GatewayConfiguration) {
        let ledger = RecordingLedger()
        let transport = ScriptedTransport(clock: clock) { _ in
            preconditionFailure("a provider was called")
        }
        gateway = Gateway(
            ports: GatewayPorts(
                clock: clock, tasks: shard, random: SeededRandom(seed: 1), transport: transport,
                ledger: CallLedger(sink: ledger, flushes: shard, report: { _ in }),
                fleet: fleet),
            configuration: configuration)
    }

    func ask(
        _ method: String, _ target: String, body: String = "",
        fields: KeyValuePairs<String, String> = ["content-type": "application/json"]
    ) -> RecordingReply {
        let reply = RecordingReply()
        let request = HTTPRequest(
            method: method, target: target, fields: HTTPFields(fields), body: Array(body.utf8),
            arrival: clock.now)
        shard.run { gateway.handle(request, reply: reply) }
        return reply
    }
}

extension RecordingReply {
    /// The answer as an object of JSON.
    var json: [String: Any]? {
        try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
    }
}
