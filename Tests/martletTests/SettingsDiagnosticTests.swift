// SPDX-License-Identifier: Apache-2.0
import Gateway
import martlet
import Testing

/// A settings file and all that `martlet check` says about it.
struct BadSettings: Sendable, CustomTestStringConvertible {
    var text: String
    var diagnostics: [String]
    var testDescription: String { text }

    init(_ text: String, _ diagnostics: String...) {
        self.text = text
        self.diagnostics = diagnostics
    }
}

private let badSettings: [BadSettings] = [
    BadSettings(
        "lisen: 127.0.0.1:8080",
        #"martlet.yaml:1:1: error: unknown key "lisen" in the settings; did you mean "listen"?"#),
    BadSettings(
        "data: x\nlimits: { bodies: 3MB }",
        #"martlet.yaml:2:11: error: unknown key "bodies" in limits; known keys: body"#),
    BadSettings(
        "listen: 0.0.0.0:8080",
        "martlet.yaml:1:9: error: 0.0.0.0:8080 can be reached from other machines; this version "
            + "has no client keys, so it serves loopback addresses and unix sockets only; put a "
            + "proxy that authenticates in front of it"),
    BadSettings(
        "listen: [127.0.0.1:1, 8080]",
        #"martlet.yaml:1:23: error: "8080" is no address to listen on; write "#
            + "127.0.0.1:8080, [::1]:8080 or unix:/run/martlet.sock"),
    BadSettings(
        "providers: { openai: { quirks: { stream_usag: never } } }",
        #"martlet.yaml:1:34: error: unknown key "stream_usag" in providers.openai.quirks; did you "#
            + #"mean "stream_usage"?"#),
    BadSettings(
        "providers: { openai: { quirks: { max_tokens_field: tokens, reported_cost: cost } } }",
        #"martlet.yaml:1:52: error: providers.openai.quirks.max_tokens_field cannot be "tokens"; "#
            + "write one of max_tokens, max_completion_tokens",
        #"martlet.yaml:1:75: error: providers.openai.quirks.reported_cost cannot be "cost"; write "#
            + "a unit and a place in usage: usd:cost.total_cost"),
    BadSettings(
        "providers: { openai: { dialect: gemini, quirks: { stream_usage: never } } }",
        "martlet.yaml:1:49: error: providers.openai.quirks have no effect in the dialect gemini",
        "martlet.yaml:1:33: warning: providers.openai is not where or what OpenAI is, so its calls "
            + "have no known price; write vendor: openai where OpenAI's prices hold"),
    BadSettings("listen: []", "martlet.yaml:1:9: error: listen is empty"),
    BadSettings(
        "listen: [127.0.0.1:1, 127.0.0.1:1]",
        "martlet.yaml:1:23: error: 127.0.0.1:1 is listed twice"),
    BadSettings(
        "auth: required",
        "martlet.yaml:1:7: error: auth: required is not in this version; client keys come in a "
            + "later one; until then write auth: open, which is allowed on loopback addresses "
            + "and unix sockets"),
    BadSettings(
        "keepalive: 15\nstrict: yes\nshards: 0",
        #"martlet.yaml:3:9: error: shards must be a whole number from 1 to 256, not "0""#,
        #"martlet.yaml:2:9: error: strict must be true or false, not "yes""#,
        #"martlet.yaml:1:12: error: keepalive must be a length of time above zero, not "15"; "#
            + "write a number and a unit: 500ms, 15s, 2m, 1h"),
    BadSettings(
        "limits: { body: 2TB }",
        #"martlet.yaml:1:17: error: body must be a number of bytes, not "2TB"; write a number "#
            + "and a unit: 64KiB, 32MB"),
    BadSettings(
        "unpriced: alow",
        #"martlet.yaml:1:11: error: unpriced cannot be "alow"; did you mean "allow"?"#),
    BadSettings(
        "providers:\n  opnai: {}",
        #"martlet.yaml:2:3: error: there is no vendor "opnai"; did you mean "openai"?"#),
    BadSettings(
        "providers:\n  mine: { base_url: http://127.0.0.1:1/v1 }",
        #"martlet.yaml:2:3: error: there is no vendor "mine"; a provider of your own needs "#
            + "base_url and dialect"),
    BadSettings(
        "providers:\n  mine: { base_url: \"ftp://x\", dialect: openai }",
        #"martlet.yaml:2:21: error: "ftp://x" is no base URL; write https://host/path without "#
            + "user, query and fragment"),
    BadSettings(
        "providers:\n  replicate: { api_key: \"${OPENAI_API_KEY}\" }",
        "martlet.yaml:2:3: error: the dialect replicate of Replicate is not in this version; "
            + "dialects in this version: openai, anthropic, gemini, vertex, azure-openai, "
            + "bedrock-converse, cohere-v2, ollama, watsonx"),
    BadSettings(
        "providers:\n  cloudflare: { api_key: \"${OPENAI_API_KEY}\" }",
        "martlet.yaml:2:3: error: providers.cloudflare has no account_id; write account_id: … or "
            + "set $CLOUDFLARE_ACCOUNT_ID"),
    BadSettings(
        "providers:\n  cloudflare: { api_key: \"${OPENAI_API_KEY}\", account_id: a/b }",
        "martlet.yaml:2:59: error: providers.cloudflare.account_id cannot be a part of a host or "
            + "path"),
    BadSettings(
        "providers:\n  openai: { api_key: \"${NO_SUCH_KEY}\" }",
        "martlet.yaml:2:22: error: $NO_SUCH_KEY is not set; set it, or give a default as in "
            + "${NO_SUCH_KEY:-value}"),
    BadSettings(
        "providers:\n  openai: { api_key: \"file:/no/such\" }",
        "martlet.yaml:2:22: error: providers.openai.api_key cannot be read from /no/such: "
            + "No such file or directory"),
    BadSettings(
        "providers:\n  openai: { api_key: \"credential:openai\" }",
        "martlet.yaml:2:22: error: providers.openai.api_key names a systemd credential, but "
            + "$CREDENTIALS_DIRECTORY is not set; start martlet from a unit with "
            + "LoadCredential=openai:<path>"),
    BadSettings(
        "models:\n  fast: opnai/gpt-4o",
        #"martlet.yaml:2:9: error: provider "opnai" is not set up; did you mean "openai"?"#),
    BadSettings(
        "models:\n  fast: gpt-4o",
        #"martlet.yaml:2:9: error: "gpt-4o" is no target; write provider/model"#),
    BadSettings(
        "models:\n  fast: { strategy: lateny, targets: [openai/a] }",
        #"martlet.yaml:2:21: error: models.fast.strategy cannot be "lateny"; did you mean "#
            + #""latency"?"#),
    BadSettings(
        "models:\n  fast: { targets: [openai/a, openai/a] }",
        "martlet.yaml:2:31: error: openai/a is listed twice in models.fast"),
    BadSettings(
        "models:\n  openai/gpt-4o: openai/gpt-4o",
        #"martlet.yaml:2:3: error: "openai/gpt-4o" already names a model of openai; take a name "#
            + "that does not begin with a provider"),
    BadSettings(
        "models: [a]", "martlet.yaml:1:9: error: models must be a mapping of keys to values"),
    BadSettings(
        "data: x\ndata: y", #"martlet.yaml:2:1: error: "data" is written twice in the settings"#),
    BadSettings(
        "listen: [", "martlet.yaml:2:1: error: is no YAML: did not find expected node content"),
]

private let badRoutes: [BadSettings] = [
    BadSettings(
        "models:\n  fast: [openai/a, slo]\n  slow: openai/b",
        #"martlet.yaml:2:20: error: "slo" is no target; did you mean "slow"?"#),
    BadSettings(
        "models:\n  a: [openai/x, b]\n  b: [c]\n  c: [openai/y, a]",
        "martlet.yaml:4:17: error: models.c leads back to where it begins: a → b → c → a"),
    BadSettings(
        "models:\n  a: [openai/x, a]",
        "martlet.yaml:2:17: error: models.a leads back to where it begins: a → a"),
    BadSettings(
        "models:\n  a: [b, openai/x, b]\n  b: openai/y",
        "martlet.yaml:2:20: error: b is listed twice in models.a"),
    BadSettings(
        "models:\n  a: { targets: [{ target: openai/x, wait: 3 }] }",
        #"martlet.yaml:2:38: error: unknown key "wait" in a target of models.a; known keys: "#
            + "target, weight"),
    BadSettings(
        "models:\n  a: { strategy: weighted, targets: [{ target: openai/x, weight: 0 }] }",
        "martlet.yaml:2:66: error: weight must be a number above 0 and up to 1000000, not "
            + #""0"; write 3, 0.5 or the like"#),
    BadSettings(
        "models:\n  a: { targets: [{ weight: 1 }] }",
        "martlet.yaml:2:18: error: a target of models.a has no target; write target: "
            + "provider/model"),
    BadSettings(
        "models:\n  a: { targets: openai/x, retries: { budget: 20 } }",
        "martlet.yaml:2:46: error: models.a.retries.budget must be a share from 0% to 100%, not "
            + #""20"; write a number and a percent sign: 20%, 2.5%"#),
    BadSettings(
        "models:\n  a: { targets: openai/x, hedge: { after: p50 } }",
        #"martlet.yaml:2:43: error: models.a.hedge.after cannot be "p50"; write p95, or a length "#
            + "of time such as 300ms"),
    BadSettings(
        "models:\n  a: { targets: openai/x, deadline: 60 }",
        "martlet.yaml:2:37: error: models.a.deadline must be a length of time above zero, not "
            + #""60"; write a number and a unit: 500ms, 15s, 2m, 1h"#),
    BadSettings(
        "models:\n  a: { targets: openai/x, resume: on }",
        #"martlet.yaml:2:35: error: models.a.resume cannot be "on"; write one of off, prefill"#),
    BadSettings(
        "models:\n  a: { targets: openai/x, fallbacks: { context: openai/y } }",
        #"martlet.yaml:2:40: error: unknown key "context" in models.a.fallbacks; known keys: "#
            + "content_filter, context_length"),
    BadSettings(
        "models:\n  a: { targets: openai/x, fallbacks: { content_filter: opena/y } }",
        #"martlet.yaml:2:56: error: provider "opena" is not set up; did you mean "openai"?"#),
    BadSettings(
        "retries: { limit: 11, longest: 100ms }",
        "martlet.yaml:1:19: error: retries.limit must be a whole number from 0 to 10, not "
            + #""11""#,
        "martlet.yaml:1:10: error: retries.base is 200ms, which is more than retries.longest, "
            + "100ms"),
    BadSettings(
        "breaker: { share: 0%, probes: 0, open: 3m }",
        "martlet.yaml:1:31: error: breaker.probes must be a whole number from 1 to 1000, not "
            + #""0""#,
        "martlet.yaml:1:19: error: breaker.share must be above 0%",
        "martlet.yaml:1:10: error: breaker.open is 3m, which is more than breaker.longest, 2m"),
    BadSettings(
        "timeouts: { first_tokens: 3s }",
        #"martlet.yaml:1:13: error: unknown key "first_tokens" in timeouts; did you mean "#
            + #""first_token"?"#),
    BadSettings(
        "providers: { openai: { timeouts: { call: 3s } } }",
        #"martlet.yaml:1:36: error: unknown key "call" in providers.openai.timeouts; known keys: "#
            + "connect, first_byte, idle, total"),
    BadSettings(
        "probes: 100ms",
        "martlet.yaml:1:9: error: probes cannot be more often than once a second; write 30s"),
    BadSettings(
        "on_retired: redirect",
        "martlet.yaml:1:13: error: on_retired: redirect has nowhere to go; write replacements: "
            + "{ <retired>: <replacement> }, each provider/model"),
    BadSettings(
        "replacements: { openai/a: openai/b, openai/b: openai/a }",
        "martlet.yaml:1:37: error: replacements lead back to where they begin: openai/b → "
            + "openai/a → openai/b"),
    BadSettings(
        "replacements: { gpt-4: openai/b }",
        #"martlet.yaml:1:17: error: "gpt-4" is no target; write provider/model"#),
    BadSettings(
        "providers: { openai: { api_keys: [\"${OPENAI_API_KEY}\", \"${OPENAI_API_KEY}\"] } }",
        "martlet.yaml:1:56: error: providers.openai.api_keys has the same key twice"),
    BadSettings(
        "providers: { openai: { api_keys: [] } }",
        "martlet.yaml:1:34: error: providers.openai.api_keys is empty"),
    BadSettings(
        "providers: { openai: { api_key: \"${OPENAI_API_KEY}\", api_keys: [] } }",
        "martlet.yaml:1:64: error: providers.openai has api_key and api_keys; write one of them"),
    BadSettings(
        "providers: { openai: { models: { m: { context: 8kB, capabilities: [tool, x] } } } }",
        "martlet.yaml:1:48: error: providers.openai.models.m.context must be a number of tokens, "
            + #"not "8kB"; write 8192, 128k or 1M"#,
        #"martlet.yaml:1:68: error: providers.openai.models.m.capabilities cannot be "tool"; did "#
            + #"you mean "tools"?"#,
        #"martlet.yaml:1:74: error: providers.openai.models.m.capabilities cannot be "x"; write "#
            + "some of tools, vision, json_schema, audio_input, audio_output, reasoning, pdf, "
            + "prefill"),
    BadSettings(
        "providers: { openai: { data_collection: never } }",
        #"martlet.yaml:1:41: error: providers.openai.data_collection cannot be "never"; write one "#
            + "of allow, deny"),
]

@Suite struct SettingsDiagnosticTests {
    @Test(arguments: badSettings + badRoutes)
    func `each mistake is named with its place and what to do about it`(_ bad: BadSettings) {
        let reading = read(bad.text)
        #expect(reading.settings == nil)
        #expect(reading.lines == bad.diagnostics)
    }

    @Test func `a weight that no choice follows is a warning`() {
        let reading = read("models:\n  a: [{ target: openai/x, weight: 2 }]")
        #expect(reading.settings != nil)
        #expect(
            reading.lines == [
                "martlet.yaml:2:35: warning: weight has no effect with strategy: ordered"
            ])
    }

    @Test func `a vendor's name at another address has no known price, which is said`() {
        let elsewhere = "https://eu.api.openai.com/v1"
        #expect(
            read("providers: { openai: { base_url: \"\(elsewhere)\" } }").lines == [
                "martlet.yaml:1:34: warning: providers.openai is not where or what OpenAI is, so "
                    + "its calls have no known price; write vendor: openai where OpenAI's prices "
                    + "hold"
            ])
        let same = "providers: { openai: { base_url: https://api.openai.com/v1 } }"
        let said = "providers: { openai: { vendor: openai, base_url: \"\(elsewhere)\" } }"
        for text in [same, said] { #expect(read(text).lines == []) }
    }

    @Test func `a missing key names the variable that would hold it`() {
        let reading = read("providers:\n  openai:", variables: [:])
        #expect(
            reading.lines == [
                "martlet.yaml:2:3: error: providers.openai has no key; set $OPENAI_API_KEY, "
                    + "or write api_key"
            ])
    }

    @Test func `nothing to serve is an error that says how to begin`() {
        #expect(
            loader().load(path: nil).lines == [
                "error: no provider is set up; set a key such as $OPENAI_API_KEY, or write "
                    + "providers in martlet.yaml"
            ])
    }

    @Test func `a key of a vendor that cannot be called yet is a warning`() throws {
        let variables = ["REPLICATE_API_TOKEN": "a", "OPENAI_API_KEY": "b"]
        let reading = loader(variables: variables).load(path: nil)
        #expect(try #require(reading.settings).gateway.providers.keys.sorted() == ["openai"])
        #expect(
            reading.lines == [
                "warning: $REPLICATE_API_TOKEN is set, but the replicate dialect is not in this "
                    + "version"
            ])
    }
}
