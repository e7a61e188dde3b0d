// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Routing
import Testing

@Suite struct RouterTests {
    let fleet = {
        var fleet = FleetSnapshot(
            routes: [
                "fast": Route(
                    name: "fast",
                    targets: [
                        Target(provider: "groq", model: "llama"),
                        Target(provider: "anthropic", model: "claude"),
                        Target(provider: "local", model: "small"),
                    ]),
                "nowhere": Route(
                    name: "nowhere", targets: [Target(provider: "anthropic", model: "claude")]),
                "odd:nitro": Route(
                    name: "odd:nitro", targets: [Target(provider: "local", model: "odd")]),
            ],
            providers: ["groq", "local", "openai", "openrouter"],
            unavailable: ["anthropic": "Set ANTHROPIC_API_KEY."],
            homes: ["gpt-4o": "openai"])
        fleet.knowsPreferences = ["openrouter"]
        return fleet
    }()

    @Test(arguments: [
        ("groq/llama-3", ["groq/llama-3"]),
        ("openrouter/openai/gpt-4o", ["openrouter/openai/gpt-4o"]),
        ("gpt-4o", ["openai/gpt-4o"]),
        ("fast", ["groq/llama", "local/small"]),
        ("fast:nitro", ["groq/llama", "local/small"]),
        ("gpt-4o:floor", ["openai/gpt-4o"]),
        ("groq/llama-3:nitro", ["groq/llama-3"]),
        ("openrouter/openai/gpt-4o:nitro", ["openrouter/openai/gpt-4o:nitro"]),
        ("odd:nitro", ["local/odd"]),
        ("local/llama:8b", ["local/llama:8b"]),
    ])
    func `a name leads to its candidates in order`(name: String, expected: [String]) throws {
        let resolved = try Router.resolve(model: name, among: fleet)
        #expect(resolved.candidates.map(\.description) == expected)
    }

    @Test func `a target that cannot be called is excluded with the reason`() throws {
        let decision = try fleet.decision(on: "fast")
        #expect(decision.route == "fast")
        #expect(decision.ranked.map(\.candidate.description) == ["groq/llama", "local/small"])
        #expect(decision.excluded.map(\.candidate.description) == ["anthropic/claude"])
        #expect(decision.excluded.map(\.reason) == [.notConfigured("Set ANTHROPIC_API_KEY.")])
    }

    @Test(arguments: [
        ("unheard-of", 404, "model_not_found"),
        ("unheard-of:floor", 404, "model_not_found"),
        ("nobody/model", 404, "model_not_found"),
        ("nobody/model:nitro", 404, "model_not_found"),
        ("anthropic/claude", 404, "model_not_found"),
        ("nowhere", 503, "no_target"),
        (":nitro", 404, "model_not_found"),
        ("", 400, "invalid_value"),
        ("a\u{0}b", 400, "invalid_value"),
        ("line\nbreak", 400, "invalid_value"),
        (String(repeating: "x", count: 257), 400, "invalid_value"),
    ])
    func `a name that leads nowhere says why`(name: String, status: Int, code: String) {
        let error = #expect(throws: APIError.self) {
            try Router.resolve(model: name, among: fleet)
        }
        #expect(error?.status == status)
        #expect(error?.code == code)
        #expect(error?.parameter == (status == 503 ? nil : "model"))
    }

    @Test(arguments: [
        (["gpt-4o"], ["groq/llama", "local/small", "openai/gpt-4o"]),
        (["local/small", "groq/other"], ["groq/llama", "local/small", "groq/other"]),
        (["anthropic/claude", "gpt-4o:floor"], ["groq/llama", "local/small", "openai/gpt-4o"]),
    ])
    func `further names come behind the first, each target once`(
        models: [String], expected: [String]
    ) throws {
        var preferences = RoutingPreferences()
        preferences.models = models
        let decision = try fleet.decision(on: "fast", preferences)
        #expect(decision.ranked.map(\.candidate.description) == expected)
        #expect(decision.excluded.map(\.candidate.description) == ["anthropic/claude"])
    }

    @Test func `a further name may save a call whose own provider is not set up`() throws {
        var preferences = RoutingPreferences()
        preferences.models = ["gpt-4o"]
        let decision = try fleet.decision(on: "anthropic/claude", preferences)
        #expect(decision.ranked.map(\.candidate.description) == ["openai/gpt-4o"])
        #expect(decision.excluded.map(\.reason) == [.notConfigured("Set ANTHROPIC_API_KEY.")])
    }

    @Test func `a further name that leads nowhere is told by its place`() {
        var preferences = RoutingPreferences()
        preferences.models = ["gpt-4o", "unheard-of"]
        let error = #expect(throws: APIError.self) {
            try Router.resolve(model: "fast", preferences: preferences, among: fleet)
        }
        #expect(error?.parameter == "models[1]")
    }
}
