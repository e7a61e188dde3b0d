// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Routing
import Testing

@Suite struct RouterTests {
    let fleet = FleetSnapshot(
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
        ],
        providers: ["groq", "local", "openai", "openrouter"],
        unavailable: ["anthropic": "Set ANTHROPIC_API_KEY."],
        homes: ["gpt-4o": "openai"])

    @Test(arguments: [
        ("groq/llama-3", ["groq/llama-3"]),
        ("openrouter/openai/gpt-4o", ["openrouter/openai/gpt-4o"]),
        ("gpt-4o", ["openai/gpt-4o"]),
        ("fast", ["groq/llama", "local/small"]),
    ])
    func `a name leads to its candidates in order`(name: String, expected: [String]) throws {
        let decision = try Router.decide(model: name, among: fleet)
        #expect(decision.candidates.map(\.description) == expected)
    }

    @Test func `a target that cannot be called is excluded with the reason`() throws {
        let decision = try Router.decide(model: "fast", among: fleet)
        #expect(decision.route == "fast")
        #expect(decision.excluded.map(\.target.description) == ["anthropic/claude"])
        #expect(decision.excluded.map(\.reason) == ["Set ANTHROPIC_API_KEY."])
    }

    @Test(arguments: [
        ("unheard-of", 404, "model_not_found"),
        ("nobody/model", 404, "model_not_found"),
        ("anthropic/claude", 404, "model_not_found"),
        ("nowhere", 503, "no_target"),
        ("", 400, "invalid_value"),
        ("a\u{0}b", 400, "invalid_value"),
        ("line\nbreak", 400, "invalid_value"),
        (String(repeating: "x", count: 257), 400, "invalid_value"),
    ])
    func `a name that leads nowhere says why`(name: String, status: Int, code: String) {
        let error = #expect(throws: APIError.self) {
            try Router.decide(model: name, among: fleet)
        }
        #expect(error?.status == status)
        #expect(error?.code == code)
    }
}
