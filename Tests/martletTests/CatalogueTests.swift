// SPDX-License-Identifier: Apache-2.0
import Accounting
import Foundation
import Gateway
import martlet
import Providers
import Routing
import Testing
import Wire

@Suite struct CatalogueTests {
    private func configuration(_ text: String) throws -> GatewayConfiguration {
        try #require(reading(text).settings).gateway
    }

    /// - Parameter today: days since 1970-01-01. 20,600 is 2026-05-27.
    private func reading(_ text: String, today: Int64 = 20_600) -> SettingsReading {
        let variables = ["OPENAI_API_KEY": "a", "AZURE_AI_API_KEY": "b", "GEMINI_API_KEY": "c"]
        let surroundings = Surroundings(variables: variables, today: today) {
            _ throws(FileFailure) in
            throw FileFailure(reason: "there are no files", isMissing: true)
        }
        let loader = SettingsLoader(
            vendors: .builtIn, prices: .builtIn, surroundings: surroundings)
        return loader.read(text, file: "martlet.yaml")
    }

    @Test(arguments: [
        (20_000, nil),
        (20_600, "gemini/gemini-2.0-flash will be retired on 2026-06-01; take another model"),
        (20_605, "gemini/gemini-2.0-flash will be retired on 2026-06-01; take another model"),
        (20_606, "gemini/gemini-2.0-flash was retired on 2026-06-01; take another model"),
    ])
    func `a name that leads to a model which ends is warned of`(
        today: Int64, warning: String?
    ) throws {
        let old = "models: { a: gemini/gemini-2.0-flash }\nproviders: { openai: , gemini: "
        let lines = warning.map { ["martlet.yaml:1:14: warning: \($0)"] } ?? []
        #expect(reading(old + "}", today: today).lines == lines)
        let named = "{ vendor: gemini, base_url: \"https://x.invalid\" } }"
        #expect(reading(old + named, today: today).lines == lines)
        let others = "{ dialect: openai, base_url: \"https://x.invalid\" } }"
        #expect(!reading(old + others, today: today).lines.contains { $0.contains("retired") })
        let redirected =
            "}\non_retired: redirect\n"
            + "replacements: { gemini/gemini-2.0-flash: openai/gpt-4o-mini }"
        #expect(reading(old + redirected, today: today).lines == [])
    }

    @Test func `the example of all settings is clean`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Config/martlet.example.yaml")
        let surroundings = Surroundings(variables: [:]) { _ throws(FileFailure) in
            throw FileFailure(reason: "there are no files", isMissing: true)
        }
        let loader = SettingsLoader(
            vendors: .builtIn, prices: .builtIn, surroundings: surroundings)
        let text = try String(contentsOf: file, encoding: .utf8)
        let reading = loader.read(text, file: "martlet.example.yaml")
        #expect(reading.diagnostics == [])
        let settings = try #require(reading.settings)
        let defaults = GatewayConfiguration()
        #expect(settings.gateway.routes.keys.sorted() == ["chat", "shared", "small"])
        // It says that it shows the defaults.
        #expect(settings.listen == Settings().listen)
        #expect(settings.shutdownTimeout == Settings().shutdownTimeout)
        #expect(settings.gateway.maximumBodyBytes == defaults.maximumBodyBytes)
        #expect(settings.gateway.keepaliveInterval == defaults.keepaliveInterval)
        #expect(settings.gateway.onLedgerFailure == defaults.onLedgerFailure)
        #expect(settings.gateway.unpriced == defaults.unpriced)
        #expect(settings.gateway.defaultPolicy == defaults.defaultPolicy)
        #expect(settings.gateway.routes["shared"]?.policy == defaults.defaultPolicy)
        #expect(settings.gateway.breaker == defaults.breaker)
        #expect(settings.gateway.onRetired == defaults.onRetired)
        #expect(settings.gateway.replacements == defaults.replacements)
        #expect(settings.gateway.probeInterval == defaults.probeInterval)
        let limits = TransferLimits()
        var local = try #require(settings.gateway.providers["local"]).limits
        local.firstByte = limits.firstByte
        #expect(local == limits)
    }

    @Test func `the models of a provider that is set up are listed and priced`() throws {
        let gateway = try configuration("models: { zz: openai/gpt-4o }")
        #expect(gateway.modelNames.first == "zz")
        #expect(gateway.modelNames.contains("openai/gpt-4o-mini"))
        #expect(gateway.modelNames.contains("openai/text-embedding-3-small"))
        #expect(gateway.modelNames.contains("openai/gpt-3.5-turbo-instruct"))
        #expect(gateway.homes["text-embedding-3-small"] == "openai")
        #expect(!gateway.modelNames.contains { $0.hasPrefix("replicate/") })
        #expect(gateway.prices.row(provider: "openai", model: "gpt-4o-mini") != nil)
        #expect(gateway.modelNames == gateway.modelNames.uniqued())
    }

    @Test(arguments: [
        ("openai:", true),
        ("openai: { vendor: openai, base_url: \"https://eu.x.invalid/v1\" }", true),
        ("second: { vendor: openai }", true),
        ("second: { vendor: openai, base_url: \"https://eu.x.invalid/v1\" }", true),
        ("openai: { base_url: \"https://api.openai.com/v1\" }", true),
        ("openai: { base_url: \"https://eu.x.invalid/v1\" }", false),
        ("groq: { dialect: anthropic, api_key: \"${OPENAI_API_KEY}\" }", false),
        ("own: { dialect: openai, base_url: \"https://own.invalid/v1\" }", false),
    ])
    func `a provider has the prices of the vendor that it is`(text: String, areKnown: Bool) throws {
        let gateway = try configuration("providers: { \(text) }")
        let provider = try #require(gateway.providers.values.first)
        let model = provider.id == "groq" ? "llama-3.3-70b-versatile" : "gpt-4o-mini"
        let row = gateway.row(of: Target(provider: provider.id, model: model))
        #expect((row != nil) == areKnown)
    }

    @Test func `a bare name leads to the first vendor that has it`() throws {
        let gateway = try configuration(
            "providers: { azure-ai: { resource: r }, openai: , second: { vendor: openai } }")
        #expect(gateway.homes["gpt-4o-mini"] == "openai")
        #expect(gateway.homes["openai/gpt-4o-mini"] == nil)
    }

    @Test func `what is not set up says what to do`() throws {
        let gateway = try configuration("providers: { openai: }")
        #expect(gateway.unavailable["openai"] == nil)
        #expect(gateway.unavailable["groq"] == "Groq is not set up: set GROQ_API_KEY.")
        #expect(gateway.unavailable["vllm"] == "vLLM is not set up: add it to providers.")
        #expect(
            gateway.unavailable["replicate"]
                == "This version does not speak the replicate dialect of Replicate.")
    }
}

extension Array where Element: Hashable {
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
