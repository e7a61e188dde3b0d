// SPDX-License-Identifier: Apache-2.0
import Gateway
import martlet
import Providers
import Routing
import Shard
import Testing
import Wire

@Suite struct SettingsTests {
    @Test func `every key of the file is read`() throws {
        let reading = read(
            """
            listen: ["127.0.0.1:9000", "[::1]:9000", unix:/run/martlet.sock]
            data: "${STATE_DIRECTORY:-/var/lib/martlet}"
            auth: open
            shards: 3
            strict: true
            keepalive: 20s
            shutdown_timeout: 2m
            log_level: warning
            on_ledger_failure: refuse
            unpriced: refuse
            limits: { body: 8MiB }
            timeouts: { connect: 2s, first_byte: 3m }
            providers:
              openai:
              local:
                dialect: openai
                base_url: http://127.0.0.1:18080/v1/
                timeouts: { idle: 5m }
            models:
              gpt-4o: openai/gpt-4o
              fast:
                strategy: ordered
                targets: [local/smollm2, openai/gpt-4o-mini]
              pair: [local/a, local/b/c]
            """)
        #expect(reading.diagnostics == [])
        let settings = try #require(reading.settings)
        #expect(
            settings.listen == [
                .internet(host: "127.0.0.1", port: 9000), .internet(host: "::1", port: 9000),
                .unix(path: "/run/martlet.sock"),
            ])
        #expect(settings.dataDirectory == "/var/lib/martlet")
        #expect(settings.shards == 3)
        #expect(settings.shutdownTimeout == .seconds(120))
        #expect(settings.logLevel == .warning)
        #expect(settings.gateway.isStrict)
        #expect(settings.gateway.keepaliveInterval == .seconds(20))
        #expect(settings.gateway.onLedgerFailure == .refuse)
        #expect(settings.gateway.unpriced == .refuse)
        #expect(settings.gateway.maximumBodyBytes == 8 << 20)
        let local = try #require(settings.gateway.providers["local"])
        #expect(local.endpoint.baseURL == "http://127.0.0.1:18080/v1")
        #expect(local.credential == nil)
        #expect(local.limits.connect == .seconds(2))
        #expect(local.limits.idle == .seconds(300))
        let openai = try #require(settings.gateway.providers["openai"])
        #expect(openai.credential?.reveal() == "sk-1")
        #expect(openai.limits.firstByte == .seconds(180))
        #expect(
            settings.gateway.routes["fast"]?.targets == [
                Target(provider: "local", model: "smollm2"),
                Target(provider: "openai", model: "gpt-4o-mini"),
            ])
        #expect(settings.gateway.routes["pair"]?.targets.last?.model == "b/c")
    }

    @Test func `an empty file means what no file means`() throws {
        let settings = try #require(read("# nothing\n").settings)
        #expect(settings.gateway.providers.keys.sorted() == ["openai"])
        #expect(settings.listen == [.internet(host: "127.0.0.1", port: 8080)])
    }

    @Test func `a file that lists providers is not added to by the environment`() throws {
        let settings = try #require(read("providers: { vllm: }").settings)
        #expect(settings.gateway.providers.keys.sorted() == ["vllm"])
        #expect(settings.keyOrigins == ["vllm": .none])
    }

    @Test func `a row can be used under another name`() throws {
        let reading = read("providers: { second: { vendor: openai } }")
        let provider = try #require(reading.settings?.gateway.providers["second"])
        #expect(provider.vendor.id == "openai")
        #expect(provider.id == "second")
    }

    @Test func `a placeholder is filled from the file or the environment`() throws {
        let variables = ["CLOUDFLARE_API_TOKEN": "k", "CLOUDFLARE_ACCOUNT_ID": "abc"]
        let fromFile = read("providers: { cloudflare: { account_id: xyz } }", variables: variables)
        let fromEnvironment = loader(variables: variables).load(path: nil)
        func url(_ reading: SettingsReading) throws -> String {
            try #require(reading.settings?.gateway.providers["cloudflare"]).endpoint.baseURL
        }
        #expect(try url(fromFile) == "https://api.cloudflare.com/accounts/xyz/ai/v1")
        #expect(try url(fromEnvironment) == "https://api.cloudflare.com/accounts/abc/ai/v1")
    }

    @Test(arguments: [
        ("${KEY}", "from-environment", KeyOrigin.environment("KEY")),
        ("file:/secrets/key", "from-file", .file("/secrets/key")),
        ("credential:key", "from-systemd", .credential("key")),
        ("literal", "literal", .settings),
    ])
    func `a key comes from where it is kept`(
        text: String, key: String, origin: KeyOrigin
    ) throws {
        let reading = read(
            "providers: { openai: { api_key: \"\(text)\" } }",
            variables: ["KEY": "from-environment", "CREDENTIALS_DIRECTORY": "/run/c"],
            files: ["/secrets/key": "from-file\n", "/run/c/key": "from-systemd\r\n"])
        let settings = try #require(reading.settings)
        #expect(settings.gateway.providers["openai"]?.credential?.reveal() == key)
        #expect(settings.keyOrigins["openai"] == origin)
        #expect(reading.diagnostics.isEmpty == (origin != .settings))
    }

    @Test func `no key is ever in what is printed`() throws {
        let reading = read("providers: { openai: { api_key: \"sk-very-secret\" } }")
        let settings = try #require(reading.settings)
        var dumped = ""
        dump(settings, to: &dumped)
        for text in [settings.summary, dumped, "\(settings)", "\(reading)"] {
            #expect(!text.contains("sk-very-secret"))
        }
    }

    @Test func `the first of the well-known files that exists is read`() throws {
        let variables = ["XDG_CONFIG_HOME": "/x", "OPENAI_API_KEY": "k"]
        let files = [
            "/x/martlet/martlet.yaml": "shards: 2", "/etc/martlet/martlet.yaml": "shards: 1",
        ]
        let reading = loader(variables: variables, files: files).load(path: nil)
        #expect(try #require(reading.settings).shards == 2)
        #expect(loader(files: files).load(path: "none.yaml").settings == nil)
    }

    @Test func `paths are seen from the file's directory`() throws {
        let files = [
            "/etc/martlet/a.yaml": "data: journal\nproviders: { vllm: { ca_file: a.pem } }"
        ]
        let settings = try #require(loader(files: files).load(path: "/etc/martlet/a.yaml").settings)
        #expect(settings.dataDirectory == "/etc/martlet/journal")
        let endpoint = try #require(settings.gateway.providers["vllm"]).endpoint
        #expect(endpoint.certificateAuthorities == "/etc/martlet/a.pem")
    }

    @Test func `the version follows what is served and not the keys`() throws {
        func version(_ text: String, key: String) throws -> String {
            try #require(read(text, variables: ["OPENAI_API_KEY": key]).settings).gateway.version
        }
        let first = try version("models: { a: openai/b }", key: "1")
        #expect(first.utf8.count == 12)
        #expect(try version("models: { a: openai/b } # the same", key: "2") == first)
        #expect(try version("models: { a: openai/c }", key: "1") != first)
        let quirk = "providers: { openai: { quirks: { stream_usage: never } } }"
        #expect(try version("providers: { openai: }", key: "1") != version(quirk, key: "1"))
    }
}
