// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Gateway
import Providers
import Routing
import Simulator
import Testing
import Wire

@Suite struct EmbeddingsRequestTests {
    static let voyage: Quirks = {
        var quirks = Quirks()
        var embeddings = EmbeddingsQuirks()
        embeddings.dimensionsField = "output_dimension"
        embeddings.encodingFormats = ["base64"]
        embeddings.droppedParameters = ["user"]
        quirks.embeddings = embeddings
        return quirks
    }()

    static let rows = [
        PlainRequestRow(
            reason: "all passes", dialect: .openai,
            client: #""input":[[1,2],[3]],"dimensions":3,"user":"u","x":1.50"#,
            path: "/embeddings",
            sent: #"{"model":"m","input":[[1,2],[3]],"dimensions":3,"user":"u","x":1.50}"#),
        PlainRequestRow(
            reason: "Voyage's names", dialect: .openai,
            client: #""input":"a","dimensions":3,"encoding_format":"float","user":"u","#
                + #""input_type":"query""#,
            path: "/embeddings",
            sent: #"{"model":"m","input":"a","output_dimension":3,"input_type":"query"}"#,
            dropped: "user", quirks: voyage),
        PlainRequestRow(
            reason: "Voyage's form", dialect: .openai,
            client: #""input":"a","encoding_format":"base64""#,
            path: "/embeddings", sent: #"{"model":"m","input":"a","encoding_format":"base64"}"#,
            quirks: voyage),
        PlainRequestRow(
            reason: "one text", dialect: .gemini, client: #""input":"a""#,
            path: "/v1beta/models/m:embedContent",
            sent: #"{"model":"models/m","content":{"parts":[{"text":"a"}]}}"#),
        PlainRequestRow(
            reason: "two texts", dialect: .gemini, model: "models/m",
            client: #""input":["a","b"],"dimensions":8,"task_type":"RETRIEVAL_QUERY","user":"u""#,
            path: "/v1beta/models/m:batchEmbedContents",
            sent: #"{"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]},"#
                + #""taskType":"RETRIEVAL_QUERY","outputDimensionality":8},{"model":"models/m","#
                + #""content":{"parts":[{"text":"b"}]},"taskType":"RETRIEVAL_QUERY","#
                + #""outputDimensionality":8}]}"#,
            dropped: "user"),
        PlainRequestRow(
            reason: "documents where nothing is said", dialect: .cohere,
            client: #""input":["a","b"],"encoding_format":"base64","user":"u""#,
            path: "/v2/embed",
            sent: #"{"model":"m","texts":["a","b"],"input_type":"search_document","#
                + #""embedding_types":["float"]}"#,
            dropped: "user"),
        PlainRequestRow(
            reason: "Cohere's own", dialect: .cohere,
            client: #""input":"a","input_type":"clustering","dimensions":512,"truncate":"NONE","#
                + #""max_tokens":9,"priority":1,"embedding_types":["int8"]"#,
            path: "/v2/embed",
            sent: #"{"model":"m","texts":["a"],"input_type":"clustering","output_dimension":512,"#
                + #""truncate":"NONE","max_tokens":9,"priority":1,"embedding_types":["int8"]}"#),
        PlainRequestRow(
            reason: "Ollama's own", dialect: .ollama,
            client: #""input":["a"],"dimensions":8,"keep_alive":"5m","truncate":false,"#
                + #""options":{"num_ctx":99},"input_type":"query""#,
            path: "/api/embed",
            sent: #"{"model":"m","input":["a"],"dimensions":8,"keep_alive":"5m","#
                + #""truncate":false,"options":{"num_ctx":99}}"#,
            dropped: "input_type"),
        PlainRequestRow(
            reason: "Titan, first", dialect: .bedrockConverse, model: "amazon.titan-embed-text-v1",
            client: #""input":"a","normalize":true"#,
            path: "/model/amazon.titan-embed-text-v1/invoke", sent: #"{"inputText":"a"}"#,
            dropped: "normalize"),
        PlainRequestRow(
            reason: "Titan, second", dialect: .bedrockConverse,
            model: "amazon.titan-embed-text-v2:0",
            client: #""input":["a"],"dimensions":256,"normalize":true"#,
            path: "/model/amazon.titan-embed-text-v2%3A0/invoke",
            sent: #"{"inputText":"a","dimensions":256,"normalize":true}"#),
        PlainRequestRow(
            reason: "Titan for pictures", dialect: .bedrockConverse,
            model: "amazon.titan-embed-image-v1", client: #""input":"a","dimensions":256"#,
            path: "/model/amazon.titan-embed-image-v1/invoke",
            sent: #"{"inputText":"a","embeddingConfig":{"outputEmbeddingLength":256}}"#),
        PlainRequestRow(
            reason: "Cohere there", dialect: .bedrockConverse, model: "us.cohere.embed-v4:0",
            client: #""input":["a","b"],"input_type":"search_query","dimensions":512"#,
            path: "/model/us.cohere.embed-v4%3A0/invoke",
            sent: #"{"texts":["a","b"],"input_type":"search_query","output_dimension":512}"#),
        PlainRequestRow(
            reason: "all passes", dialect: .azureOpenAI,
            client: #""input":[[1,2],[3]],"dimensions":3,"user":"u","x":1.50"#,
            path: "/openai/v1/embeddings",
            sent: #"{"model":"m","input":[[1,2],[3]],"dimensions":3,"user":"u","x":1.50}"#),
        PlainRequestRow(
            reason: "a prompt", dialect: .azureOpenAI, operation: .completions,
            client: #""prompt":["a","b"],"max_tokens":9,"logprobs":2"#,
            path: "/openai/v1/completions",
            sent: #"{"model":"m","prompt":["a","b"],"max_tokens":9,"logprobs":2}"#),
        PlainRequestRow(
            reason: "texts", dialect: .vertex, model: "text-embedding-005",
            client: #""input":["a","b"],"encoding_format":"base64""#,
            path: "/publishers/google/models/text-embedding-005:predict",
            sent: #"{"instances":[{"content":"a"},{"content":"b"}]}"#),
        PlainRequestRow(
            reason: "all that texts can have", dialect: .vertex,
            model: "google/gemini-embedding-001",
            client: #""input":"a","dimensions":8,"task_type":"RETRIEVAL_DOCUMENT","title":"t","#
                + #""auto_truncate":false,"user":"u""#,
            path: "/publishers/google/models/gemini-embedding-001:predict",
            sent: #"{"instances":[{"content":"a","task_type":"RETRIEVAL_DOCUMENT","title":"t"}],"#
                + #""parameters":{"outputDimensionality":8,"autoTruncate":false}}"#,
            dropped: "user"),
        PlainRequestRow(
            reason: "one content", dialect: .vertex, model: "gemini-embedding-2",
            client: #""input":["a"]"#,
            path: "/publishers/google/models/gemini-embedding-2:embedContent",
            sent: #"{"content":{"parts":[{"text":"a"}]}}"#),
        PlainRequestRow(
            reason: "all that one content can have", dialect: .vertex, model: "gemini-embedding-2",
            client: #""input":"a","dimensions":8,"taskType":"RETRIEVAL_QUERY","title":"t","#
                + #""autoTruncate":true,"input_type":"query""#,
            path: "/publishers/google/models/gemini-embedding-2:embedContent",
            sent: #"{"content":{"parts":[{"text":"a"}]},"embedContentConfig":{"#
                + #""taskType":"RETRIEVAL_QUERY","title":"t","outputDimensionality":8,"#
                + #""autoTruncate":true}}"#,
            dropped: "input_type"),
        PlainRequestRow(
            reason: "a prompt", dialect: .ollama, operation: .completions,
            client: #""prompt":"a""#, path: "/api/generate",
            sent: #"{"model":"m","prompt":"a","stream":false}"#),
        PlainRequestRow(
            reason: "a prompt with all that Ollama has", dialect: .ollama, operation: .completions,
            client: #""prompt":["a"],"suffix":"z","max_tokens":9,"temperature":0.70,"seed":7,"#
                + #""stop":"x","raw":true,"system":"s","keep_alive":0,"think":false,"n":1,"#
                + #""best_of":1,"echo":false,"stream":true,"stream_options":{"x":1}"#,
            path: "/api/generate",
            sent: #"{"model":"m","prompt":"a","suffix":"z","stream":true,"options":{"#
                + #""num_predict":9,"temperature":0.70,"seed":7,"stop":["x"]},"raw":true,"#
                + #""system":"s","keep_alive":0,"think":false}"#),
        PlainRequestRow(
            reason: "what Ollama lacks", dialect: .ollama, operation: .completions,
            client: #""prompt":"a","logprobs":3,"best_of":2,"user":"u","logit_bias":{"1":2}"#,
            path: "/api/generate", sent: #"{"model":"m","prompt":"a","stream":false}"#,
            dropped: "logprobs, best_of, user, logit_bias"),
        PlainRequestRow(
            reason: "a stream that is to report its usage", dialect: .openai,
            operation: .completions, client: #""prompt":[1,2],"stream":true,"max_tokens":9"#,
            path: "/completions",
            sent: #"{"model":"m","prompt":[1,2],"stream":true,"max_tokens":9,"#
                + #""stream_options":{"include_usage":true}}"#),
    ]

    @Test(arguments: rows)
    func `a request is said in the provider's words`(row: PlainRequestRow) throws {
        let call = row.call()
        let sent = try #require(call.sent.first, "\(call.reply.text)")
        #expect(sent.message.target == row.path && sent.message.method == "POST")
        #expect(
            PublicRecording.json(Data(sent.message.body)).map { $0 as NSDictionary }
                == PublicRecording.json(Data(row.sent.utf8)).map { $0 as NSDictionary },
            "\(String(decoding: sent.message.body, as: UTF8.self))")
        let entry = try #require(call.entries.first)
        #expect(entry.dropped.joined(separator: ", ") == row.dropped)
        #expect(entry.operation == row.operation.rawValue)
        let isStream = row.client.contains(#""stream":true"#)
        #expect(sent.sharesConnection == !isStream)
    }

    @Test(arguments: rows.filter { !$0.dropped.isEmpty })
    func `strict mode drops nothing`(row: PlainRequestRow) {
        let call = row.call(strict: true)
        #expect(call.sent.isEmpty && call.reply.head?.status == 400)
        let name = call.reading.error?["param"] as? String ?? ""
        #expect(row.dropped.hasPrefix(name) && !name.isEmpty)
    }

    static let refused: [(DialectID, CallOperation, String, members: String, parameter: String)] = [
        (.openai, .embeddings, "m", #""x":1"#, "input"),
        (.openai, .embeddings, "m", #""input":7"#, "input"),
        (.openai, .embeddings, "m", #""input":[]"#, "input"),
        (.openai, .embeddings, "m", #""input":"a","stream":true"#, "stream"),
        (.gemini, .embeddings, "m", #""input":[1,2]"#, "input"),
        (.gemini, .embeddings, "../m", #""input":"a""#, "model"),
        (.cohere, .embeddings, "m", #""input":[[1,2]]"#, "input"),
        (.cohere, .embeddings, "m", #""input":["a",1]"#, "input"),
        (.cohere, .embeddings, "m", #""input":"a","dimensions":0"#, "dimensions"),
        (.cohere, .embeddings, "m", #""input":"a","dimensions":"x""#, "dimensions"),
        (.cohere, .embeddings, "m", #""input":"a","encoding_format":"hex""#, "encoding_format"),
        (
            .cohere, .embeddings, "m", #""input":"a","embedding_types":["float","int8"]"#,
            "embedding_types"
        ),
        (
            .cohere, .embeddings, "m",
            #""input":"a","embedding_types":["int8"],"encoding_format":"base64""#,
            "encoding_format"
        ),
        (.ollama, .embeddings, "m", #""input":[{"text":"a"}]"#, "input"),
        (.bedrockConverse, .embeddings, "amazon.nova-pro", #""input":"a""#, "model"),
        (
            .bedrockConverse, .embeddings, "amazon.titan-embed-text-v2:0", #""input":["a","b"]"#,
            "input"
        ),
        (
            .bedrockConverse, .embeddings, "amazon.titan-embed-text-v1",
            #""input":"a","dimensions":8"#, "dimensions"
        ),
        (.azureOpenAI, .embeddings, "m", #""input":[]"#, "input"),
        (.vertex, .embeddings, "m", #""input":[1,2]"#, "input"),
        (.vertex, .embeddings, "..", #""input":"a""#, "model"),
        (.vertex, .embeddings, "claude-opus-4-1", #""input":"a""#, "model"),
        (.vertex, .embeddings, "intfloat/e5", #""input":"a""#, "model"),
        (.vertex, .embeddings, "multimodalembedding@001", #""input":"a""#, "model"),
        (.vertex, .embeddings, "gemini-embedding-2", #""input":["a","b"]"#, "input"),
        (.vertex, .embeddings, "m", #""input":"a","auto_truncate":1"#, "auto_truncate"),
        (.vertex, .embeddings, "m", #""input":"a","encoding_format":"hex""#, "encoding_format"),
        (.openai, .completions, "m", #""messages":[]"#, "prompt"),
        (.openai, .completions, "m", #""prompt":7"#, "prompt"),
        (.ollama, .completions, "m", #""prompt":null"#, "prompt"),
        (.ollama, .completions, "m", #""prompt":[1,2]"#, "prompt"),
        (.ollama, .completions, "m", #""prompt":["a","b"]"#, "prompt"),
        (.ollama, .completions, "m", #""prompt":"a","n":2"#, "n"),
        (.ollama, .completions, "m", #""prompt":"a","echo":true"#, "echo"),
    ]

    @Test(arguments: refused.indices)
    func `what cannot be said is a 400 that names it`(index: Int) {
        let row = Self.refused[index]
        let call = PlainRequestRow.call(row.members, to: row.0, row.2, row.1)
        #expect(call.sent.isEmpty && call.reply.head?.status == 400)
        #expect(call.reading.error?["param"] as? String == row.parameter, "\(call.reply.text)")
        #expect(call.entries.first?.state == .refused)
        #expect(call.entries.first?.operation == row.1.rawValue)
    }

    @Test(arguments: [
        (DialectID.anthropic, CallOperation.embeddings, #""input":"a""#),
        (.anthropic, .completions, #""prompt":"a""#),
        (.gemini, .completions, #""prompt":"a""#), (.cohere, .completions, #""prompt":"a""#),
        (.bedrockConverse, .completions, #""prompt":"a""#),
        (.vertex, .completions, #""prompt":"a""#),
        (.watsonx, .completions, #""prompt":"a""#), (.watsonx, .embeddings, #""input":"a""#),
    ])
    func `a provider that lacks an operation is a 404 that says which to use`(
        dialect: DialectID, operation: CallOperation, members: String
    ) {
        let call = PlainRequestRow.call(members, to: dialect, "m", operation)
        #expect(call.sent.isEmpty && call.reply.head?.status == 404)
        let error = call.reading.error
        #expect(error?["code"] as? String == "unsupported_endpoint")
        #expect(error?["param"] as? String == "model")
        let message = error?["message"] as? String ?? ""
        #expect(message.contains("v/m") && message.contains("/v1\(operation.path)"))
        #expect(operation == .embeddings || message.contains("/v1/chat/completions"))
    }

    @Test func `a route passes over targets that lack the operation`() {
        let call = OneCall(
            body: Array(#"{"model":"r","input":"a"}"#.utf8),
            vendor: Vendor(id: "v", name: "V", baseURL: "http://x.invalid"),
            steps: [.head(HTTPReplyHead(status: 500, fields: HTTPFields())), .end(.complete)],
            operation: .embeddings
        ) { configuration in
            configuration.providers["claude"] = Provider(
                id: "claude",
                vendor: Vendor(
                    id: "claude", name: "C", baseURL: "http://x.invalid", dialect: .anthropic),
                endpoint: Endpoint(baseURL: "http://x.invalid"))
            configuration.routes["r"] = Route(
                name: "r",
                targets: [
                    Target(provider: "claude", model: "c"), Target(provider: "v", model: "m"),
                ])
        }
        #expect(call.sent.map(\.message.target) == ["/embeddings"])
        #expect(call.entries.first?.attempts.map(\.provider) == ["v"])
    }

    @Test(
        .enabled(if: PublicRecording.folder != nil, "../shared/specs is not here"),
        arguments: rows.filter { ["cohere-v2", "ollama", "openai"].contains($0.dialect.rawValue) })
    func `requests are what the provider's own description allows`(row: PlainRequestRow) throws {
        let name = row.dialect == .cohere ? "cohere" : row.dialect.rawValue
        let specification = try #require(SpecificationCheck(name))
        // What is not OpenAI's own passes, and is not described there.
        guard row.quirks == Quirks(), !row.client.contains(#""x":"#) else { return }
        guard !row.client.contains(#""template""#), !row.client.contains(#""keep_alive":0"#) else {
            return
        }
        let body = try #require(row.call().sent.first).message.body
        #expect(specification.problems(of: body, to: row.path) == [])
    }

    @Test(
        .enabled(if: PublicRecording.folder != nil, "../shared/specs is not here"),
        arguments: [
            #""input":["a"],"dimensions":64,"encoding_format":"base64","user":"u""#,
            #""input":"a","output_dimension":64,"output_dtype":"int8""#,
        ])
    func `Mistral is sent what its own description allows`(members: String) throws {
        let specification = try #require(SpecificationCheck("mistral"))
        let quirks = try #require(EmbeddingsTests.rows?["mistral"]).quirks
        let call = PlainRequestRow.call(members, to: .openai, quirks: quirks)
        let body = try #require(call.sent.first).message.body
        #expect(specification.problems(of: body, to: "/v1/embeddings") == [])
        #expect(String(decoding: body, as: UTF8.self).contains(#""output_dimension":64"#))
    }

    @Test func `Perplexity's embeddings have another path than its chat, and their own forms`()
        throws
    {
        let quirks = try #require(EmbeddingsTests.rows?["perplexity"]).quirks
        for format in ["float", "base64", "base64_binary"] {
            let call = PlainRequestRow.call(
                #""input":"a","encoding_format":"\#(format)""#, to: .openai, quirks: quirks)
            let message = try #require(call.sent.first).message
            #expect(message.target == "/v1/embeddings")
            let sent = PublicRecording.json(Data(message.body))?["encoding_format"] as? String
            #expect(sent == (format == "base64_binary" ? format : nil))
        }
    }
}
