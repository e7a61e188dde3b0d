// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Gateway
import martlet
import Providers
import Routing
import Simulator
import Testing
import Wire

/// The cost strategy by the prices that are built in: where they change, so may these choices.
@Suite struct CostRoutingTests {
    /// A request, in tokens, and the order of its targets.
    struct Row: Sendable, CustomTestStringConvertible {
        var input: Int
        var output: Int
        var order: [String]
        /// Cents for a million tokens of input and of output, of each of them.
        var cents: [(Int, Int)]
        var testDescription: String { "\(input) in, \(output) out" }
    }

    private static let flash = "deepseek/deepseek-v3.2"
    private static let small = "mistral/mistral-small-2603"
    private static let grok = "xai/grok-4.20"
    private static let sol = "openai/gpt-6-sol"

    static let plain = [
        // One has the cheaper output, the other one the cheaper input.
        Row(
            input: 100, output: 2_000, order: [flash, small],
            cents: [(28, 40), (15, 60)]),
        Row(
            input: 10_000, output: 100, order: [small, flash],
            cents: [(15, 60), (28, 40)]),
    ]

    static let tiers = [
        Row(input: 1_000, output: 100, order: [grok, sol], cents: [(125, 250), (200, 1_000)]),
        // xAI doubles its prices above 200,000 tokens, OpenAI its own above 272,000.
        Row(input: 250_000, output: 100, order: [sol, grok], cents: [(200, 1_000), (250, 500)]),
        Row(input: 300_000, output: 100, order: [grok, sol], cents: [(250, 500), (400, 1_500)]),
    ]

    @Test(arguments: plain + tiers)
    func `the cheaper one for this very request comes first, also in long contexts`(
        row: Row
    ) throws {
        // The settings name them the other way round, so that no order is there by itself.
        let world = try CostWorld(targets: row.order.reversed())
        let explained = try #require(world.explain(row.input, row.output).json)
        let needs = try #require(explained["needs"] as? [String: Any])
        let input = try #require(needs["estimated_input_tokens"] as? Int)
        #expect(abs(input - row.input) < 20)
        #expect(needs["estimated_output_tokens"] as? Int == row.output)
        let candidates = try #require(explained["candidates"] as? [[String: Any]])
        #expect(candidates.map { $0["target"] as? String } == row.order)
        for (candidate, cents) in zip(candidates, row.cents) {
            let cost = Decimal(input * cents.0 + row.output * cents.1) / 100_000_000
            let told = try #require(candidate["estimated_cost"] as? String)
            #expect(Decimal(string: told) == cost)
        }
        #expect(world.call(row.input, row.output) == [row.order[0]])
    }

    @Test func `one without a price comes last`() throws {
        let world = try CostWorld(targets: ["openai/unheard-of", Self.sol])
        #expect(world.call(1_000, 100) == [Self.sol])
    }

    @Test func `a conversation stays where its prompt cache is warm, while that is cheaper`() throws
    {
        let world = try CostWorld(targets: [Self.grok, Self.sol])
        // The cheaper one has a bad moment, so that the dearer one gets to know the conversation.
        world.failing = ["xai"]
        #expect(world.call(20_000, 100) == [Self.grok, Self.sol])
        world.failing = []
        // 20,000 tokens are 25 mUSD at xAI, and 4 mUSD from OpenAI's cache.
        world.pass(.seconds(60))
        #expect(world.call(20_000, 100) == [Self.sol])
        // Another conversation is in no cache.
        #expect(world.call(20_000, 100, opening: "Other") == [Self.grok])
        // Where the answer is what costs, the cache does not make up for it.
        #expect(world.call(20_000, 8_000) == [Self.grok])
        // Now both know it, and xAI's cache is read at the price of OpenAI's.
        #expect(world.call(20_000, 100) == [Self.grok])
    }

    @Test func `a cache is forgotten after five minutes`() throws {
        let world = try CostWorld(targets: [Self.grok, Self.sol])
        world.failing = ["xai"]
        #expect(world.call(20_000, 100) == [Self.grok, Self.sol])
        world.failing = []
        world.pass(.seconds(301))
        #expect(world.call(20_000, 100) == [Self.grok])
    }
}

/// A gateway on virtual time that is set up by a file, and has the prices that are built in.
private final class CostWorld {
    private let gateway: Gateway
    private let clock = VirtualClock()
    private let shard = SimulatedShard()
    private let ledger = RecordingLedger()
    private let lastInput = Ref(0)
    private let down = Ref<Set<String>>([])

    private final class Ref<Value> {
        var value: Value
        init(_ value: Value) { self.value = value }
    }

    /// Vendors that fail for now.
    var failing: Set<String> {
        get { down.value }
        set { down.value = newValue }
    }

    init(targets: [String]) throws {
        let keys = ["OPENAI_API_KEY", "XAI_API_KEY", "DEEPSEEK_API_KEY", "MISTRAL_API_KEY"]
        let surroundings = Surroundings(
            variables: Dictionary(uniqueKeysWithValues: keys.map { ($0, "k") })
        ) { _ throws(FileFailure) in
            throw FileFailure(reason: "there are no files", isMissing: true)
        }
        let loader = SettingsLoader(
            vendors: .builtIn, prices: .builtIn, surroundings: surroundings)
        let text = """
            providers: { openai: , xai: , deepseek: , mistral: }
            models: { cheap: { strategy: cost, targets: [\(targets.joined(separator: ", "))] } }
            """
        let configuration = try #require(loader.read(text, file: "martlet.yaml").settings).gateway
        let (input, down) = (lastInput, down)
        let hosts = configuration.providers.mapValues(\.endpoint.baseURL)
        let transport = ScriptedTransport(clock: clock) { request in
            let id = hosts.first { $0.value == request.endpoint.baseURL }?.key ?? ""
            if down.value.contains(id) {
                return UpstreamScript([.head(HTTPReplyHead(status: 500)), .end(.complete)])
            }
            let body =
                #"{"id":"i","object":"chat.completion","choices":[{"index":0,"message":"#
                + #"{"role":"assistant","content":"ok"},"finish_reason":"stop"}],"usage":"#
                + #"{"prompt_tokens":\#(input.value),"completion_tokens":1}}"#
            let head = HTTPReplyHead(
                status: 200, fields: HTTPFields(["content-type": "application/json"]))
            return UpstreamScript([.head(head), .bytes(Array(body.utf8)), .end(.complete)])
        }
        gateway = Gateway(
            ports: GatewayPorts(
                clock: clock, tasks: shard, random: SeededRandom(seed: 1), transport: transport,
                ledger: CallLedger(sink: ledger, flushes: shard, report: { _ in })),
            configuration: configuration)
    }

    /// The targets that a call of so many tokens was sent to, one after the other.
    func call(_ input: Int, _ output: Int, opening: String = "Once") -> [String] {
        lastInput.value = input
        let reply = ask("/v1/chat/completions", input, output, opening)
        pass(.seconds(1))
        #expect(reply.head?.status == 200)
        return ledger.entries.last?.attempts.map { "\($0.provider)/\($0.model)" } ?? []
    }

    func explain(_ input: Int, _ output: Int) -> RecordingReply {
        ask("/v1/route/explain", input, output, "Once")
    }

    func pass(_ duration: Duration) { shard.pass(duration, by: clock) }

    /// A token is estimated for every four bytes.
    private func ask(
        _ path: String, _ input: Int, _ output: Int, _ opening: String
    ) -> RecordingReply {
        let words = opening + String(repeating: " abc", count: input)
        let body =
            #"{"model":"cheap","max_tokens":\#(output),"#
            + #""messages":[{"role":"user","content":"\#(words)"}]}"#
        let reply = RecordingReply()
        let request = HTTPRequest(
            method: "POST", target: path,
            fields: HTTPFields(["content-type": "application/json"]), body: Array(body.utf8),
            arrival: clock.now)
        shard.run { gateway.handle(request, reply: reply) }
        return reply
    }
}

extension RecordingReply {
    /// The answer as an object of JSON.
    fileprivate var json: [String: Any]? {
        try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
    }
}
