// SPDX-License-Identifier: Apache-2.0
import Accounting
import Gateway
import HTTPServer
import Providers
import Routing
import Wire

/// One run of the whole gateway in one thread on virtual time: clients, connections, HTTP, the
/// pipeline and the ledger are real; sockets, providers, clock, chance and disk are simulated.
///
/// The same seed gives the same run, so a seed that fails can be replayed and looked into.
package final class SimulatedRun {
    let random: SeededRandom
    let clock = VirtualClock()
    let shard = SimulatedShard()
    let ledger: SimulatedLedger
    /// How hard calls of each route are tried.
    var policies: [String: RoutePolicy] = [:]
    /// The addresses of providers that repeat what they go on from.
    private var repeating: Set<String> = []
    var plays: [Int: [ProviderPlay]] = [:]
    var clients: [SimulatedClient] = []
    private var transport: ScriptedTransport?
    private var gateway: Gateway?
    private var server: HTTPServer?
    private var lastSerial = 0
    package private(set) var reports: [String] = []

    package init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        ledger = SimulatedLedger(random: random, clock: clock)
    }

    /// Runs the world until nothing is left to happen; returns the invariants that were violated.
    package func violations() -> [String] {
        shard.run { build() }
        let limit = clock.now.advanced(by: .seconds(7_200))
        var isRunning = true
        while isRunning {
            // A batch is one event, or a few: what they all cause leaves together.
            shard.run {
                isRunning = !ledger.hasCrashed && clock.runNext(before: limit)
                guard isRunning, random.oneIn(3) else { return }
                for _ in 0..<random.pick(1...5) where !ledger.hasCrashed {
                    _ = clock.runNext(before: limit)
                }
            }
        }
        return Inspection(
            run: self, runningCalls: gateway?.runningCalls ?? 0,
            runningTransfers: transport?.runningTransfers ?? 0,
            openConnections: server?.connections ?? 0
        ).violations()
    }

    /// Everything that the clients read and the ledger was told, as text.
    package func story() -> String {
        _ = violations()
        let replies = clients.flatMap(\.replies).map { "\($0.status) \($0.isWhole) \($0.text)" }
        return (replies + ledger.accepted.map { "\($0)" } + reports).joined(separator: "\n")
    }

    private func build() {
        let transport = ScriptedTransport(clock: clock) { [unowned self] in script(for: $0) }
        let callLedger = CallLedger(
            sink: ledger, flushes: shard, report: { [unowned self] in reports.append($0) })
        let gateway = Gateway(
            ports: GatewayPorts(
                clock: clock, tasks: shard, random: random, transport: transport,
                ledger: callLedger),
            configuration: makeConfiguration())
        let server = HTTPServer(
            settings: ServerSettings(), handler: gateway, timekeeper: clock,
            flushScheduler: shard, willSend: { callLedger.flush() })
        self.transport = transport
        self.gateway = gateway
        self.server = server
        for _ in 0..<random.pick(1...6) {
            let client = SimulatedClient(plan: makePlan(), clock: clock, random: random)
            client.socket.isProcessDead = { [ledger] in ledger.hasCrashed }
            clients.append(client)
            clock.after(.milliseconds(random.pick(0...200))) {
                server.accept(client.socket)
                client.begin()
            }
        }
        if random.oneIn(6) {
            clock.after(.milliseconds(random.pick(0...3_000))) { _ = gateway.stopAll() }
        }
    }

    private func makeConfiguration() -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        for index in 0..<3 {
            let id = "p\(index)"
            var vendor = Vendor(id: id, name: id, baseURL: "http://\(id).invalid/v1")
            vendor.quirks.assistantPrefill = random.choice(AssistantPrefill.allCases)
            if vendor.quirks.assistantPrefill == .repeated { repeating.insert(vendor.baseURL) }
            configuration.providers[id] = Provider(
                id: id, vendor: vendor, endpoint: Endpoint(baseURL: vendor.baseURL),
                limits: TransferLimits(
                    firstByte: .seconds(random.pick(5...40)), idle: .seconds(random.pick(5...40))))
        }
        let targets = ["p0", "p1", "p2"].map { Target(provider: $0, model: "m") }
        for target in targets where !random.oneIn(4) {
            configuration.declarations[target] = TargetDeclaration(capabilities: [.prefill])
        }
        for count in 1...3 {
            let name = "route\(count)"
            policies[name] = makePolicy()
            configuration.routes[name] = Route(name: name, targets: Array(targets.prefix(count)))
            configuration.routes[name]?.policy = policies[name] ?? RoutePolicy()
        }
        configuration.onLedgerFailure = random.oneIn(2) ? .serve : .refuse
        return configuration
    }

    private func makePolicy() -> RoutePolicy {
        var policy = RoutePolicy()
        policy.retries.limit = random.pick(0...2)
        policy.retries.longest = .seconds(random.pick(1...10))
        if random.oneIn(3) {
            policy.deadline = .milliseconds(random.pick(500...(random.oneIn(2) ? 3_000 : 30_000)))
        }
        if random.oneIn(2) { policy.resume = .prefill }
        if random.oneIn(3) { policy.firstToken = .milliseconds(random.pick(100...10_000)) }
        if random.oneIn(2) {
            policy.hedge = HedgePolicy()
            policy.hedge?.budgetShare = 1
            if !random.oneIn(5) {
                policy.hedge?.delay = .fixed(.milliseconds(random.pick(1...400)))
            }
        }
        return policy
    }

    private func makePlan() -> ClientPlan {
        var plan = ClientPlan(requests: (0..<random.pick(1...4)).map { _ in makeRequest() })
        plan.isPipelining = random.oneIn(5)
        if random.oneIn(4) {
            plan.leavesAfter = .milliseconds(random.pick(0...4_000))
            plan.leavesByReset = random.oneIn(2)
        }
        if random.oneIn(4) {
            plan.window = random.pick(200...4_000)
            plan.readsPerTick = random.pick(20...2_000)
        }
        return plan
    }

    private func makeRequest() -> PlannedRequest {
        lastSerial += 1
        let isStream = random.oneIn(2)
        let model = random.oneIn(10) ? "nowhere" : "route\(random.pick(1...3))"
        let usage = #","stream_options":{"include_usage":true}"#
        let options = isStream && random.oneIn(2) ? usage : ""
        let body =
            #"{"model":"\#(model)","stream":\#(isStream)\#(options),"messages":[{"role":"user","#
            + #""content":"serial \#(lastSerial)."}]}"#
        let broken = random.oneIn(20) ? String(body.dropLast(3)) : body
        let head =
            "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(broken.utf8.count)\r\n\r\n"
        return PlannedRequest(
            serial: lastSerial, isStream: isStream, bytes: Array((head + broken).utf8))
    }

    /// The provider's play for a request that the gateway sends.
    private func script(for request: TransferRequest) -> UpstreamScript {
        let text = String(decoding: request.message.body, as: UTF8.self)
        let serial = Self.serial(in: text)
        let isStream = text.contains("\"stream\":true")
        var kind: ProviderPlay.Kind =
            random.oneIn(2) ? .complete : random.choice(ProviderPlay.Kind.allCases)
        if isStream && random.oneIn(5) { kind = .cut }
        let beginning = text.text(after: #"{"role":"assistant","content":""#)
        let play = ProviderPlay(
            kind: kind, isStream: isStream, beginning: beginning,
            isRepeating: !beginning.isEmpty && repeating.contains(request.endpoint.baseURL),
            random: random)
        plays[serial, default: []].append(play)
        return play.script(random: random)
    }

    private static func serial(in text: String) -> Int {
        let parts = text.split(separator: "serial ")
        guard parts.count == 2 else { return 0 }
        return Int(parts[1].prefix { $0.isNumber }) ?? 0
    }
}
