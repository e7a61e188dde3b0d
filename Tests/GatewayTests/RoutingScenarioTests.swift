// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Gateway
import Routing
import Simulator
import Testing
import Wire

/// Two targets of which one misbehaves for a while, as the clients of a route see it.
@Suite struct RoutingScenarioTests {
    /// How a target misbehaves between the tenth and the fortieth second.
    enum Trouble: String, CaseIterable, CustomTestStringConvertible {
        case dies = "is dead"
        case fails = "answers 500"
        case isOverloaded = "answers 503 with Retry-After"
        case limits = "answers 429 with Retry-After"
        case refusesTheKey = "answers 401"
        case stalls = "falls silent before the first byte"
        case stallsBehindTheHead = "falls silent behind the head"
        case talksGarbage = "talks garbage"
        case cuts = "cuts before the first content"

        var testDescription: String { rawValue }

        var behaviour: FleetWorld.Behaviour {
            switch self {
            case .dies:
                { _, _ in [.end(.failed(TransferFailure(.connect, detail: "scripted")))] }
            case .fails: FleetWorld.failing(500)
            case .isOverloaded: FleetWorld.failing(503, retryAfter: 2)
            case .limits: FleetWorld.failing(429, retryAfter: 3)
            case .refusesTheKey: FleetWorld.failing(401)
            case .stalls: { _, _ in [.silence] }
            case .stallsBehindTheHead:
                { _, isStream in
                    [
                        FleetWorld.head(isStream ? "text/event-stream" : "application/json"),
                        .silence,
                    ]
                }
            case .talksGarbage:
                { _, isStream in
                    [
                        FleetWorld.head(isStream ? "text/event-stream" : "application/json"),
                        .bytes(Array("data: {oops\n\n".utf8)), .end(.complete),
                    ]
                }
            case .cuts:
                { _, isStream in
                    [
                        FleetWorld.head(isStream ? "text/event-stream" : "application/json"),
                        .bytes(Array((isStream ? ": hello\n\n" : #"{"choi"#).utf8)),
                        .end(.failed(TransferFailure(.cut, detail: "scripted"))),
                    ]
                }
            }
        }
    }

    @Test(arguments: Trouble.allCases, [false, true])
    func `no client notices that the first target`(_ trouble: Trouble, stream: Bool) {
        let span = Duration.seconds(10)..<Duration.seconds(40)
        let world = FleetWorld([
            "a": FleetWorld.except(in: span, trouble.behaviour), "b": FleetWorld.good(),
        ]) { $0.routes["route"] = FleetWorld.route(of: "a", "b") }
        world.run("route", every: .milliseconds(100), for: .seconds(120), stream: stream)
        #expect(world.calls.count == 1_200)
        #expect(world.failures == 0)
        #expect(world.ledger.entries.count == 1_200)
        #expect(world.transport.runningTransfers == 0)
        // It is left alone while it misbehaves …
        let tried = world.sent(in: Duration.seconds(20)..<Duration.seconds(40))["a"] ?? 0
        #expect(tried <= 20, "\(tried) calls went to a target that does not work")
        // … and is found again.
        let last = world.sent(in: Duration.seconds(110)..<Duration.seconds(120))
        #expect(last == ["a": 100])
    }

    @Test(arguments: [false, true])
    func `a fifth of failures at chance is not seen, and stays within the budget`(stream: Bool) {
        let generator = SeededRandom(seed: 7)
        let world = FleetWorld([
            "a": { moment, isStream in
                generator.next() % 5 == 0
                    ? FleetWorld.failing(500)(moment, isStream)
                    : FleetWorld.goodSteps(isStream)
            },
            "b": FleetWorld.good(),
        ]) { $0.routes["route"] = FleetWorld.route(of: "a", "b") }
        world.run("route", every: .milliseconds(20), for: .seconds(60), stream: stream)
        #expect(world.failures == 0)
        let extra = world.sent.count - world.calls.count
        #expect(extra > 400 && Double(extra) <= 0.25 * Double(world.calls.count))
    }

    @Test func `where everything is open, the answer says which, why and until when`() throws {
        let dead: FleetWorld.Behaviour = { _, _ in
            [.end(.failed(TransferFailure(.connect, detail: "scripted")))]
        }
        let world = FleetWorld(["a": dead, "b": FleetWorld.failing(500)]) {
            $0.routes["route"] = FleetWorld.route(of: "a", "b")
            $0.routes["route"]?.policy.retries.limit = 0
        }
        world.run("route", every: .milliseconds(50), for: .seconds(3))
        let reply = try #require(world.calls.last?.reply)
        #expect(reply.head?.status == 503)
        #expect(reply.text.contains("no_target"))
        #expect(reply.text.contains("a/m") && reply.text.contains("b/m"))
        let seconds = try #require(reply.head?.fields.first("retry-after").flatMap { Int($0) })
        #expect((1...5).contains(seconds))
    }

    @Test func `the latency strategy follows a step change within fifty calls`() throws {
        let change = Duration.seconds(30)
        let slow = FleetWorld.good(after: .milliseconds(400))
        let fast = FleetWorld.good(after: .milliseconds(100))
        let world = FleetWorld([
            "a": { $0 < change ? fast($0, $1) : slow($0, $1) },
            "b": { $0 < change ? slow($0, $1) : fast($0, $1) },
        ]) { $0.routes["route"] = FleetWorld.route(.latency, of: "a", "b") }
        world.run("route", every: .milliseconds(500), for: .seconds(120), stream: true)
        #expect(world.failures == 0)
        let before = world.sent(in: Duration.seconds(20)..<change)
        #expect(before["a"] ?? 0 > 4 * (before["b"] ?? 0))
        // Fifty calls later: but for those that explore.
        let after = world.sent(in: Duration.seconds(56)..<Duration.seconds(106))
        #expect(after["b"] ?? 0 > 4 * (after["a"] ?? 0))
    }

    @Test func `a credential that is refused is passed over, and its sister serves`() throws {
        let world = FleetWorld(["a": FleetWorld.good()]) { configuration in
            guard let provider = configuration.providers["a"] else { return }
            configuration.spares["a"] = [provider]
            configuration.routes["route"] = FleetWorld.route(of: "a")
        }
        world.run("route", every: .milliseconds(10), for: .seconds(2))
        #expect(world.failures == 0)
        let used = Set(world.ledger.entries.flatMap(\.attempts).map(\.credential))
        #expect(used == [0, 1])
    }

    @Test func `a hedge cuts the tail within its budget`() throws {
        let generator = SeededRandom(seed: 3)
        var policy = RoutePolicy()
        policy.hedge = HedgePolicy()
        policy.hedge?.delay = .fixed(.milliseconds(100))
        policy.hedge?.budgetShare = 0.1
        let world = FleetWorld([
            "a": { _, isStream in
                FleetWorld.goodSteps(
                    isStream, after: generator.next() % 20 == 0 ? .seconds(2) : .milliseconds(20))
            },
            "b": FleetWorld.good(after: .milliseconds(20)),
        ]) { $0.routes["route"] = FleetWorld.route(of: "a", "b", policy: policy) }
        world.run("route", every: .milliseconds(20), for: .seconds(40), stream: true)
        #expect(world.failures == 0)
        let times = world.ledger.entries.compactMap(\.timings.firstToken).sorted()
        #expect(times[times.count * 99 / 100] < .milliseconds(400))
        let hedges = world.sent.count - world.calls.count
        #expect(hedges > 50 && Double(hedges) <= 0.1 * Double(world.calls.count) + 10)
        let losers = world.ledger.entries.flatMap(\.attempts).filter { $0.state == .cancelled }
        #expect(losers.count == hedges)
    }

    @Test func `what a client says of its call is kept`() throws {
        let world = FleetWorld(["a": FleetWorld.failing(500), "b": FleetWorld.good()]) {
            $0.routes["route"] = FleetWorld.route(of: "a", "b")
        }
        world.run(
            "route", every: .seconds(60), for: .seconds(60),
            fields: ["x-martlet-no-fallback": "true", "x-martlet-retries": "0"])
        #expect(world.sent.map(\.provider) == ["a"])
        #expect(world.calls.first?.reply.head?.status == 502)
        world.run(
            "route", every: .seconds(60), for: .seconds(60),
            more: #","provider":{"order":["b"],"allow_fallbacks":false}"#)
        #expect(world.sent.map(\.provider) == ["a", "b"])
        let body = try #require(world.sent.last?.request.message.body)
        #expect(!String(decoding: body, as: UTF8.self).contains("provider"))
    }

    @Test func `a target that hangs until the deadline is left alone after a few calls`() {
        var policy = RoutePolicy()
        policy.deadline = .seconds(3)
        let world = FleetWorld(["a": { _, _ in [.silence] }, "b": FleetWorld.good()]) {
            $0.routes["route"] = FleetWorld.route(of: "a", "b", policy: policy)
        }
        world.run("route", every: .seconds(1), for: .seconds(60))
        // As many as run before the first one has failed, and those that open the breaker, and probes.
        #expect(world.failures < 20)
        #expect(world.sent(in: Duration.seconds(12)..<Duration.seconds(60))["b"] ?? 0 > 35)
    }

    @Test func `a client that gives its call no time holds up no target`() throws {
        let world = FleetWorld(["a": FleetWorld.good(), "b": FleetWorld.good()]) {
            $0.routes["route"] = FleetWorld.route(of: "a", "b")
        }
        world.run(
            "route", every: .milliseconds(100), for: .seconds(5),
            fields: ["x-martlet-timeout": "1ms"])
        #expect(world.failures == world.calls.count)
        world.run("route", every: .milliseconds(100), for: .seconds(5))
        #expect(world.failures == 50)
        #expect(Set(world.sent.map(\.provider)) == ["a"])
    }

    @Test func `fallbacks are held to what the client wishes, too`() throws {
        let tooLong: FleetWorld.Behaviour = { _, _ in
            [
                FleetWorld.head("application/json", status: 400),
                .bytes(Array(#"{"error":{"code":"context_length_exceeded","message":"no"}}"#.utf8)),
                .end(.complete),
            ]
        }
        var policy = RoutePolicy()
        policy.contextFallbacks = ["b", "c"].map { Target(provider: $0, model: "m") }
        let world = FleetWorld(["a": tooLong, "b": FleetWorld.good(), "c": FleetWorld.good()]) {
            $0.routes["route"] = FleetWorld.route(of: "a", policy: policy)
        }
        world.run(
            "route", every: .seconds(1), for: .seconds(1), more: #","provider":{"ignore":["b"]}"#)
        #expect(world.failures == 0)
        #expect(world.sent.map(\.provider) == ["a", "c"])
    }

    @Test func `a stream that is whole and empty is that, and no rival runs on`() throws {
        var policy = RoutePolicy()
        policy.hedge = HedgePolicy()
        policy.hedge?.delay = .fixed(.milliseconds(10))
        policy.hedge?.budgetShare = 1
        let empty: FleetWorld.Behaviour = { _, _ in
            [
                .wait(.milliseconds(100)), FleetWorld.head("text/event-stream"),
                .bytes(Array((AttemptScripts.chunk("{}", #""stop""#) + "data: [DONE]\n\n").utf8)),
                .end(.complete),
            ]
        }
        let world = FleetWorld(["a": empty, "b": FleetWorld.good(after: .seconds(1))]) {
            $0.routes["route"] = FleetWorld.route(of: "a", "b", policy: policy)
        }
        world.run("route", every: .seconds(5), for: .seconds(5), stream: true)
        #expect(world.failures == 0)
        #expect(world.transport.runningTransfers == 0)
        let entry = try #require(world.ledger.entries.first)
        #expect(entry.attempts.map(\.state) == [.cancelled, .complete])
    }
}
