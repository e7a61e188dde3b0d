// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Gateway
import Providers
import Routing
import Simulator
import Wire

/// Several providers behind one gateway on virtual time, called again and again.
///
/// A provider's behaviour is a function of the moment, so that it can die, recover and slow down
/// while calls go on.
final class FleetWorld {
    /// What a provider does with a request that comes at a moment since the start of the world.
    typealias Behaviour = (_ moment: Duration, _ isStream: Bool) -> [UpstreamScript.Step]

    /// One call, once it is over.
    struct Call {
        let start: Duration
        let reply: RecordingReply
        let isStream: Bool
        /// Whether the client got a whole answer.
        var isServed: Bool {
            reply.head?.status == 200 && reply.ending == .finished
                && (!isStream || reply.text.hasSuffix("data: [DONE]\n\n"))
        }
    }

    let clock = VirtualClock()
    let gateway: Gateway
    let fleet: Fleet
    let ledger = RecordingLedger()
    private let shard = SimulatedShard()
    private let origin: Instant
    private var providers: [String: Behaviour] = [:]
    private(set) var calls: [Call] = []
    /// What each provider was sent, and when.
    private(set) var sent: [(provider: String, moment: Duration, request: TransferRequest)] = []
    private(set) var transport: ScriptedTransport

    init(
        _ behaviours: KeyValuePairs<String, Behaviour>, seed: UInt64 = 1,
        configure: (inout GatewayConfiguration) -> Void
    ) {
        var configuration = GatewayConfiguration()
        for (id, _) in behaviours {
            let vendor = Vendor(id: id, name: id, baseURL: "http://\(id).invalid/v1")
            configuration.providers[id] = Provider(
                id: id, vendor: vendor, endpoint: Endpoint(baseURL: vendor.baseURL),
                limits: TransferLimits(firstByte: .seconds(5), idle: .seconds(5)))
        }
        configure(&configuration)
        let clock = clock
        let fleet = Fleet()
        self.fleet = fleet
        fleet.adopt(configuration.fleetPlan)
        origin = clock.now
        var play: ((TransferRequest) -> UpstreamScript)?
        transport = ScriptedTransport(clock: clock) { play?($0) ?? UpstreamScript([]) }
        gateway = Gateway(
            ports: GatewayPorts(
                clock: clock, tasks: shard, random: SeededRandom(seed: seed),
                transport: transport,
                ledger: CallLedger(sink: ledger, flushes: shard, report: { _ in }), fleet: fleet),
            configuration: configuration)
        for (id, behaviour) in behaviours { providers[id] = behaviour }
        play = { [unowned self] request in
            let host = request.endpoint.baseURL.dropFirst("http://".count)
            let id = String(host.prefix { $0 != "." })
            let moment = origin.duration(to: clock.now)
            let isStream = String(decoding: request.message.body, as: UTF8.self)
                .contains(#""stream":true"#)
            sent.append((id, moment, request))
            return UpstreamScript(providers[id]?(moment, isStream) ?? [])
        }
    }

    /// Calls a model every `interval` for `duration`, and lets all of it end.
    func run(
        _ model: String, every interval: Duration, for duration: Duration, stream: Bool = false,
        fields: KeyValuePairs<String, String> = [:], more: String = ""
    ) {
        let flag = stream ? #","stream":true"# : ""
        let body = Array(
            (#"{"model":"\#(model)"\#(flag)\#(more),"messages":[{"role":"user","content":"hi"}]}"#)
                .utf8)
        var head = HTTPFields(["content-type": "application/json"])
        for (name, value) in fields { head.append(name, value) }
        var moment = Duration.zero
        let first = clock.now
        while moment < duration {
            clock.after(moment) { [self] in
                let reply = RecordingReply()
                let request = HTTPRequest(
                    method: "POST", target: "/v1/chat/completions", fields: head, body: body,
                    arrival: clock.now)
                gateway.handle(request, reply: reply)
                calls.append(
                    Call(start: first.duration(to: clock.now), reply: reply, isStream: stream))
            }
            moment += interval
        }
        var isRunning = true
        while isRunning { shard.run { isRunning = clock.runNext(before: .distantFuture) } }
    }

    /// Which providers were sent calls within a span of time, as often as they were.
    func sent(in span: Range<Duration>) -> [String: Int] {
        sent.filter { span.contains($0.moment) }.reduce(into: [:]) {
            $0[$1.provider, default: 0] += 1
        }
    }

    /// How many calls were not served.
    var failures: Int { calls.count { !$0.isServed } }
}

extension FleetWorld {
    /// A good answer after `delay`, in whichever form is asked for.
    static func good(after delay: Duration = .milliseconds(50)) -> Behaviour {
        { _, isStream in goodSteps(isStream, after: delay) }
    }

    static func goodSteps(
        _ isStream: Bool, after delay: Duration = .milliseconds(50)
    ) -> [UpstreamScript.Step] {
        isStream
            ? AttemptScripts.stream("hi", contentAfter: delay, endAfter: .milliseconds(10))
            : AttemptScripts.answer("hi", after: delay)
    }

    /// An error of that status at once.
    static func failing(_ status: Int, retryAfter: Int? = nil) -> Behaviour {
        { _, _ in AttemptScripts.status(status, retryAfter: retryAfter) }
    }

    static func head(_ type: String, status: Int = 200) -> UpstreamScript.Step {
        .head(HTTPReplyHead(status: status, fields: HTTPFields(["content-type": type])))
    }
}

extension FleetWorld {
    /// `usual`, but `other` within a span of time.
    static func except(
        in span: Range<Duration>, _ other: @escaping Behaviour,
        usually usual: @escaping Behaviour = good()
    ) -> Behaviour {
        { moment, isStream in
            span.contains(moment) ? other(moment, isStream) : usual(moment, isStream)
        }
    }

    static func route(
        _ strategy: Strategy = .ordered, of providers: String...,
        policy: RoutePolicy = RoutePolicy()
    ) -> Route {
        var route = Route(
            name: "route", strategy: strategy,
            targets: providers.map { Target(provider: $0, model: "m") })
        route.policy = policy
        return route
    }
}
