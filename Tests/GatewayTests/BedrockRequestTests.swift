// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Foundation
import Providers
import Testing
import Wire

/// OpenAI's requests as Converse takes them.
@Suite struct BedrockRequestTests {
    static let claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    static let adaptive = "us.anthropic.claude-sonnet-4-6"
    static let nova = "amazon.nova-lite-v1:0"

    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var model = BedrockRequestTests.claude
        /// Members beside `messages`, and the messages where they are not the plain question.
        var messages = #"[{"role":"user","content":"hi"}]"#
        var members = ""
        /// The members that Bedrock gets, without the plain question where there is one.
        var expected: String
        var dropped: [String] = []
    }

    static func request(
        _ model: String, _ messages: String, _ members: String, isStrict: Bool = false
    ) throws -> OutgoingRequest {
        let more = members.isEmpty ? "" : "," + members
        let body = #"{"model":"bedrock/m","messages":\#(messages)\#(more)}"#
        return try BedrockDialect().request(
            for: try ChatRequest(body: Array(body.utf8)),
            to: DialectTarget(
                model: model, vendor: BedrockRecordingsTests.vendor, credential: Secret("key"),
                isStrict: isStrict))
    }

    static let question = #"{"role":"user","content":[{"text":"hi"}]}"#
    static let hi = #""messages":[{"role":"user","content":[{"text":"hi"}]}]"#
    static let tool =
        #"{"type":"function","function":{"name":"add","description":"Adds.","parameters":{"type":"object","properties":{"a":{"type":"number"}}}}}"#
    static let spec =
        #"{"toolSpec":{"name":"add","description":"Adds.","inputSchema":{"json":{"type":"object","properties":{"a":{"type":"number"}}}}}}"#
    static let history =
        #"[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{\"a\":1.50}"}}]},{"role":"tool","tool_call_id":"c1","content":"2"}]"#
    static let converseHistory =
        #""messages":[{"role":"user","content":[{"text":"hi"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"c1","name":"add","input":{"a":1.50}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"c1","content":[{"text":"2"}]}}]}]"#
    static let answerTool =
        #"{"toolSpec":{"name":"martlet_json_answer","description":"Gives the final answer, in this form.","inputSchema":{"json":{"type":"object","x":1}}}}"#
    static let schema =
        #""response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","x":1},"strict":true}}"#

    static let messageCases: [Case] = [
        Case(testDescription: "a question", expected: hi),
        Case(
            testDescription: "instructions from anywhere",
            messages:
                #"[{"role":"system","content":"a"},{"role":"user","content":"hi"},{"role":"developer","content":[{"type":"text","text":"b"}]}]"#,
            expected: hi + #","system":[{"text":"a"},{"text":"b"}]"#),
        Case(
            testDescription: "merged roles",
            messages:
                #"[{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":"c"},{"role":"assistant","content":"d"},{"role":"user","content":"e"}]"#,
            expected:
                #""messages":[{"role":"user","content":[{"text":"a"},{"text":"b"}]},{"role":"assistant","content":[{"text":"c"},{"text":"d"}]},{"role":"user","content":[{"text":"e"}]}]"#
        ),
        Case(
            testDescription: "pictures",
            messages:
                #"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/jpg;base64,AAAA","detail":"low"}},{"type":"image_url","image_url":{"url":"s3://bucket/x/y.webp"}}]}]"#,
            expected:
                #""messages":[{"role":"user","content":[{"image":{"format":"jpeg","source":{"bytes":"AAAA"}}},{"image":{"format":"webp","source":{"s3Location":{"uri":"s3://bucket/x/y.webp"}}}}]}]"#,
            dropped: ["messages[].content[].image_url.detail"]),
        Case(
            testDescription: "documents with names that differ",
            messages:
                #"[{"role":"user","content":[{"type":"file","file":{"filename":"my  report_v1.pdf","file_data":"data:application/pdf;base64,AAAA"}},{"type":"file","file":{"filename":"my report v1.md","file_data":"data:;base64,BBBB"}},{"type":"file","file":{"file_data":"data:video/mp4;base64,CCCC"}}]}]"#,
            expected:
                #""messages":[{"role":"user","content":[{"document":{"format":"pdf","name":"my report v1","source":{"bytes":"AAAA"}}},{"document":{"format":"md","name":"my report v1 2","source":{"bytes":"BBBB"}}},{"video":{"format":"mp4","source":{"bytes":"CCCC"}}}]}]"#
        ),
        Case(
            testDescription: "sound",
            messages:
                #"[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]}]"#,
            expected:
                #""messages":[{"role":"user","content":[{"audio":{"format":"wav","source":{"bytes":"AAAA"}}}]}]"#
        ),
        Case(
            testDescription: "cache points behind what is marked",
            messages:
                #"[{"role":"system","content":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}]},{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}},{"type":"text","text":"b"}]}]"#,
            members:
                #""tools":[{"type":"function","function":{"name":"f"},"cache_control":{"type":"ephemeral"}}]"#,
            expected:
                #""messages":[{"role":"user","content":[{"text":"a"},{"cachePoint":{"type":"default","ttl":"1h"}},{"text":"b"}]}],"system":[{"text":"s"},{"cachePoint":{"type":"default"}}],"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}},{"cachePoint":{"type":"default"}}]}"#
        ),
        Case(
            testDescription: "a result with a picture",
            messages: history.replacing(
                #""content":"2""#,
                with:
                    #""content":[{"type":"text","text":"2"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]"#
            ),
            members: #""tools":[\#(tool)]"#,
            expected: converseHistory.replacing(
                #"[{"text":"2"}]"#,
                with: #"[{"text":"2"},{"image":{"format":"png","source":{"bytes":"AAAA"}}}]"#)
                + #","toolConfig":{"tools":[\#(spec)]}"#),
        Case(
            testDescription: "an id that Converse does not allow",
            messages: history.replacing(#""c1""#, with: #""call|1""#),
            members: #""tools":[\#(tool)]"#,
            expected: converseHistory.replacing(
                #""c1""#, with: #""call_1-9695bc995e60283a""#)
                + #","toolConfig":{"tools":[\#(spec)]}"#),
    ]

    static let parameterCases: [Case] = [
        Case(
            testDescription: "limits and numbers as they are written",
            members:
                #""max_tokens":5,"max_completion_tokens":10,"temperature":0.70,"top_p":1e-1,"stop":["a","b"],"seed":1,"user":"u","n":1"#,
            expected: hi
                + #","inferenceConfig":{"maxTokens":10,"temperature":0.70,"topP":1e-1,"stopSequences":["a","b"]}"#,
            dropped: ["max_tokens", "seed", "user"]),
        Case(
            testDescription: "metadata, tier, guardrail and latency",
            members:
                #""metadata":{"k":"v"},"service_tier":"flex","guardrailConfig":{"guardrailIdentifier":"g","guardrailVersion":"1"},"performanceConfig":{"latency":"optimized"}"#,
            expected: hi
                + #","requestMetadata":{"k":"v"},"serviceTier":{"type":"flex"},"guardrailConfig":{"guardrailIdentifier":"g","guardrailVersion":"1"},"performanceConfig":{"latency":"optimized"}"#
        ),
        Case(
            testDescription: "tools, strict, required",
            members: #""tools":[\#(tool.dropLast(2)),"strict":true}}],"tool_choice":"required""#,
            expected: hi
                + #","toolConfig":{"tools":[\#(spec.dropLast(2)),"strict":true}}],"toolChoice":{"any":{}}}"#
        ),
        Case(
            testDescription: "one function, and parallel calls that cannot be forbidden",
            members:
                #""tools":[\#(tool)],"tool_choice":{"type":"function","function":{"name":"add"}},"parallel_tool_calls":false"#,
            expected: hi
                + #","toolConfig":{"tools":[\#(spec)],"toolChoice":{"tool":{"name":"add"}}}"#,
            dropped: ["parallel_tool_calls"]),
        Case(
            testDescription: "no tool is no tool",
            members: #""tools":[\#(tool)],"tool_choice":"none""#, expected: hi),
        Case(
            testDescription: "no tool in a conversation that has calls",
            messages: history, members: #""tools":[\#(tool)],"tool_choice":"none""#,
            expected: converseHistory + #","toolConfig":{"tools":[\#(spec)]}"#,
            dropped: ["tool_choice"]),
        Case(
            testDescription: "calls of tools that are not offered any more",
            messages: history,
            expected: converseHistory
                + #","toolConfig":{"tools":[{"toolSpec":{"name":"add","description":"Not available any more: do not call it.","inputSchema":{"json":{"type":"object"}}}}]}"#
        ),
        Case(
            testDescription: "a schema that the model keeps to", members: schema,
            expected: hi
                + #","outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"name":"n","schema":"{\"type\":\"object\",\"x\":1}"}}}}"#
        ),
        Case(
            testDescription: "a schema that a tool is made of", model: nova, members: schema,
            expected: hi
                + #","toolConfig":{"tools":[\#(answerTool)],"toolChoice":{"tool":{"name":"martlet_json_answer"}}}"#
        ),
        Case(
            testDescription: "a schema beside other tools", model: nova,
            members: schema + #","tools":[\#(tool)]"#,
            expected: hi
                + #","toolConfig":{"tools":[\#(spec),\#(answerTool)],"toolChoice":{"any":{}}}"#
        ),
        Case(
            testDescription: "a budget for thoughts, which fits the limit",
            members: #""reasoning_effort":"high","max_tokens":4000,"temperature":0.5,"top_k":5"#,
            expected: hi
                + #","inferenceConfig":{"maxTokens":4000},"additionalModelRequestFields":{"thinking":{"type":"enabled","budget_tokens":2000}}"#,
            dropped: ["top_k", "temperature"]),
        Case(
            testDescription: "thoughts as the model likes", model: adaptive,
            members: #""reasoning_effort":"high""#,
            expected: hi
                + #","additionalModelRequestFields":{"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}}"#
        ),
        Case(
            testDescription: "no thoughts before a forced call",
            members:
                #""reasoning_effort":"low","tools":[\#(tool)],"tool_choice":"required""#,
            expected: hi + #","toolConfig":{"tools":[\#(spec)],"toolChoice":{"any":{}}}"#,
            dropped: ["reasoning_effort"]),
        Case(
            testDescription: "Nova's top K", model: nova,
            members: #""top_k":5,"reasoning_effort":"low""#,
            expected: hi + #","additionalModelRequestFields":{"inferenceConfig":{"topK":5}}"#,
            dropped: ["reasoning_effort"]),
        Case(
            testDescription: "a model whose name says nothing",
            model: "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
            members: #""top_k":5,"reasoning_effort":"low""#, expected: hi,
            dropped: ["reasoning_effort", "top_k"]),
    ]

    @Test(arguments: messageCases + parameterCases)
    func `a request is what Converse takes`(row: Case) throws {
        let request = try Self.request(row.model, row.messages, row.members)
        #expect(String(decoding: request.message.body, as: UTF8.self) == "{\(row.expected)}")
        #expect(request.dropped == row.dropped)
        guard let first = row.dropped.first else { return }
        #expect {
            try Self.request(row.model, row.messages, row.members, isStrict: true)
        } throws: { ($0 as? APIError)?.parameter == first && ($0 as? APIError)?.status == 400 }
    }

    static let refused: [(messages: String, members: String, parameter: String)] = [
        (#"[{"role":"user","content":"hi"}]"#, #""n":2"#, "n"),
        (
            #"[{"role":"user","content":"hi"}]"#, #""modalities":["text","audio"]"#, "modalities"
        ),
        (#"[{"role":"user","content":"hi"}]"#, #""metadata":{"a":1}"#, "metadata"),
        (#"[{"role":"user","content":"hi"}]"#, #""tool_choice":"required""#, "tool_choice"),
        (
            #"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}]"#,
            "", "messages[0].content[0].image_url.url"
        ),
        (
            #"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/bmp;base64,AA"}}]}]"#,
            "", "messages[0].content[0].image_url.url"
        ),
        (
            #"[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}]"#, "",
            "messages[0].content[0].file.file_id"
        ),
        (
            #"[{"role":"user","content":[{"type":"file","file":{"file_data":"data:x/y;base64,AA"}}]}]"#,
            "", "messages[0].content[0].file.file_data"
        ),
        (
            #"[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"A","format":"x"}}]}]"#,
            "", "messages[0].content[0].input_audio.format"
        ),
        (
            #"[{"role":"user","content":[{"type":"text","text":"a","cache_control":{"ttl":"2h"}}]}]"#,
            "", "messages[0].content[0].cache_control.ttl"
        ),
        (
            #"[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"[1]"}}]}]"#,
            "", "messages[0].tool_calls[0].function.arguments"
        ),
        (#"[{"role":"tool","content":"x"}]"#, "", "messages[0].tool_call_id"),
    ]

    @Test(arguments: refused)
    func `what cannot be said is a 400 that names it`(
        messages: String, members: String, parameter: String
    ) {
        #expect {
            try Self.request(Self.nova, messages, members)
        } throws: { ($0 as? APIError)?.parameter == parameter && ($0 as? APIError)?.status == 400 }
    }

    @Test func `a model is one segment of the path, and no step in it`() throws {
        let arn = "arn:aws:bedrock:us-east-1:1:inference-profile/us.x-v1:0"
        let request = try Self.request(arn, #"[{"role":"user","content":"hi"}]"#, #""stream":true"#)
        #expect(
            request.message.target
                == "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x-v1%3A0"
                + "/converse-stream")
        #expect(request.message.fields.first("accept") == "application/vnd.amazon.eventstream")
        #expect(request.message.fields.first("authorization") == "Bearer key")
        for model in ["..", "a/../b", "a//b", "."] {
            #expect(throws: APIError.self) {
                try Self.request(model, #"[{"role":"user","content":"hi"}]"#, "")
            }
        }
    }

    static let versions: [(name: String, budget: Bool, adaptive: Bool)] = [
        ("anthropic.claude-v2", false, false),
        ("anthropic.claude-3-5-sonnet-20240620-v1:0", false, false),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", true, false),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", true, false),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", true, false),
        ("us.anthropic.claude-sonnet-4-6", false, true),
        ("global.anthropic.claude-opus-4-8", false, true),
        ("us.anthropic.claude-sonnet-5", false, true),
    ]

    @Test(arguments: versions)
    func `each Claude is asked to think in its own way`(
        name: String, budget: Bool, adaptive: Bool
    ) throws {
        let request = try Self.request(
            name, #"[{"role":"user","content":"hi"}]"#, #""reasoning_effort":"low""#)
        let body = String(decoding: request.message.body, as: UTF8.self)
        #expect(body.contains("budget_tokens") == budget)
        #expect(body.contains("adaptive") == adaptive)
        #expect(request.dropped.isEmpty == (budget || adaptive))
    }
}

/// What clients of OpenAI's API really sent, towards Bedrock.
@Suite(.enabled(if: PublicRecording.folder != nil, "../shared/recordings is not here"))
struct BedrockRecordedRequestTests {
    @Test(arguments: [BedrockRequestTests.claude, BedrockRequestTests.nova])
    func `each recorded request is one of Converse, or a 400 that names a place`(
        model: String
    ) throws {
        var counts = (sent: 0, refused: 0)
        for recording in PublicRecording.openAIChat {
            guard let body = recording.request, let call = try? ChatRequest(body: body) else {
                continue
            }
            do {
                let request = try BedrockDialect().request(
                    for: call,
                    to: DialectTarget(
                        model: model, vendor: BedrockRecordingsTests.vendor, credential: nil,
                        isStrict: false))
                counts.sent += 1
                let sent = try #require(PublicRecording.json(Data(request.message.body)))
                Self.check(sent, recording.id)
            } catch let error as APIError {
                counts.refused += 1
                #expect(error.status == 400 && error.parameter != nil, "\(recording.id): \(error)")
            }
        }
        #expect(counts.sent > 600, "\(counts)")
    }

    /// As the service model has it: roles that alternate, blocks of one kind each.
    private static func check(_ sent: [String: Any], _ id: String) {
        let known: Set<String> = [
            "messages", "system", "inferenceConfig", "toolConfig", "requestMetadata",
            "additionalModelRequestFields", "serviceTier", "outputConfig",
        ]
        #expect(known.isSuperset(of: sent.keys), "\(id)")
        var last = ""
        for message in sent["messages"] as? [[String: Any]] ?? [] {
            let role = message["role"] as? String ?? ""
            #expect(role != last && ["user", "assistant"].contains(role), "\(id)")
            last = role
            for block in message["content"] as? [[String: Any]] ?? [[:]] {
                #expect(block.count == 1, "\(id)")
            }
        }
        let hasUse = "\(sent["messages"] ?? "")".contains("toolUse")
        #expect(!hasUse || sent["toolConfig"] != nil, "\(id)")
    }
}
