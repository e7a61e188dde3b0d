// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Routing
import Testing

/// Which candidates of a route may take a call, and what is said where none may.
@Suite struct RouterDecisionTests {
    typealias Edit<Value> = @Sendable (inout Value) -> Void

    static let fleet = {
        var fleet = FleetSnapshot(
            routes: [
                "all": Route(
                    name: "all", targets: ["a/m", "b/m", "c/m"].map { Target.named($0) }),
                "one": Route(name: "one", targets: [.named("a/m")]),
                "old": Route(
                    name: "old", targets: ["a/old", "b/m"].map { Target.named($0) }),
            ],
            providers: ["a", "b", "c"])
        fleet.vendors = ["a": "acme", "b": "acme"]
        return fleet
    }()

    private static func busy(until seconds: Double) -> Obstacle {
        Obstacle(.breakerOpen, until: .seconds(seconds), reason: "5 of 8 calls failed.")
    }

    // MARK: Reasons

    static let reasons: [(Edit<CandidateView>, String)] = [
        ({ $0.hasOperation = false }, "unsupported_operation"),
        ({ $0.isBillable = false }, "unpriced"),
        ({ $0.facts.capabilities = [.vision] }, "incapable"),
        ({ $0.facts.contextTokens = 900 }, "context_too_small"),
        ({ $0.facts.retiredOn = "2026-06-01" }, "retired"),
        ({ $0.condition.obstacle = busy(until: 4) }, "breaker_open"),
        ({ $0.facts.inputPrice = 6 }, "too_expensive"),
        ({ $0.facts.outputPrice = nil }, "too_expensive"),
        ({ $0.facts.deniesDataCollection = false }, "data_collection"),
    ]

    @Test(arguments: reasons)
    func `what speaks against one target is told, and the others serve`(
        edit: Edit<CandidateView>, code: String
    ) throws {
        var needs = CallNeeds()
        needs.capabilities = [.tools, .vision]
        needs.estimate.uncachedInput = 800
        needs.estimate.output = 200
        var preferences = RoutingPreferences()
        preferences.maximumInputPrice = 5
        preferences.maximumOutputPrice = 7
        preferences.deniesDataCollection = true
        let decision = try Self.fleet.decision(on: "all", preferences, needs: needs) { view in
            view.facts.inputPrice = 5
            view.facts.outputPrice = 7
            view.facts.deniesDataCollection = true
            view.facts.contextTokens = 1000
            if view.candidate.target.provider == "a" { edit(&view) }
        }
        #expect(decision.order == ["b/m", "c/m"])
        #expect(decision.excluded.map(\.candidate.description) == ["a/m"])
        #expect(decision.excluded.map(\.reason.code) == [code])
        #expect(
            decision.excluded.map(\.until) == [code == "breaker_open" ? .seconds(4) : nil])
    }

    static let wishes: [(Edit<RoutingPreferences>, [String], String)] = [
        ({ $0.ignore = ["b"] }, ["a/m", "c/m"], "ignored"),
        ({ $0.ignore = ["acme"] }, ["c/m"], "ignored"),
        ({ $0.only = ["c", "a"] }, ["a/m", "c/m"], "not_in_only"),
        ({ $0.only = ["acme"] }, ["a/m", "b/m"], "not_in_only"),
        ({ $0.order = ["c", "b"] }, ["c/m", "b/m", "a/m"], ""),
        ({ $0.order = ["nobody", "acme"] }, ["a/m", "b/m", "c/m"], ""),
        (
            {
                $0.order = ["c", "b"]
                $0.allowsFallbacks = false
            }, ["c/m", "b/m"], "not_in_order"
        ),
        ({ $0.allowsFallbacks = false }, ["a/m"], "fallback_forbidden"),
        ({ $0.forbidsFallback = true }, ["a/m"], "fallback_forbidden"),
        (
            {
                $0.order = ["b"]
                $0.forbidsFallback = true
            }, ["b/m"], "fallback_forbidden"
        ),
    ]

    @Test(arguments: wishes)
    func `a client's wishes about providers are followed`(
        edit: Edit<RoutingPreferences>, order: [String], code: String
    ) throws {
        var preferences = RoutingPreferences()
        edit(&preferences)
        let decision = try Self.fleet.decision(on: "all", preferences)
        #expect(decision.order == order)
        #expect(decision.excluded.allSatisfy { $0.reason.code == code })
        #expect(decision.ranked.count + decision.excluded.count == 3)
    }

    @Test func `an estimate refuses no call: the largest context is tried`() throws {
        var needs = CallNeeds()
        needs.estimate.uncachedInput = 5000
        let decision = try Self.fleet.decision(on: "all", needs: needs) { view in
            view.facts.contextTokens =
                ["a": 1000, "b": 3000, "c": 2000][
                    view.candidate.target.provider]
        }
        #expect(decision.order == ["b/m"])
        #expect(
            decision.excluded.map(\.reason) == [
                .contextTooSmall(tokens: 1000, needed: 5000),
                .contextTooSmall(tokens: 2000, needed: 5000),
            ])
    }

    @Test func `neither capabilities nor an estimate hold up a target named by itself`() throws {
        var needs = CallNeeds()
        needs.capabilities = .tools
        needs.estimate.uncachedInput = 5000
        var preferences = RoutingPreferences()
        preferences.models = ["all"]
        let decision = try Self.fleet.decision(on: "a/m", preferences, needs: needs) { view in
            view.facts.contextTokens = 10
            view.facts.capabilities = view.candidate.target.provider == "b" ? [] : .tools
            if view.candidate.target.provider == "a" { view.facts.capabilities = [] }
        }
        #expect(decision.order == ["a/m"])
        #expect(decision.excluded.map(\.reason.code) == ["incapable", "context_too_small"])
    }

    // MARK: Retired models

    private static func decision(
        on name: String, _ policy: RetiredPolicy, _ replacements: [Target: Target] = [:],
        credentials: [String: Int] = [:]
    ) throws -> RouteDecision {
        var fleet = Self.fleet
        fleet.onRetired = policy
        fleet.replacements = replacements
        fleet.credentialCounts = credentials
        return try fleet.decision(on: name) { view in
            if view.candidate.target.model == "old" { view.facts.retiredOn = "2026-06-01" }
        }
    }

    @Test(arguments: [
        ("old", ["b/m"]),
        ("a/old", ["a/old"]),
    ])
    func `a retired model is tried where nothing else is left`(
        name: String, order: [String]
    ) throws {
        #expect(try Self.decision(on: name, .warn).order == order)
    }

    @Test(arguments: [
        ("old", "c/m", ["c/m", "b/m"], ["retired"]),
        ("old", "b/m", ["b/m"], ["retired"]),
        ("a/old", "c/m", ["c/m"], ["retired"]),
        ("all", "c/m", ["a/m", "b/m", "c/m"], []),
        ("a/old", "nobody/m", ["a/old"], []),
    ])
    func `a replacement has the place of the model that is retired`(
        name: String, replacement: String, order: [String], codes: [String]
    ) throws {
        let decision = try Self.decision(
            on: name, .redirect, [.named("a/old"): .named(replacement)])
        #expect(decision.order == order)
        #expect(decision.excluded.map(\.reason.code) == codes)
    }

    @Test func `a chain of replacements is followed to one that is not retired`() throws {
        let decision = try Self.decision(
            on: "a/old", .redirect,
            [.named("a/old"): .named("c/old"), .named("c/old"): .named("c/m")],
            credentials: ["a": 2])
        #expect(decision.order == ["c/m"])
        #expect(decision.excluded.map(\.reason.code) == ["retired", "retired", "retired"])
    }

    @Test func `a replacement waits until it is needed`() throws {
        let decision = try Self.decision(
            on: "a/m", .redirect, [.named("a/m"): .named("c/m"), .named("c/m"): .named("a/m")])
        #expect(decision.order == ["a/m"])
        #expect(decision.excluded.map(\.reason) == [.notNeeded(standsInFor: .named("a/m"))])
    }

    @Test func `a replacement of two models has the place of the one that is retired`() throws {
        var fleet = Self.fleet
        fleet.routes["two"] = Route(
            name: "two", targets: ["a/m", "b/m", "a/old"].map { Target.named($0) })
        fleet.onRetired = .redirect
        fleet.replacements = [.named("a/m"): .named("c/m"), .named("a/old"): .named("c/m")]
        let decision = try fleet.decision(on: "two") { view in
            if view.candidate.target.model == "old" { view.facts.retiredOn = "2026-06-01" }
        }
        #expect(decision.order == ["a/m", "b/m", "c/m"])
    }

    @Test func `a retired model can be refused`() throws {
        let error = #expect(throws: APIError.self) { try Self.decision(on: "a/old", .refuse) }
        #expect(error?.status == 404)
        #expect(error?.code == "model_retired")
        #expect(error?.message.contains("2026-06-01") == true)
    }

    // MARK: Nothing left

    @Test func `where all targets wait, the answer says which, why, and until when`() {
        let error = #expect(throws: APIError.self) {
            try Self.fleet.decision(on: "all") { view in
                let ends: [String: Double] = ["a": 7.2, "b": 3.5, "c": 60]
                let end = ends[view.candidate.target.provider] ?? 0
                view.condition.obstacle = Self.busy(until: end)
            }
        }
        #expect(error?.status == 503)
        #expect(error?.code == "no_target")
        #expect(error?.retryAfterSeconds == 4)
        #expect(
            error?.message == "No target of 'all' can be called. "
                + "a/m: 5 of 8 calls failed (for another 8 s); "
                + "b/m: 5 of 8 calls failed (for another 4 s); "
                + "c/m: 5 of 8 calls failed (for another 60 s).")
    }

    @Test func `the only candidate of a name is not held up`() throws {
        let decision = try Self.fleet.decision(on: "one") {
            $0.condition.obstacle = Self.busy(until: 1)
        }
        #expect(decision.ranked.count == 1)
        let error = #expect(throws: APIError.self) {
            try Self.fleet.decision(on: "all") { $0.condition.obstacle = Self.busy(until: 1) }
        }
        #expect(error?.status == 503)
        #expect(error?.code == "no_target")
    }

    static let refusals: [(Edit<CandidateView>, Int, String, String?)] = [
        ({ $0.facts.capabilities = [] }, 400, "no_capable_target", "response_format"),
        ({ $0.hasOperation = false }, 404, "unsupported_endpoint", "model"),
        ({ $0.isBillable = false }, 400, "unpriced_model", "model"),
        ({ $0.facts.inputPrice = 6 }, 400, "no_allowed_target", "provider"),
    ]

    @Test(arguments: refusals)
    func `where nothing is left, the error says what the client can do`(
        edit: Edit<CandidateView>, status: Int, code: String, parameter: String?
    ) {
        var needs = CallNeeds()
        needs.capabilities = [.jsonSchema, .reasoning]
        var preferences = RoutingPreferences()
        preferences.maximumInputPrice = 5
        for name in ["one", "all"] {
            let error = #expect(throws: APIError.self) {
                try Self.fleet.decision(on: name, preferences, needs: needs) { view in
                    view.facts.inputPrice = 5
                    edit(&view)
                }
            }
            #expect(error?.status == status)
            #expect(error?.code == code)
            #expect(error?.parameter == parameter)
        }
    }

    @Test func `what can be waited for is told before what cannot`() {
        let error = #expect(throws: APIError.self) {
            try Self.fleet.decision(on: "all") { view in
                if view.candidate.target.provider == "b" {
                    view.condition.obstacle = Self.busy(until: 2)
                } else {
                    view.hasOperation = false
                }
            }
        }
        #expect(error?.code == "no_target")
        #expect(error?.retryAfterSeconds == 2)
    }

    // MARK: Words

    @Test(arguments: [
        (RouteDecision.Score.cost(1_230_000_000), "0.00123 USD"),
        (.cost(2_500_000_000_000), "2.50 USD"),
        (.cost(nil), "unknown price"),
        (.latency(.milliseconds(320)), "320 ms"),
        (.latency(nil), "not measured yet"),
        (.throughput(71.6), "72 tokens/s"),
        (.place(2), "place 2"),
        (.affinity(0.0625, callsInFlight: 3), "affinity 0.062, 3 in flight"),
    ])
    func `a score is said in few words`(score: RouteDecision.Score, text: String) {
        #expect(score.description == text)
    }
}
