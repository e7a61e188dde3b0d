// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Gateway
import Providers
import Routing
import Simulator
import Testing
import Wire

/// Probes of providers, on virtual time.
@Suite struct ProviderProbesTests {
    private typealias Steps = [UpstreamScript.Step]

    private static func status(_ status: Int) -> Steps {
        [.wait(.milliseconds(50)), .head(HTTPReplyHead(status: status)), .end(.complete)]
    }

    /// A dialect, what a provider of it is asked for, and the description that has the path.
    struct ListRow: Sendable, CustomTestStringConvertible {
        var dialect: DialectID
        var options: [String: String] = [:]
        var path: String?
        /// The file, and what its paths begin with beside ours.
        var specification: (name: String, prefix: String)?
        var testDescription: String { "\(dialect) \(options.values.joined())" }
    }

    static let lists = [
        ListRow(dialect: .openai, path: "/models", specification: ("openai", "")),
        ListRow(dialect: .openai, path: "/models", specification: ("openrouter", "")),
        ListRow(dialect: .openai, path: "/models", specification: ("mistral", "/v1")),
        ListRow(dialect: .anthropic, path: "/v1/models"),
        ListRow(dialect: .cohere, path: "/v1/models", specification: ("cohere", "")),
        ListRow(dialect: .gemini, path: "/v1beta/models"),
        ListRow(dialect: .ollama, path: "/api/tags", specification: ("ollama", "")),
        ListRow(dialect: .azureOpenAI, path: "/openai/v1/models"),
        ListRow(
            dialect: .azureOpenAI, options: ["api_version": "2024-10-21"],
            path: "/openai/models?api-version=2024-10-21"),
        ListRow(
            dialect: .azureOpenAI, options: ["api_version": "preview"],
            path: "/openai/v1/models?api-version=preview"),
        ListRow(dialect: .bedrockConverse), ListRow(dialect: .vertex), ListRow(dialect: .watsonx),
    ]

    @Test(arguments: lists)
    func `each dialect has a list of models that costs nothing, or is left alone`(row: ListRow) {
        let world = ProbeWorld(
            providers: [ProbeWorld.provider("a", row.dialect, options: row.options)])
        world.pass(.seconds(4))
        #expect(world.sent.map(\.message.target) == (row.path.map { [$0] } ?? []))
        guard let specification = row.specification, let path = row.path,
            let check = SpecificationCheck(specification.name)
        else { return }
        #expect(check.value(at: ["paths", specification.prefix + path, "get"]) != nil)
    }

    @Test func `nothing but lists is asked for, with each key, once an interval`() {
        let dialects: [DialectID] = [.openai, .anthropic, .gemini, .cohere, .ollama, .azureOpenAI]
        let providers = dialects.map { ProbeWorld.provider($0.rawValue, $0) }
        let world = ProbeWorld(providers: providers) { configuration in
            configuration.spares["openai"] = [
                ProbeWorld.provider("openai", .openai, key: "second")
            ]
        }
        world.pass(.seconds(30 * 60))
        #expect(world.sent.allSatisfy { $0.message.method == "GET" && $0.message.body.isEmpty })
        let lists = Set(Self.lists.compactMap(\.path))
        #expect(world.sent.allSatisfy { lists.contains($0.message.target) })
        var counts: [String: Int] = [:]
        for request in world.sent {
            let key = request.message.fields.first("authorization") ?? "none"
            counts["\(request.endpoint.baseURL) \(key)", default: 0] += 1
        }
        #expect(counts.count == 7 && counts.values.allSatisfy { (54...67).contains($0) })
        #expect(counts["http://openai.invalid Bearer second"] != nil)
        #expect(world.ledger.entries.isEmpty && world.reports.isEmpty)
    }

    @Test func `probes of many come apart`() {
        let providers = (0..<20).map { ProbeWorld.provider("p\($0)", .openai) }
        let world = ProbeWorld(providers: providers)
        world.pass(.seconds(600))
        #expect(Set(world.moments.suffix(20)).count == 20)
    }

    private static let answers: [(String, isAlive: Bool, Steps)] =
        [200, 204, 301, 400, 401, 403, 404, 405, 429, 501].map { ("\($0)", true, status($0)) }
        + [500, 502, 503, 504, 529].map { ("\($0)", false, status($0)) }
        + [
            ("silence", false, [.silence]),
            ("silence behind the head", false, [.head(HTTPReplyHead(status: 200)), .silence]),
            ("nobody", false, [.end(.failed(TransferFailure(.connect, detail: "refused")))]),
            (
                "a list without end", true,
                [.head(HTTPReplyHead(status: 200))]
                    + (0..<80).map { _ in .bytes(Array(repeating: 0x20, count: 1_024)) }
                    + [.silence]
            ),
        ]

    @Test(arguments: answers.indices)
    func `who answers is alive, whatever it says of the question`(index: Int) throws {
        let (name, isAlive, steps) = Self.answers[index]
        let world = ProbeWorld(providers: [ProbeWorld.provider("a", .openai)])
        world.script = { _ in steps }
        world.pass(.seconds(9))
        #expect((world.sent.count == 1) == isAlive || name.hasPrefix("silence"), "\(name)")
        let condition = world.condition(of: "a")
        #expect((condition.obstacle == nil) == isAlive, "\(name)")
        #expect(condition.obstacle.map(\.kind) == (isAlive ? nil : .probeFailed))
        #expect(world.reports.count == (isAlive ? 0 : 1))
    }

    @Test func `a provider that is down is passed over before any call finds out`() throws {
        let world = ProbeWorld(
            providers: [
                ProbeWorld.provider("a", .openai), ProbeWorld.provider("b", .openai),
            ]
        ) { $0.routes["route"] = FleetWorld.route(of: "a", "b") }
        world.script = { [unowned world] request in
            let isDown =
                request.endpoint.baseURL.contains("//a.")
                && (Duration.seconds(100)..<Duration.seconds(200)).contains(world.elapsed)
            return isDown
                ? [.end(.failed(TransferFailure(.connect, detail: "refused")))]
                : FleetWorld.goodSteps(false)
        }
        var called: [[String]] = []
        for _ in 0..<3 {
            world.pass(.seconds(50))
            let reply = world.call("route")
            world.pass(.seconds(50))
            #expect(reply.head?.status == 200)
            called.append(try #require(world.ledger.entries.last?.attempts).map(\.provider))
        }
        #expect(called == [["a"], ["b"], ["a"]])
        #expect(
            world.reports == [
                "a does not answer probes: connect", "a answers probes again",
            ])
    }

    @Test func `the only target of a name is called all the same`() {
        let world = ProbeWorld(providers: [ProbeWorld.provider("a", .openai)])
        world.script = { request in
            request.message.method == "GET" ? Self.status(503) : FleetWorld.goodSteps(false)
        }
        world.pass(.seconds(10))
        #expect(world.condition(of: "a").obstacle != nil)
        let reply = world.call("a/m")
        world.pass(.seconds(1))
        #expect(reply.head?.status == 200)
    }

    @Test func `a failed probe counts no longer than until the next one`() {
        let world = ProbeWorld(providers: [ProbeWorld.provider("a", .openai)])
        world.script = { _ in Self.status(503) }
        world.pass(.seconds(10))
        world.gateway?.drain()
        #expect(world.condition(of: "a").obstacle != nil)
        world.pass(.seconds(12))
        #expect(world.condition(of: "a").obstacle == nil)
    }

    @Test func `who did not answer is asked ten times as often, and is back soon`() {
        let world = ProbeWorld(providers: [ProbeWorld.provider("a", .openai)])
        world.script = { [unowned world] _ in
            Self.status(world.elapsed < .seconds(60) ? 503 : 200)
        }
        world.pass(.seconds(60))
        #expect((17...22).contains(world.sent.count))
        world.pass(.seconds(4))
        #expect(world.condition(of: "a").obstacle == nil)
        let count = world.sent.count
        world.pass(.seconds(60))
        #expect(world.sent.count <= count + 3)
    }

    @Test func `targets say what a probe found`() throws {
        let world = ProbeWorld(
            providers: [
                ProbeWorld.provider("a", .openai), ProbeWorld.provider("b", .openai),
            ]
        ) { $0.routes["route"] = FleetWorld.route(of: "a", "b") }
        world.script = { Self.status($0.endpoint.baseURL.contains("//a.") ? 503 : 200) }
        world.pass(.seconds(10))
        let reply = world.ask("GET", "/v1/targets")
        let rows = try #require(reply.json?["data"] as? [[String: Any]])
        let kinds = rows.map { ($0["obstacle"] as? [String: Any])?["kind"] as? String }
        #expect(kinds == ["probe_failed", nil])
    }

    @Test func `one request at a time, however slow the answer`() {
        let world = ProbeWorld(providers: [ProbeWorld.provider("a", .openai)]) {
            $0.probeInterval = .seconds(1)
        }
        var most = 0
        world.script = { [unowned world] _ in
            most = max(most, world.transport?.runningTransfers ?? 0)
            return [.silence]
        }
        world.pass(.seconds(120))
        #expect(most == 1 && (18...21).contains(world.sent.count))
    }

    @Test func `the order to stop ends them, also one that is under way`() {
        for ending in [Gateway.drain, Gateway.close] {
            let world = ProbeWorld(providers: [ProbeWorld.provider("a", .openai)])
            world.script = { _ in [.silence] }
            world.pass(.seconds(4))
            #expect(world.transport?.runningTransfers == 1)
            if let gateway = world.gateway { ending(gateway)() }
            #expect(world.transport?.runningTransfers == 0)
            // Neither waits, nor comes back with another configuration.
            world.gateway?.configuration = world.configuration
            world.pass(.seconds(300))
            #expect(world.sent.count == 1 && world.clock.pendingCount == 0)
        }
    }

    @Test func `a reload turns them on and off`() {
        let world = ProbeWorld(providers: [ProbeWorld.provider("a", .openai)]) {
            $0.probeInterval = nil
        }
        world.pass(.seconds(300))
        #expect(world.sent.isEmpty)
        var other = world.configuration
        other.probeInterval = .seconds(10)
        world.gateway?.configuration = other
        world.pass(.seconds(100))
        #expect((8...12).contains(world.sent.count))
        let count = world.sent.count
        other.probeInterval = nil
        world.gateway?.configuration = other
        world.pass(.seconds(100))
        #expect(world.sent.count == count)
    }

    @Test func `the other shards do not probe`() {
        let world = ProbeWorld(
            providers: [ProbeWorld.provider("a", .openai)], probesProviders: false)
        world.pass(.seconds(300))
        #expect(world.sent.isEmpty)
    }
}

/// A gateway on virtual time that probes its providers; what they do is a script.
private final class ProbeWorld {
    let clock = VirtualClock()
    let ledger = RecordingLedger()
    let fleet = Fleet()
    let configuration: GatewayConfiguration
    private let shard = SimulatedShard()
    private let origin: Instant
    private(set) var gateway: Gateway?
    private(set) var transport: ScriptedTransport?
    private(set) var sent: [TransferRequest] = []
    /// When that was.
    private(set) var moments: [Duration] = []
    private(set) var reports: [String] = []
    var script: (TransferRequest) -> [UpstreamScript.Step] = { _ in FleetWorld.goodSteps(false) }

    init(
        providers: [Provider], probesProviders: Bool = true,
        configure: (inout GatewayConfiguration) -> Void = { _ in }
    ) {
        var configuration = GatewayConfiguration()
        for provider in providers { configuration.providers[provider.id] = provider }
        configuration.probeInterval = .seconds(30)
        configure(&configuration)
        self.configuration = configuration
        origin = clock.now
        fleet.adopt(configuration.fleetPlan)
        let transport = ScriptedTransport(clock: clock) { [unowned self] request in
            sent.append(request)
            moments.append(elapsed)
            return UpstreamScript(script(request))
        }
        self.transport = transport
        gateway = Gateway(
            ports: GatewayPorts(
                clock: clock, tasks: shard, random: SeededRandom(seed: 1), transport: transport,
                ledger: CallLedger(sink: ledger, flushes: shard, report: { _ in }), fleet: fleet,
                report: { [unowned self] in reports.append($0) }),
            configuration: configuration, probesProviders: probesProviders)
    }

    static func provider(
        _ id: String, _ dialect: DialectID, key: String = "first", options: [String: String] = [:]
    ) -> Provider {
        let vendor = Vendor(id: id, name: id, baseURL: "http://\(id).invalid", dialect: dialect)
        return Provider(
            id: id, vendor: vendor, endpoint: Endpoint(baseURL: vendor.baseURL),
            credential: Secret(key), options: options)
    }

    var elapsed: Duration { origin.duration(to: clock.now) }

    func pass(_ duration: Duration) { shard.pass(duration, by: clock) }

    func condition(of provider: String) -> TargetCondition {
        fleet.slot(for: Candidate(Target(provider: provider, model: "m")))
            .condition(at: clock.now.sinceOrigin)
    }

    func call(_ model: String) -> RecordingReply {
        ask(
            "POST", "/v1/chat/completions",
            body: #"{"model":"\#(model)","messages":[{"role":"user","content":"hi"}]}"#)
    }

    func ask(_ method: String, _ target: String, body: String = "") -> RecordingReply {
        let reply = RecordingReply()
        let request = HTTPRequest(
            method: method, target: target,
            fields: HTTPFields(["content-type": "application/json"]), body: Array(body.utf8),
            arrival: clock.now)
        shard.run { gateway?.handle(request, reply: reply) }
        return reply
    }
}
