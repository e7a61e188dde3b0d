// SPDX-License-Identifier: Apache-2.0
import Accounting
import Gateway
import Providers
import Routing
import Simulator
import Wire

/// A gateway on virtual time whose provider wants access tokens: what its token endpoint does is a
/// script, and what it was asked can be read.
final class TokenWorld {
    static let tokenURL = "http://token.invalid/token"
    let clock = VirtualClock()
    let ledger = RecordingLedger()
    private let shard = SimulatedShard()
    private(set) var gateway: Gateway?
    private(set) var tokenRequests: [TransferRequest] = []
    private(set) var chats: [TransferRequest] = []
    private(set) var reports: [String] = []
    private(set) var transport: ScriptedTransport?
    /// What the token endpoint does, by the number of the request from 1.
    var tokenEndpoint: (Int) -> [UpstreamScript.Step] = { TokenWorld.token("t\($0)") }
    /// What the provider answers with.
    var chatStatus = 200

    init(targets: [Target] = [Target(provider: "cloud", model: "m")]) {
        let transport = ScriptedTransport(clock: clock) { [unowned self] request in
            if request.endpoint.baseURL + request.message.target == Self.tokenURL {
                tokenRequests.append(request)
                return UpstreamScript(tokenEndpoint(tokenRequests.count))
            }
            chats.append(request)
            return UpstreamScript(Self.chat(status: chatStatus))
        }
        self.transport = transport
        let ports = GatewayPorts(
            clock: clock, tasks: shard, random: SeededRandom(seed: 1), transport: transport,
            ledger: CallLedger(sink: ledger, flushes: shard, report: { _ in }),
            report: { [unowned self] in reports.append($0) })
        gateway = Gateway(ports: ports, configuration: Self.configuration(targets))
    }

    static func configuration(
        _ targets: [Target] = [Target(provider: "cloud", model: "m")]
    ) -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        let vendor = Vendor(
            id: "cloud", name: "Cloud", baseURL: "http://x.invalid", authentication: .ibmAPIKey)
        configuration.providers["cloud"] = Provider(
            id: "cloud", vendor: vendor, endpoint: Endpoint(baseURL: "http://x.invalid"),
            grant: IBMAPIKey(Secret("very secret&"), tokenURL: TokenURL(tokenURL)))
        configuration.providers["plain"] = Provider(
            id: "plain", vendor: Vendor(id: "plain", name: "Plain", baseURL: "http://y.invalid"),
            endpoint: Endpoint(baseURL: "http://y.invalid"), credential: Secret("p"))
        configuration.routes = ["m": Route(name: "m", strategy: .ordered, targets: targets)]
        return configuration
    }

    /// A call that begins now, and what its client gets.
    func call() -> RecordingReply {
        let reply = RecordingReply()
        let request = HTTPRequest(
            method: "POST", target: "/v1/chat/completions",
            fields: HTTPFields(["content-type": "application/json"]),
            body: Array(#"{"model":"m","messages":[]}"#.utf8), arrival: clock.now)
        shard.run { gateway?.handle(request, reply: reply) }
        return reply
    }

    /// Lets time pass, with all that happens in it.
    func pass(_ duration: Duration) { shard.pass(duration, by: clock) }

    func leave(_ reply: RecordingReply) { shard.run { reply.leave() } }

    /// The tokens that the provider was shown, in the order of the calls.
    var shown: [String] {
        chats.map { $0.message.fields.first("authorization") ?? "none" }
    }

    // MARK: Answers

    static func token(
        _ token: String, lifetime: Int = 3_600, after delay: Duration = .milliseconds(100)
    ) -> [UpstreamScript.Step] {
        let json = #"{"access_token":"\#(token)","expires_in":\#(lifetime),"token_type":"Bearer"}"#
        return answer(200, json, after: delay)
    }

    static func answer(
        _ status: Int, _ body: String, after delay: Duration = .milliseconds(100)
    ) -> [UpstreamScript.Step] {
        [
            .wait(delay), .head(HTTPReplyHead(status: status)), .bytes(Array(body.utf8)),
            .end(.complete),
        ]
    }

    private static func chat(status: Int) -> [UpstreamScript.Step] {
        let good =
            #"{"id":"i","object":"chat.completion","choices":[{"index":0,"message":"#
            + #"{"role":"assistant","content":"ok"},"finish_reason":"stop"}]}"#
        return answer(status, status == 200 ? good : #"{"error":{"message":"no"}}"#)
    }
}
