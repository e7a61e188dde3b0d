// SPDX-License-Identifier: Apache-2.0
import martlet
import Gateway
import LoopbackSupport
import Providers
import Testing
import Foundation
import Wire

/// Providers whose key is exchanged for tokens, and those with options, as the settings set them up.
@Suite struct CloudSettingsTests {
    static let key: String = {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "martlet-settings-\(UUID().uuidString).pem")
        defer { try? FileManager.default.removeItem(at: file) }
        let made = try? ChildProcess.run([
            "openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048",
            "-out", file.path,
        ])
        return made == true ? (try? String(contentsOf: file, encoding: .utf8)) ?? "" : ""
    }()

    static func account(
        _ tokenURI: String = "https://oauth2.googleapis.com/token",
        type: String = "service_account",
        key: String = CloudSettingsTests.key
    ) -> String {
        #"{"type":"\#(type)","project_id":"p-1","client_email":"a@b","token_uri":"\#(tokenURI)","#
            + #""private_key":"\#(key.replacing("\n", with: "\\n"))"}"#
    }

    static let google = "GOOGLE_APPLICATION_CREDENTIALS"

    private func load(
        _ text: String?, _ variables: [String: String] = [:], files: [String: String] = [:]
    ) -> SettingsReading {
        let surroundings = Surroundings(variables: variables) { path throws(FileFailure) in
            guard let text = files[path] else {
                throw FileFailure(reason: "No such file or directory", isMissing: true)
            }
            return text
        }
        let loader = SettingsLoader(vendors: .builtIn, surroundings: surroundings)
        return text.map { loader.read($0, file: "m.yaml") } ?? loader.load(path: nil)
    }

    private func provider(_ reading: SettingsReading, _ id: String) throws -> Provider {
        try #require(reading.settings?.gateway.providers[id], "\(reading.diagnostics)")
    }

    @Test func `a service account in the environment is enough with a location`() throws {
        let variables = [Self.google: "/sa.json", "GOOGLE_CLOUD_LOCATION": "europe-west4"]
        let reading = load(nil, variables, files: ["/sa.json": Self.account()])
        let vertex = try provider(reading, "vertex")
        #expect(
            vertex.endpoint.baseURL == "https://europe-west4-aiplatform.googleapis.com/v1"
                + "/projects/p-1/locations/europe-west4")
        #expect(vertex.grant?.tokenURL.text == "https://oauth2.googleapis.com/token")
        #expect(vertex.credential == nil && reading.diagnostics.isEmpty)
        #expect(reading.settings?.keyOrigins["vertex"] == .file("/sa.json"))
    }

    @Test func `the location global is in no host`() throws {
        let text = "providers: { vertex: { region: global, project: p, api_key: file:sa.json } }"
        let reading = load(text, files: ["sa.json": Self.account()])
        #expect(
            try provider(reading, "vertex").endpoint.baseURL
                == "https://aiplatform.googleapis.com/v1/projects/p/locations/global")
    }

    @Test func `a server of one's own may want tokens of a service account`() throws {
        let text =
            "providers: { maas: { dialect: openai, base_url: \"https://a.b/endpoints/openapi\", "
            + "authentication: google-service-account, api_key: file:sa.json } }"
        let maas = try provider(load(text, files: ["sa.json": Self.account()]), "maas")
        #expect(maas.grant != nil && maas.credential == nil)
        #expect(maas.requestFields.whole.first("authorization") == nil)
    }

    @Test func `a ready token is sent as it is`() throws {
        let text =
            "providers: { vertex: { region: r, project: p, authentication: bearer, "
            + "api_key: \"${TOKEN}\" } }"
        let vertex = try provider(load(text, ["TOKEN": "ya29.x"]), "vertex")
        #expect(vertex.credential?.reveal() == "ya29.x" && vertex.grant == nil)
        #expect(vertex.requestFields.whole.first("authorization") == "Bearer ya29.x")
    }

    @Test func `no key of an account is ever in what is printed`() throws {
        let text =
            "providers: { vertex: { region: r, project: p, api_key: file:sa.json }, "
            + "watsonx: { region: r, project_id: p, api_key: \"${K}\" } }"
        let reading = load(text, ["K": "very-secret"], files: ["sa.json": Self.account()])
        var dumped = "\(reading) \(try #require(reading.settings).summary)"
        dump(reading, to: &dumped)
        #expect(!dumped.contains("very-secret") && !dumped.contains("BEGIN PRIVATE"))
        #expect(!dumped.contains(Self.key.split(separator: "\n")[1]))
    }

    static let problems: [(String, [String: String], String)] = [
        (
            "providers: { vertex: { region: r, project: p } }", [:],
            "m.yaml:1:14: error: providers.vertex has no key; set "
                + "$GOOGLE_APPLICATION_CREDENTIALS, or write api_key"
        ),
        (
            "providers: { vertex: { region: r, project: p } }", [google: "/none.json"],
            "m.yaml:1:14: error: the file that $GOOGLE_APPLICATION_CREDENTIALS names: "
                + "No such file or directory"
        ),
        (
            "providers: { vertex: { region: r, project: p, api_key: file:user.json } }", [:],
            "m.yaml:1:56: error: the key of providers.vertex is no service account's key: it has "
                + "the type \"authorized_user\" and not service_account; write file:<path> of the "
                + "JSON file that Google gave you, or a token and authentication: bearer"
        ),
        (
            "providers: { vertex: { region: r, project: p, api_key: file:plain.json } }", [:],
            "m.yaml:1:56: error: the key of providers.vertex has a token_uri that is not "
                + "encrypted; use https"
        ),
        (
            "providers: { vertex: { region: r, api_key: file:odd.json } }", [:],
            "m.yaml:1:44: error: the key of providers.vertex is no service account's key: it has a "
                + "private_key that is no RSA key in PEM; write file:<path> of the JSON file that "
                + "Google gave you, or a token and authentication: bearer"
        ),
        (
            "providers: { vertex: { project: p, api_key: file:sa.json } }", [:],
            "m.yaml:1:14: error: providers.vertex has no region; write region: … or set "
                + "$GOOGLE_CLOUD_LOCATION"
        ),
        (
            "providers: { vertex: { region: r, project: p, authentication: bearer } }",
            [google: "/sa.json"],
            "m.yaml:1:14: error: providers.vertex has no key; write api_key: with this "
                + "authentication, $GOOGLE_APPLICATION_CREDENTIALS is not looked at"
        ),
        (
            "providers: { azure: { endpoint: a.openai.azure.com, api_version: \"a/b\" } }",
            ["AZURE_OPENAI_API_KEY": "k"],
            "m.yaml:1:66: error: providers.azure.api_version cannot be \"a/b\"; use letters, "
                + "digits, '.', '-' and '_'"
        ),
        (
            "providers: { azure: { base_url: \"https://a.openai.azure.com/openai/v1/\" } }",
            ["AZURE_OPENAI_API_KEY": "k"],
            "m.yaml:1:33: error: providers.azure.base_url goes too far; end it before /openai"
        ),
        (
            "providers: { openai: { token_url: \"https://x/y\" } }", ["OPENAI_API_KEY": "k"],
            "m.yaml:1:35: error: providers.openai.token_url is for keys that are exchanged for "
                + "tokens"
        ),
        (
            "providers: { watsonx: { region: r } }", ["WATSONX_APIKEY": "k"],
            "m.yaml:1:14: warning: IBM watsonx.ai has no project, so each call has to say its own "
                + "project_id; write project_id: … or set $WATSONX_PROJECT_ID"
        ),
    ]

    @Test(arguments: problems)
    func `what is missing is said, and what to do about it`(
        text: String, variables: [String: String], line: String
    ) {
        let files = [
            "sa.json": Self.account(), "user.json": Self.account(type: "authorized_user"),
            "plain.json": Self.account("http://oauth.example/token"),
            "odd.json": Self.account(key: "x"),
        ]
        #expect(load(text, variables, files: files).lines == [line])
    }

    @Test(arguments: [
        ([google: "/sa.json"], "$GOOGLE_CLOUD_LOCATION is not, so Google Vertex AI is not used"),
        ([google: "/none.json"], "the file cannot be read: No such file or directory"),
        (
            [google: "/user.json", "GOOGLE_CLOUD_LOCATION": "r"],
            "what it leads to is no service account's key: it has the type \"authorized_user\" and "
                + "not service_account; write file:<path> of the JSON file that Google gave you, "
                + "or a token and authentication: bearer"
        ),
    ])
    func `a key in the environment that does not do is answered with a reason`(
        variables: [String: String], reason: String
    ) {
        let files = [
            "/sa.json": Self.account(), "/user.json": Self.account(type: "authorized_user"),
        ]
        let reading = load(nil, variables.merging(["OPENAI_API_KEY": "k"]) { $1 }, files: files)
        #expect(
            reading.lines == ["warning: $GOOGLE_APPLICATION_CREDENTIALS is set, but " + reason])
        #expect(reading.settings?.gateway.providers.keys.sorted() == ["openai"])
    }

    @Test func `Azure's usual variables set it up`() throws {
        var variables = [
            "AZURE_OPENAI_API_KEY": "k", "AZURE_OPENAI_ENDPOINT": "https://a.openai.azure.com/",
        ]
        let azure = try provider(load(nil, variables), "azure")
        #expect(azure.endpoint.baseURL == "https://a.openai.azure.com" && azure.options.isEmpty)
        #expect(azure.requestFields.whole.first("api-key") == "k")
        variables["OPENAI_API_VERSION"] = "2024-10-21"
        let dated = try provider(load(nil, variables), "azure")
        #expect(dated.options == ["api_version": "2024-10-21"])
    }

    @Test func `IBM's key goes to IBM, or to an address of one's own`() throws {
        let variables = [
            "WATSONX_API_KEY": "k", "WATSONX_REGION": "us-south", "WATSONX_PROJECT_ID": "p",
        ]
        let watsonx = try provider(load(nil, variables), "watsonx")
        #expect(watsonx.grant?.tokenURL == IBMAPIKey.publicTokenURL)
        #expect(watsonx.endpoint.baseURL == "https://us-south.ml.cloud.ibm.com")
        #expect(watsonx.options == ["project_id": "p"] && watsonx.credential == nil)
        let text = "providers: { watsonx: { token_url: \"http://127.0.0.1:9/t\" } }"
        let own = try provider(load(text, variables), "watsonx")
        #expect(own.grant?.tokenURL.text == "http://127.0.0.1:9/t")
    }
}
