// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// Where requests to Azure OpenAI, Vertex AI and watsonx go, and what is in them.
@Suite struct CloudRequestTests {
    private func send(
        _ client: String, to model: String, of dialect: DialectID, options: [String: String] = [:],
        for operation: CallOperation = .chat
    ) throws(APIError) -> HTTPRequest {
        let vendor = Vendor(id: "v", name: "V", baseURL: "http://x.invalid", dialect: dialect)
        let provider = Provider(
            id: "v", vendor: vendor, endpoint: Endpoint(baseURL: "http://x.invalid"),
            options: options)
        let call = try ChatRequest(body: Array(client.utf8), operation: operation)
        let target = DialectTarget(model: model, provider: provider, isStrict: false)
        return try (provider.dialect(for: operation) ?? provider.dialect)
            .request(for: call, to: target).message
    }

    static let plain = #"{"model":"a","messages":[{"role":"user","content":"hi"}]}"#
    static let streamed =
        #"{"model":"a","messages":[{"role":"user","content":"hi"}],"stream":true}"#

    static let places: [(DialectID, String, [String: String], String, String)] = [
        (.azureOpenAI, "d", [:], plain, "/openai/v1/chat/completions"),
        (
            .azureOpenAI, "d", ["api_version": "2024-10-21"], plain,
            "/openai/deployments/d/chat/completions?api-version=2024-10-21"
        ),
        (
            .azureOpenAI, "d", ["api_version": "preview"], plain,
            "/openai/v1/chat/completions?api-version=preview"
        ),
        (
            .vertex, "gemini-2.5-pro", [:], plain,
            "/publishers/google/models/gemini-2.5-pro:generateContent"
        ),
        (
            .vertex, "google/gemini-2.5-pro", [:], streamed,
            "/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse"
        ),
        (
            .vertex, "publishers/google/models/m", [:], plain,
            "/publishers/google/models/m:generateContent"
        ),
        (
            .vertex, "claude-opus-4-1@20250805", [:], plain,
            "/publishers/anthropic/models/claude-opus-4-1%4020250805:rawPredict"
        ),
        (
            .vertex, "anthropic/claude-opus-4-1", [:], streamed,
            "/publishers/anthropic/models/claude-opus-4-1:streamRawPredict"
        ),
        (.watsonx, "ibm/granite", [:], plain, "/ml/v1/chat/completions"),
    ]

    @Test(arguments: places)
    func `a request goes where the vendor looks for it`(
        dialect: DialectID, model: String, options: [String: String], client: String,
        target: String
    ) throws {
        #expect(try send(client, to: model, of: dialect, options: options).target == target)
    }

    static let more = #"{"model":"a","input":"hi","prompt":"hi","messages":[]}"#

    @Test(arguments: CallOperation.allCases)
    func `each operation of Azure's goes where its chat goes`(operation: CallOperation) throws {
        let places: [(version: String?, place: String)] = [
            (nil, "/openai/v1\(operation.path)"),
            ("preview", "/openai/v1\(operation.path)?api-version=preview"),
            ("2024-10-21", "/openai/deployments/d\(operation.path)?api-version=2024-10-21"),
        ]
        for (version, place) in places {
            let options = version.map { ["api_version": $0] } ?? [:]
            let sent = try send(
                Self.more, to: "d", of: .azureOpenAI, options: options, for: operation)
            #expect(sent.target == place)
            #expect(
                String(decoding: sent.body, as: UTF8.self)
                    == Self.more.replacingOccurrences(of: #""a""#, with: #""d""#))
        }
    }

    @Test(arguments: [
        "..", ".", "", "a/../b", "a//b", "/a", "a/", "x/y?z", "a?b=c", "a#b", "a%2e%2e", "a\r\nb",
        "a:b", "ü", "a\\b", "a b", "publishers/google/models/..", "google/", "anthropic/../x",
        "publishers/", "publishers/google/models/a/b",
    ])
    func `no name becomes a path or a query`(model: String) {
        let place = "/openai/deployments/"
        let options = ["api_version": "2024-10-21"]
        for operation in CallOperation.allCases {
            guard
                let sent = try? send(
                    Self.more, to: model, of: .azureOpenAI, options: options, for: operation)
            else { continue }
            let rest = sent.target.dropFirst(place.count)
            #expect(rest.hasSuffix("\(operation.path)?api-version=2024-10-21"))
            let name = rest.prefix { $0 != "/" }
            #expect(String(name).removingPercentEncoding == model && isPlain(name))
            #expect(rest.count { $0 == "/" } == operation.path.count { $0 == "/" })
        }
        let methods = [":generateContent", ":rawPredict", ":predict"]
        for place in ["/publishers/google/models/", "/publishers/anthropic/models/"] {
            for operation in [CallOperation.chat, .embeddings] {
                let client = operation == .chat ? Self.plain : Self.more
                guard let sent = try? send(client, to: model, of: .vertex, for: operation),
                    sent.target.hasPrefix(place)
                else { continue }
                let name = sent.target.dropFirst(place.count).prefix { $0 != ":" }
                let method = sent.target.dropFirst(place.count + name.count)
                #expect(methods.contains(String(method)) && isPlain(name))
            }
        }
    }

    private func isPlain(_ name: Substring) -> Bool {
        let isEncoded = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || "-._~%".utf8.contains(byte)
        }
        return isEncoded && !name.isEmpty && name != "." && name != ".."
    }

    @Test func `a publisher whose format is not spoken is named as the problem`() {
        #expect(throws: APIError.self) {
            do throws(APIError) {
                _ = try send(Self.plain, to: "meta/llama-4", of: .vertex)
            } catch {
                #expect(error.status == 400 && error.parameter == "model")
                #expect(error.code == "unsupported_model")
                throw error
            }
        }
    }

    @Test func `a model of Anthropic's has the version in its body and no name`() throws {
        let client =
            #"{"model":"a","messages":[{"role":"user","content":"hi"}],"#
            + #""max_tokens":5,"service_tier":"auto","stream":true}"#
        let sent = try send(client, to: "claude-opus-4-1", of: .vertex)
        let body = try #require(PublicRecording.json(Data(sent.body)) as NSDictionary?)
        #expect(
            body == [
                "anthropic_version": "vertex-2023-10-16", "max_tokens": 5, "stream": true,
                "messages": [
                    ["role": "user", "content": [["type": "text", "text": "hi"]]]
                ],
            ])
    }

    @Test(arguments: [
        (
            ["project_id": "p", "space_id": "s"], #"{"model":"a","messages":[]}"#,
            #"{"model":"m","messages":[],"project_id":"p"}"#
        ),
        (
            ["space_id": "s"], #"{"model":"a","messages":[]}"#,
            #"{"model":"m","messages":[],"space_id":"s"}"#
        ),
        (
            ["project_id": "p"], #"{"model":"a","messages":[],"space_id":"t"}"#,
            #"{"model":"m","messages":[],"space_id":"t"}"#
        ),
        (
            ["project_id": "p"], #"{"model":"a","project_id":null,"messages":[]}"#,
            #"{"model":"m","project_id":"p","messages":[]}"#
        ),
        ([:], #"{"model":"a","messages":[]}"#, #"{"model":"m","messages":[]}"#),
    ])
    func `a call of watsonx is paid by its own project, or the configured one`(
        options: [String: String], client: String, body: String
    ) throws {
        let sent = try send(client, to: "m", of: .watsonx, options: options)
        #expect(String(decoding: sent.body, as: UTF8.self) == body)
    }

    static let filtered =
        #"{"error":{"message":"The response was filtered due to the prompt triggering Azure "#
        + #"OpenAI's content management policy.","type":null,"param":"prompt","code":"#
        + #""content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#

    @Test func `what Azure's filter refuses is told as that`() {
        let failure = AzureOpenAIDialect().failure(
            head: HTTPReplyHead(status: 400), body: Array(Self.filtered.utf8), provider: "azure")
        #expect(failure.kind == .request && failure.retry == .never)
        #expect(failure.error.status == 400 && failure.error.code == "content_filter")
    }

    @Test func `what Azure says of the prompt is passed on, and is not yet an answer`() throws {
        let preamble =
            #"{"choices":[],"id":"","prompt_filter_results":[{"prompt_index":0,"#
            + #""content_filter_results":{}}]}"#
        let chunk =
            #"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"content_filter","#
            + #""content_filter_results":{"hate":{"filtered":true}}}]}"#
        let vendor = Vendor(
            id: "azure", name: "A", baseURL: "http://x.invalid", dialect: .azureOpenAI)
        func call(_ events: [String], _ end: TransferEnd) -> OneCall {
            OneCall(
                body: Array(#"{"model":"azure/d","messages":[],"stream":true}"#.utf8),
                vendor: vendor,
                steps: [.head(HTTPReplyHead(status: 200))]
                    + events.map { .bytes(Array("data: \($0)\n\n".utf8)) } + [.end(end)])
        }
        let cut = call([preamble], .failed(TransferFailure(.cut, detail: "")))
        #expect(cut.reply.head?.status == 502 && cut.entries.first?.state == .upstreamCut)
        let whole = call([preamble, chunk, "[DONE]"], .complete)
        #expect(whole.events == [preamble, chunk, "[DONE]"])
        #expect(whole.reading.finishReason == "content_filter")
    }

    @Test func `a full deployment says when it is free again`() {
        let head = HTTPReplyHead(
            status: 429, fields: HTTPFields(["retry-after-ms": "1500", "retry-after": "2"]))
        let failure = AzureOpenAIDialect().failure(head: head, body: [], provider: "azure")
        #expect(failure.kind == .rateLimited && failure.error.retryAfterSeconds == 2)
    }

    @Test func `a failure of watsonx is told in its own words`() {
        let body = #"{"errors":[{"code":"model_not_supported","message":"Model x"}],"trace":"t"}"#
        let failure = WatsonxDialect().failure(
            head: HTTPReplyHead(status: 400), body: Array(body.utf8), provider: "watsonx")
        #expect(failure.error.code == "model_not_supported")
        #expect(failure.error.message.hasSuffix("Model x"))
    }

    @Test(arguments: [
        (#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#, 529, 503),
        (#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"m"}}"#, 429, 429),
        (#"[{"error":{"code":403,"status":"PERMISSION_DENIED","message":"m"}}]"#, 403, 502),
        ("<html>", 404, 404),
    ])
    func `a failure of Vertex AI is Google's or Anthropic's`(body: String, status: Int, told: Int) {
        let failure = VertexDialect().failure(
            head: HTTPReplyHead(status: status), body: Array(body.utf8), provider: "vertex")
        #expect(failure.error.status == told)
    }
}
