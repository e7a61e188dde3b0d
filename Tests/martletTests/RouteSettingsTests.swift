// SPDX-License-Identifier: Apache-2.0
import Gateway
import martlet
import Providers
import Routing
import Testing

/// Routes, how hard calls are tried, and several credentials, as the settings say them.
@Suite struct RouteSettingsTests {
    private func settings(_ text: String) throws -> Settings {
        let reading = read(text)
        #expect(reading.lines == [])
        return try #require(reading.settings)
    }

    private func route(_ name: String, of text: String) throws -> Route {
        try #require(try settings(text).gateway.routes[name])
    }

    private func target(_ model: String) -> Target { Target(provider: "openai", model: model) }

    @Test(arguments: Strategy.allCases)
    func `every strategy can be written`(strategy: Strategy) throws {
        let text =
            "models: { a: { strategy: \(strategy.rawValue), targets: [openai/a, openai/b] } }"
        #expect(try route("a", of: text).strategy == strategy)
    }

    @Test func `members have weights`() throws {
        let route = try route(
            "a",
            of: """
                models:
                  a:
                    strategy: weighted
                    targets: [{ target: openai/a, weight: 3 }, openai/b, { target: b, weight: 0.5 }]
                  b: openai/c
                """)
        #expect(route.members.map(\.weight) == [3, 1, 0.5])
        #expect(route.targets == ["a", "b", "c"].map(target))
    }

    @Test(arguments: [
        "models: { in: { strategy: cost, targets: [openai/b, openai/c] }, out: [openai/a, in] }",
        "models: { out: [openai/a, in], in: { strategy: cost, targets: [openai/b, openai/c] } }",
    ])
    func `a route may name one that is written before or behind it`(text: String) throws {
        let settings = try settings(text)
        let inner = try #require(settings.gateway.routes["in"])
        let outer = try #require(settings.gateway.routes["out"])
        #expect(outer.members == [Route.Member(.target(target("a"))), Route.Member(.route(inner))])
        #expect(inner.strategy == .cost)
    }

    @Test func `a route says how hard its calls are tried, else the whole file does`() throws {
        let settings = try settings(
            """
            retries: { limit: 2, base: 100ms, budget: 10% }
            timeouts: { first_token: 90s, call: 5m }
            models:
              own:
                targets: [openai/a]
                retries: { limit: 0 }
                hedge: { after: 300ms, budget: 2.5% }
                deadline: 60s
                first_token: off
                fallbacks: { context_length: [openai/long], content_filter: openai/calm }
                resume: prefill
              plain: openai/a
              racing: { targets: openai/a, hedge: { after: p95 } }
              calm: { targets: openai/a, hedge: off }
            """)
        var policy = RoutePolicy()
        policy.retries.limit = 2
        policy.retries.base = .milliseconds(100)
        policy.retries.budgetShare = 0.1
        policy.firstToken = .seconds(90)
        policy.deadline = .seconds(300)
        #expect(settings.gateway.defaultPolicy == policy)
        let routes = settings.gateway.routes
        #expect(routes["plain"]?.policy == policy)
        #expect(routes["calm"]?.policy == policy)
        #expect(routes["racing"]?.policy.hedge == HedgePolicy())
        var own = policy
        own.retries.limit = 0
        own.hedge = HedgePolicy()
        own.hedge?.delay = .fixed(.milliseconds(300))
        own.hedge?.budgetShare = 0.025
        own.deadline = .seconds(60)
        own.firstToken = nil
        own.contextFallbacks = [target("long")]
        own.filterFallbacks = [target("calm")]
        own.resume = .prefill
        #expect(routes["own"]?.policy == own)
    }

    @Test func `without a word about it, calls are tried as the policy's own defaults say`() throws
    {
        let settings = try settings("models: { a: openai/a }")
        #expect(settings.gateway.defaultPolicy == RoutePolicy())
        #expect(settings.gateway.routes["a"]?.policy == RoutePolicy())
        #expect(settings.gateway.onRetired == .warn)
        #expect(settings.gateway.probeInterval == nil)
    }

    @Test func `a breaker has the values that are written, and its own for the others`() throws {
        let text = "breaker: { window: 1m, calls: 20, share: 25%, consecutive: 3, open: 1s }"
        var policy = BreakerPolicy()
        policy.window = .seconds(60)
        policy.calls = 20
        policy.share = 0.25
        policy.consecutive = 3
        policy.open = .seconds(1)
        #expect(try settings(text).gateway.breaker == policy)
        policy.longest = .seconds(30)
        policy.probes = 1
        policy.successes = 4
        let more = text.dropLast() + ", longest: 30s, probes: 1, successes: 4 }"
        #expect(try settings(String(more)).gateway.breaker == policy)
        #expect(try settings("strict: false").gateway.breaker == BreakerPolicy())
    }

    @Test(arguments: [("30s", Duration.seconds(30)), ("off", nil)])
    func `probes have an interval or are off`(text: String, interval: Duration?) throws {
        #expect(try settings("probes: \(text)").gateway.probeInterval == interval)
    }

    @Test func `retired models have replacements`() throws {
        let settings = try settings(
            "on_retired: redirect\nreplacements: { openai/old: openai/mid, openai/mid: openai/new }"
        )
        #expect(settings.gateway.onRetired == .redirect)
        #expect(
            settings.gateway.replacements == [
                target("old"): target("mid"), target("mid"): target("new"),
            ])
    }

    @Test func `a provider may have several credentials`() throws {
        let text = """
            providers:
              openai: { api_keys: ["${A}", "file:/b", "${C}"], data_collection: deny }
              vllm: { data_collection: allow }
            """
        let reading = read(
            text, variables: ["A": "key-a", "C": "key-c"], files: ["/b": "key-b\n"])
        #expect(reading.lines == [])
        let settings = try #require(reading.settings)
        let keys = settings.gateway.callableProviders(of: "openai")
            .map { $0.credential?.reveal() }
        #expect(keys == ["key-a", "key-b", "key-c"])
        #expect(settings.gateway.callableProviders(of: "openai").allSatisfy { $0.id == "openai" })
        #expect(settings.gateway.callableProviders(of: "vllm").count == 1)
        #expect(settings.gateway.callableProviders(of: "none").isEmpty)
        let third = Candidate(target("m"), credential: 2)
        #expect(settings.gateway.provider(of: third)?.credential?.reveal() == "key-c")
        #expect(settings.gateway.provider(of: Candidate(target("m"), credential: 3)) == nil)
        #expect(settings.gateway.deniesDataCollection == ["openai"])
        #expect(
            settings.summary.contains(
                "provider   openai: https://api.openai.com/v1, key from $A, key from /b, "
                    + "key from $C"))
    }

    @Test func `what the operator says of a model stands before what the catalogue says`() throws {
        let settings = try settings(
            """
            providers:
              vllm:
                models:
                  small: { context: 8k, capabilities: [tools, json_schema] }
                  plain: { capabilities: [] }
                  org/long: { context: 1M }
            """)
        func facts(_ model: String) -> TargetFacts {
            settings.gateway.facts(of: Target(provider: "vllm", model: model), today: 0)
        }
        #expect(facts("small").contextTokens == 8_000)
        #expect(facts("small").capabilities == [.tools, .jsonSchema])
        #expect(facts("plain").capabilities == [])
        #expect(facts("plain").contextTokens == nil)
        #expect(facts("org/long").contextTokens == 1_000_000)
        #expect(facts("org/long").capabilities == nil)
    }

    @Test func `the fleet is told of all targets and credentials of the settings`() throws {
        let text = """
            breaker: { calls: 20 }
            providers: { openai: { api_keys: ["${A}", "${B}"] }, vllm: }
            replacements: { openai/old: openai/new }
            models:
              a: { targets: [openai/a, b], fallbacks: { context_length: openai/long } }
              b: { targets: vllm/b, fallbacks: { content_filter: vllm/calm } }
            """
        let reading = read(text, variables: ["A": "1", "B": "2"])
        let plan = try #require(reading.settings, "\(reading.lines)").gateway.fleetPlan
        #expect(plan.credentials == ["openai": 2, "vllm": 1])
        #expect(
            plan.targets.map(\.description).sorted() == [
                "openai/a", "openai/long", "openai/new", "vllm/b", "vllm/calm",
            ])
        #expect(plan.breaker.calls == 20)
    }

    @Test func `check shows how a route chooses`() throws {
        let settings = try settings(
            """
            models:
              a: { strategy: weighted, targets: [{ target: openai/a, weight: 3 }, b] }
              b: [openai/c, openai/d]
            """)
        #expect(settings.summary.contains("model      a: weighted of openai/a (weight 3), b\n"))
        #expect(settings.summary.contains("model      b: openai/c, openai/d\n"))
    }

    @Test(arguments: [
        "on_retired: refuse", "probes: 30s", "breaker: { open: 6s }",
        "providers: { openai: { models: { b: { context: 9 } } } }", "retries: { limit: 3 }",
        "providers: { openai: { data_collection: deny } }",
        "replacements: { openai/a: openai/b }", "models: { a: { targets: [openai/b, openai/d] } }",
        "models: { a: { targets: [openai/b], deadline: 3s } }",
        "models: { a: { targets: [openai/b, openai/c], strategy: cost } }",
        "providers: { openai: { api_keys: [\"${OPENAI_API_KEY}\", \"${OTHER}\"] } }",
    ])
    func `the version follows each of them`(text: String) throws {
        let variables = ["OPENAI_API_KEY": "1", "OTHER": "2"]
        let plain = read("models: { a: openai/b }", variables: variables)
        let other = read(text, variables: variables)
        #expect(
            try #require(other.settings, "\(other.lines)").gateway.version
                != #require(plain.settings).gateway.version)
    }

    @Test func `a name leads to a bounded number of targets`() {
        let rows =
            (1...12).map { "r\($0): [r\($0 - 1), { target: s\($0 - 1) }]" }
            + (1...12).map { "s\($0): [s\($0 - 1), { target: r\($0 - 1) }]" }
        let text = "models: { r0: openai/a, s0: openai/b, \(rows.joined(separator: ", ")) }"
        #expect(
            read(text).lines.contains { $0.contains("models.r9 leads to more than 256 targets") })
    }
}
