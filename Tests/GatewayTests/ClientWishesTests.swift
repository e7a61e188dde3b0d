// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Gateway
import Providers
import Routing
import Testing
import Wire

/// A request, and what of its wishes is understood.
private struct WishRow: Sendable, CustomTestStringConvertible {
    var members: String
    var model = "fast"
    var expect: @Sendable (inout RoutingPreferences) -> Void
    var unheeded: [String] = []

    init(
        _ members: String, model: String = "fast", unheeded: [String] = [],
        _ expect: @escaping @Sendable (inout RoutingPreferences) -> Void = { _ in }
    ) {
        self.members = members
        self.model = model
        self.unheeded = unheeded
        self.expect = expect
    }

    var testDescription: String { "\(model) \(members)" }
}

/// What clients say of routing. The names and types of body members are those of OpenRouter's public
/// OpenAPI description.
@Suite struct ClientWishesTests {
    static let configuration: GatewayConfiguration = {
        var configuration = GatewayConfiguration()
        for id in ["openai", "groq", "openrouter", "Acme"] {
            var vendor = Vendor(id: id, name: id, baseURL: "http://\(id).invalid")
            if id == "openrouter" { vendor.quirks.routingPreferences = .passed }
            configuration.providers[id] = Provider(
                id: id, vendor: vendor, endpoint: Endpoint(baseURL: vendor.baseURL))
        }
        let targets = ["openai", "openrouter"].map { Target(provider: $0, model: "m") }
        configuration.routes["fast"] = Route(name: "fast", targets: targets)
        configuration.homes = ["known": "openai", "routed": "openrouter"]
        return configuration
    }()

    static func wishes(
        _ members: String, model: String? = "fast", _ fields: KeyValuePairs<String, String> = [:],
        strict: Bool = false
    ) throws -> ClientWishes {
        var configuration = Self.configuration
        configuration.isStrict = strict
        let name = model.map { #""model":"\#($0)","# } ?? ""
        let body = #"{\#(name)"messages":[]\#(members.isEmpty ? "" : ",")\#(members)}"#
        return try ClientWishes(
            of: ChatRequest(body: Array(body.utf8)), fields: HTTPFields(fields), in: configuration)
    }

    private static let rows: [WishRow] = [
        WishRow(""),
        WishRow(#""provider":null,"models":null,"route":null"#),
        WishRow(#""provider":{}"#),
        WishRow(#""models":["b","a/b","b","fast"]"#) { $0.models = ["b", "a/b"] },
        WishRow(#""models":["b"],"route":"fallback""#) { $0.models = ["b"] },
        WishRow(#""route":"sort""#, unheeded: ["route"]),
        WishRow(#""provider":{"order":["groq","openai"],"allow_fallbacks":false}"#) {
            $0.order = ["groq", "openai"]
            $0.allowsFallbacks = false
        },
        WishRow(#""provider":{"only":["groq"],"ignore":["openai"]}"#) {
            $0.only = ["groq"]
            $0.ignore = ["openai"]
        },
        WishRow(#""provider":{"require_parameters":true,"data_collection":"deny"}"#) {
            $0.requiresParameters = true
            $0.deniesDataCollection = true
        },
        WishRow(#""provider":{"data_collection":"allow","allow_fallbacks":true,"order":[]}"#),
        WishRow(#""provider":{"sort":"price"}"#) { $0.sort = .price },
        WishRow(#""provider":{"sort":{"by":"latency","partition":"model"}}"#) {
            $0.sort = .latency
        },
        WishRow(
            #""provider":{"sort":{"by":"throughput","partition":"none"}}"#,
            unheeded: ["provider.sort.partition"]
        ) { $0.sort = .throughput },
        WishRow(#""provider":{"sort":"exacto"}"#, unheeded: ["provider.sort"]),
        WishRow(#""provider":{"max_price":{"prompt":1,"completion":"2.5"}}"#) {
            $0.maximumInputPrice = 1_000_000
            $0.maximumOutputPrice = 2_500_000
        },
        // A sum of floats, as Python writes it: 0.1 + 0.2.
        WishRow(#""provider":{"max_price":{"prompt":0.30000000000000004}}"#) {
            $0.maximumInputPrice = 300_000
        },
        WishRow(
            #""provider":{"max_price":{"image":1,"request":"0","audio":null}}"#,
            unheeded: ["provider.max_price.image", "provider.max_price.request"]),
        WishRow(
            #""provider":{"quantizations":["fp8"],"preferred_max_latency":{"p90":3},"#
                + #""preferred_min_throughput":50,"enforce_distillable_text":true}"#,
            unheeded: [
                "provider.quantizations", "provider.preferred_max_latency",
                "provider.preferred_min_throughput", "provider.enforce_distillable_text",
            ]),
        WishRow(
            #""provider":{"quantizations":[],"preferred_max_latency":null,"zdr":false,"#
                + #""enforce_distillable_text":false}"#),
        WishRow(#""models":["b:nitro","fast:floor"]"#, model: "fast:floor") {
            $0.models = ["b:nitro"]
        },
        WishRow(#""provider":{"ignore":["Amazon Bedrock","google-vertex","Z.AI","Acme","odd"]}"#) {
            $0.ignore = ["bedrock", "vertex", "zai", "Acme", "odd"]
        },
    ]

    @Test(arguments: rows)
    private func `what the body says is understood, or named as not acted on`(
        row: WishRow
    ) throws {
        let wishes = try Self.wishes(row.members, model: row.model)
        var expected = RoutingPreferences()
        row.expect(&expected)
        #expect(wishes.routing == expected)
        #expect(wishes.unheeded == row.unheeded)
        #expect(!wishes.areForProvider)
    }

    @Test(
        arguments: [
            (#""models":"b""#, "models", "invalid_type"),
            (#""models":[1]"#, "models", "invalid_type"),
            (
                #""models":[\#((0...64).map { #""m\#($0)""# }.joined(separator: ","))]"#, "models",
                "invalid_value"
            ),
            (#""provider":"groq""#, "provider", "invalid_type"),
            (#""provider":[]"#, "provider", "invalid_type"),
            (#""provider":{"order":"groq"}"#, "provider.order", "invalid_type"),
            (#""provider":{"only":[]}"#, "provider.only", "invalid_value"),
            (#""provider":{"ignore":[null]}"#, "provider.ignore", "invalid_type"),
            (#""provider":{"allow_fallbacks":"no"}"#, "provider.allow_fallbacks", "invalid_type"),
            (#""provider":{"sort":"speed"}"#, "provider.sort", "invalid_value"),
            (#""provider":{"sort":{"by":1}}"#, "provider.sort.by", "invalid_value"),
            (#""provider":{"sort":{"of":1}}"#, "provider.sort.of", "unsupported_parameter"),
            (
                #""provider":{"data_collection":"never"}"#, "provider.data_collection",
                "invalid_value"
            ),
            (#""provider":{"max_price":1}"#, "provider.max_price", "invalid_type"),
            (
                #""provider":{"max_price":{"prompt":-1}}"#, "provider.max_price.prompt",
                "invalid_value"
            ),
            (
                #""provider":{"max_price":{"prompt":1e-7}}"#, "provider.max_price.prompt",
                "invalid_value"
            ),
            (
                #""provider":{"max_price":{"completion":"$2"}}"#, "provider.max_price.completion",
                "invalid_value"
            ),
            (
                #""provider":{"max_price":{"completion":"2.0000000001x"}}"#,
                "provider.max_price.completion", "invalid_value"
            ),
            (
                #""provider":{"max_price":{"output":2}}"#, "provider.max_price.output",
                "unsupported_parameter"
            ),
            (#""provider":{"zdr":true}"#, "provider.zdr", "unsupported_parameter"),
            (#""provider":{"ignored":["openai"]}"#, "provider.ignored", "unsupported_parameter"),
        ])
    func `what cannot be meant is refused by name`(
        members: String, parameter: String, code: String
    ) throws {
        let error = #expect(throws: APIError.self) { try Self.wishes(members) }
        #expect(error?.status == 400)
        #expect(error?.parameter == parameter)
        #expect(error?.code == code)
    }

    @Test(arguments: ["openrouter/a/b:floor", "routed"])
    func `what is said of a model at a provider that routes is for that provider`(
        model: String
    ) throws {
        let wishes = try Self.wishes(
            #""models":["x/y"],"provider":{"zdr":true,"order":["Together"]}"#, model: model,
            ["x-martlet-retries": "3"])
        #expect(wishes.areForProvider)
        #expect(wishes.routing.models.isEmpty && wishes.routing.order.isEmpty)
        #expect(wishes.routing.retries == 3 && wishes.unheeded.isEmpty)
    }

    @Test(arguments: ["fast", "openai/gpt-4o", "known", "nowhere"])
    func `what is said of any other name is for the gateway`(model: String) throws {
        let wishes = try Self.wishes(#""models":["openrouter/x/y"]"#, model: model)
        #expect(!wishes.areForProvider && wishes.routing.models == ["openrouter/x/y"])
    }

    @Test func `without a model the names of models are the gateway's`() throws {
        let wishes = try Self.wishes(#""models":["openrouter/x/y","fast"]"#, model: nil)
        #expect(!wishes.areForProvider && wishes.routing.models == ["fast"])
    }

    @Test(arguments: [
        ("30", Duration.seconds(30)), ("30s", .seconds(30)), ("1500ms", .milliseconds(1500)),
        ("2m", .seconds(120)), ("86400", .seconds(86400)),
    ])
    func `a deadline is read`(text: String, deadline: Duration) throws {
        #expect(try Self.wishes("", ["X-Martlet-Timeout": text]).routing.deadline == deadline)
    }

    @Test func `flags and numbers of the head are read`() throws {
        let wishes = try Self.wishes(
            "",
            [
                "x-martlet-retries": "0", "x-martlet-no-fallback": "true",
                "x-martlet-explain": "TRUE", "x-martlet-strict": "false",
            ])
        #expect(wishes.routing.retries == 0 && wishes.routing.forbidsFallback)
        #expect(wishes.routing.wantsExplanation && !wishes.isStrict)
        #expect(try Self.wishes("", ["x-martlet-strict": "true"]).isStrict)
        #expect(try Self.wishes("", ["x-martlet-strict": "false"], strict: true).isStrict)
    }

    @Test(
        arguments: [
            ("x-martlet-timeout", "0"), ("x-martlet-timeout", "-1"), ("x-martlet-timeout", "1.5s"),
            ("x-martlet-timeout", "soon"), ("x-martlet-timeout", ""), ("x-martlet-timeout", "25h"),
            ("x-martlet-timeout", "1441m"), ("x-martlet-timeout", "99999999999"),
            ("x-martlet-retries", "11"), ("x-martlet-retries", "-1"), ("x-martlet-retries", "two"),
            ("x-martlet-no-fallback", "1"), ("x-martlet-explain", ""), ("x-martlet-strict", "yes"),
        ])
    func `what a field cannot mean is refused by name`(name: String, value: String) {
        let error = #expect(throws: APIError.self) {
            try Self.wishes("", KeyValuePairs(dictionaryLiteral: (name, value)))
        }
        #expect(error?.status == 400 && error?.parameter == name)
    }

    @Test func `a field that is there twice is refused, an unknown one is named`() throws {
        let error = #expect(throws: APIError.self) {
            try Self.wishes("", ["x-martlet-retries": "1", "X-Martlet-Retries": "2"])
        }
        #expect(error?.parameter == "x-martlet-retries")
        #expect(
            try Self.wishes("", ["X-Martlet-Timeot": "1"]).unheeded == ["x-martlet-timeot"])
    }

    @Test(arguments: [true, false])
    func `strict mode refuses what is not acted on`(isOperators: Bool) {
        let fields: KeyValuePairs = ["x-martlet-strict": isOperators ? "false" : "true"]
        let error = #expect(throws: APIError.self) {
            try Self.wishes(
                #""provider":{"quantizations":["fp8"]}"#, fields, strict: isOperators)
        }
        #expect(error?.parameter == "provider.quantizations")
        #expect(error?.code == "unsupported_parameter")
    }
}

/// What OpenRouter's description of its own API says that there is.
@Suite(.enabled(if: PublicRecording.folder != nil, "../shared/specs is not here"))
struct OpenRouterWishesTests {
    private static func value(_ path: String...) throws -> Any {
        let specification = try #require(SpecificationCheck("openrouter"))
        return try #require(specification.value(at: ["components", "schemas"] + path))
    }

    @Test func `it has the members that are read and passed on`() throws {
        let members = try #require(
            try Self.value("ChatRequest", "properties") as? [String: Any])
        for member in RoutingMember.allCases { #expect(members[member.rawValue] != nil) }
    }

    /// None of them is an empty object, which is refused in other words than an unknown name is.
    @Test func `each of its preferences is known here`() throws {
        let members = try #require(
            try Self.value("ProviderPreferences", "properties") as? [String: Any])
        #expect(members.count >= 13)
        for name in members.keys {
            do {
                _ = try ClientWishesTests.wishes(#""provider":{"\#(name)":{}}"#)
            } catch let error as APIError {
                #expect(!error.message.contains("There is no"), "\(name)")
            }
        }
    }

    @Test func `each of its orders is known here`() throws {
        let orders = try #require(try Self.value("ProviderSort", "enum") as? [String])
        for order in orders {
            _ = try ClientWishesTests.wishes(#""provider":{"sort":"\#(order)"}"#)
        }
    }
}
