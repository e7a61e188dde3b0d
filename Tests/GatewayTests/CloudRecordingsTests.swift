// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Foundation
import Providers
import Testing
import Wire

/// Recorded requests to Azure OpenAI, Vertex AI and watsonx, against those of the gateway.
@Suite(.enabled(if: PublicRecording.folder != nil, "../shared/recordings is not here"))
struct CloudRecordingsTests {
    static let azure = PublicRecording.all(
        of: ["openai-chat", "openai-completions", "openai-embeddings"]
    ).filter {
        $0.provider == "azure" && $0.request != nil && $0.url.contains("/openai/")
    }
    static let watsonx = PublicRecording.openAIChat.filter { $0.provider == "watsonx" }
    static let claude = PublicRecording.all(of: ["anthropic-messages"]).filter {
        $0.provider == "vertex" && $0.url.contains("/claude")
    }
    static let vectors = PublicRecording.all(with: ["embeddings"]).filter {
        $0.provider == "vertex"
    }
    static let gemini = PublicRecording.all(of: ["gemini"]).filter {
        $0.provider == "vertex" && $0.url.contains("/locations/") && $0.request != nil
            && $0.url.contains("enerateContent")
    }

    private func send(
        _ body: [UInt8], to model: String, of dialect: DialectID, options: [String: String] = [:],
        for operation: CallOperation = .chat
    ) throws -> (target: String, body: [String: Any]) {
        let vendor = Vendor(id: "v", name: "V", baseURL: "http://x.invalid", dialect: dialect)
        let provider = Provider(
            id: "v", vendor: vendor, endpoint: Endpoint(baseURL: "http://x.invalid"),
            options: options)
        let target = DialectTarget(model: model, provider: provider, isStrict: true)
        let sent = try #require(provider.dialect(for: operation)).request(
            for: ChatRequest(body: body, operation: operation), to: target
        ).message
        return (sent.target, try #require(PublicRecording.json(Data(sent.body))))
    }

    @Test func `there are as many requests as the folder promises`() {
        #expect(Self.azure.count == 48 && Self.vectors.count == 5 && Self.watsonx.count == 16)
        #expect(Self.claude.count == 26 && Self.gemini.count == 66)
    }

    @Test(arguments: azure)
    func `a request to Azure goes where it was recorded, and says the same`(
        recording: PublicRecording
    ) throws {
        let url = try #require(URLComponents(string: recording.url))
        let parts = url.path.split(separator: "/").map(String.init)
        let deployment = parts.firstIndex(of: "deployments").map { parts[$0 + 1] }
        let recorded = try #require(PublicRecording.json(Data(recording.request ?? [])))
        let model = try #require(deployment ?? recorded["model"] as? String)
        let version = url.queryItems?.first { $0.name == "api-version" }?.value
        // Its recorder left some queries out; a deployment is never asked without one.
        let used = version ?? (deployment == nil ? nil : "2025-01-01")
        var client = recorded
        client["model"] = "the client's"
        let sent = try send(
            Array(JSONSerialization.data(withJSONObject: client)), to: model, of: .azureOpenAI,
            options: used.map { ["api_version": $0] } ?? [:],
            for: CallOperation(recording))
        let path = url.path.replacing("//", with: "/")
        #expect(sent.target == path + (used.map { "?api-version=\($0)" } ?? ""))
        var expected = recorded
        expected["model"] = model
        if recorded["stream"] as? Bool == true {
            expected["stream_options"] = ["include_usage": true]
        }
        #expect(sent.body as NSDictionary == expected as NSDictionary)
    }

    @Test(arguments: watsonx)
    func `a request to watsonx goes where it was recorded, and says the same`(
        recording: PublicRecording
    ) throws {
        let recorded = try #require(PublicRecording.json(Data(recording.request ?? [])))
        var client = recorded
        client["project_id"] = nil
        let project = try #require(recorded["project_id"] as? String)
        let sent = try send(
            Array(JSONSerialization.data(withJSONObject: client)),
            to: try #require(recorded["model"] as? String), of: .watsonx,
            options: ["project_id": project])
        #expect(recording.url.hasSuffix(".ml.cloud.ibm.com" + sent.target))
        #expect(sent.body as NSDictionary == recorded as NSDictionary)
    }

    /// The path below the location, its model as it is written.
    private func path(_ recording: PublicRecording) throws -> (path: String, model: String) {
        // One recorder says the beginning twice.
        let start = try #require(recording.url.range(of: "/publishers/", options: .backwards))
        let path = recording.url[start.lowerBound...]
        let model = try #require(path.split(separator: "/").last).prefix { $0 != ":" }
        return (String(path).replacing("@", with: "%40"), String(model))
    }

    @Test(arguments: gemini)
    func `a request for Gemini goes where it was recorded`(recording: PublicRecording) throws {
        let (path, model) = try path(recording)
        let client =
            #"{"model":"m","messages":[{"role":"user","content":"a"}],"#
            + #""stream":\#(recording.isStream)}"#
        let sent = try send(Array(client.utf8), to: model, of: .vertex)
        // Two recorders ask for a stream as an array, or for enums as numbers.
        let asked = path.split(separator: "?")[0] + (recording.isStream ? "?alt=sse" : "")
        #expect(sent.target == asked)
        let location = recording.url.prefix(
            upTo: try #require(recording.url.range(of: "/publishers")).lowerBound)
        #expect(location.contains("/projects/") && location.contains("/locations/"))
    }

    @Test(arguments: vectors)
    func `a request for vectors of Vertex AI goes where it was recorded, and says the same`(
        recording: PublicRecording
    ) throws {
        let (path, model) = try path(recording)
        let recorded = try #require(PublicRecording.json(Data(recording.request ?? [])))
        let instances = recorded["instances"] as? [[String: Any]]
        let parts = (recorded["content"] as? [String: Any])?["parts"] as? [[String: Any]]
        var client: [String: Any] = ["model": "m"]
        client["input"] =
            instances?.compactMap { $0["content"] } ?? parts?.compactMap { $0["text"] }
        client["task_type"] = instances?.first?["task_type"]
        let sent = try send(
            Array(JSONSerialization.data(withJSONObject: client)), to: model, of: .vertex,
            for: .embeddings)
        #expect(sent.target == path)
        #expect(sent.body as NSDictionary == recorded as NSDictionary)
    }

    @Test(arguments: claude)
    func `a request for Claude goes where it was recorded, and says the same where it is plain`(
        recording: PublicRecording
    ) throws {
        let (path, model) = try path(recording)
        let recorded = try #require(PublicRecording.json(Data(recording.request ?? [])))
        let messages = try #require(recorded["messages"] as? [[String: Any]])
        let isPlain =
            recorded["tools"] == nil && recorded["thinking"] == nil
            && messages.allSatisfy { $0["content"] is String }
        var client: [String: Any] = ["model": "m", "stream": recording.isStream]
        client["max_tokens"] = recorded["max_tokens"]
        client["temperature"] = recorded["temperature"]
        client["messages"] = isPlain ? messages : [["role": "user", "content": "hi"]]
        if isPlain, let system = recorded["system"] as? String {
            client["messages"] = [["role": "system", "content": system]] + messages
        }
        let sent = try send(
            Array(JSONSerialization.data(withJSONObject: client)), to: model, of: .vertex)
        #expect(sent.target == path)
        #expect(sent.body["model"] == nil)
        #expect(sent.body["anthropic_version"] as? String == "vertex-2023-10-16")
        guard isPlain else { return }
        for name in ["anthropic_version", "max_tokens", "temperature"] {
            #expect(sent.body[name] as? NSObject == recorded[name] as? NSObject, "\(name)")
        }
        #expect(sent.body["stream"] as? Bool ?? false == recorded["stream"] as? Bool ?? false)
        #expect(Self.texts(sent.body["system"]) == Self.texts(recorded["system"]))
        let got = try #require(sent.body["messages"] as? [[String: Any]])
        #expect(got.map { Self.texts($0["content"]) } == messages.map { Self.texts($0["content"]) })
        #expect(got.map { $0["role"] as? String } == messages.map { $0["role"] as? String })
    }

    private static func texts(_ content: Any?) -> [String] {
        if let text = content as? String { return [text] }
        return (content as? [[String: Any]] ?? []).compactMap { $0["text"] as? String }
    }
}

extension CallOperation {
    fileprivate init(_ recording: PublicRecording) {
        self =
            switch recording.endpoint {
            case "embeddings": .embeddings
            case "completions": .completions
            default: .chat
            }
    }
}
