// SPDX-License-Identifier: Apache-2.0
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// What OpenAI's requests become, and what is refused.
struct AnthropicRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// The client's request without its model.
        var client: String
        /// The provider's, without model and, where it is not at issue, its limit.
        var provider: String
        var model = "claude-sonnet-4-5"
        var dropped: String?
    }

    static let user = #""messages":[{"role":"user","content":"hi"}]"#
    static let asked =
        #""messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]"#
    static let tool =
        #"{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}"#
    static let asTool = #"{"name":"f","input_schema":{"type":"object"}}"#

    static let cases = [
        Case(
            testDescription: "instructions, wherever they stand",
            client: #""messages":[{"role":"system","content":"a"},{"role":"user","content":"b"},"#
                + #"{"role":"developer","content":"c"},{"role":"user","content":"d"}]"#,
            provider: #""system":[{"type":"text","text":"a"},{"type":"text","text":"c"}],"#
                + #""messages":[{"role":"user","content":[{"type":"text","text":"b"},"#
                + #"{"type":"text","text":"d"}]}]"#,
            dropped: "messages[].role"),
        Case(
            testDescription: "instructions alone",
            client: #""messages":[{"role":"system","content":"a"}]"#,
            provider: #""messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]"#),
        Case(
            testDescription: "calls and their results, one failed, one with a picture",
            client: #""messages":[{"role":"user","content":"a"},{"role":"assistant","#
                + #""content":"","tool_calls":[{"id":"x.1","type":"function","function":"#
                + #"{"name":"f","arguments":""}},{"id":"y","type":"function","function":"#
                + #"{"name":"f","arguments":"{\"n\":1.0}"}}]},{"role":"tool","tool_call_id":"x.1","#
                + #""content":"bad","is_error":true},{"role":"tool","tool_call_id":"y","content":"#
                + #"[{"type":"image_url","image_url":{"url":"data:image/jpg;base64,AA=="}}]},"#
                + #"{"role":"user","content":"go"}]"#,
            provider: #""messages":[{"role":"user","content":[{"type":"text","text":"a"}]},"#
                + #"{"role":"assistant","content":[{"type":"tool_use","id":"x_2E1","name":"f","#
                + #""input":{}},{"type":"tool_use","id":"y","name":"f","input":{"n":1.0}}]},"#
                + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"x_2E1","#
                + #""content":[{"type":"text","text":"bad"}],"is_error":true},"#
                + #"{"type":"tool_result","tool_use_id":"y","content":[{"type":"image","source":"#
                + #"{"type":"base64","media_type":"image/jpeg","data":"AA=="}}]},"#
                + #"{"type":"text","text":"go"}]}]"#),
        Case(
            testDescription: "pictures, files and cache markers",
            client: #""messages":[{"role":"user","content":[{"type":"image_url","image_url":"#
                + #"{"url":"https://x/p.png"}},{"type":"file","file":{"filename":"a.pdf","#
                + #""file_data":"data:application/pdf;base64,AA=="}},{"type":"file","file":"#
                + #"{"file_data":"data:text/plain;base64,aGkh"}},{"type":"text","text":"b","#
                + #""cache_control":{"type":"ephemeral","ttl":"1h"}}]}]"#,
            provider: #""messages":[{"role":"user","content":[{"type":"image","source":"#
                + #"{"type":"url","url":"https://x/p.png"}},{"type":"document","source":"#
                + #"{"type":"base64","media_type":"application/pdf","data":"AA=="},"#
                + #""title":"a.pdf"},{"type":"document","source":{"type":"text","media_type":"#
                + #""text/plain","data":"hi!"}},{"type":"text","text":"b","cache_control":"#
                + #"{"type":"ephemeral","ttl":"1h"}}]}]"#),
        Case(
            testDescription: "tools that must be called one by one",
            client: #"\#(user),"tools":[\#(tool),{"type":"function","function":{"name":"g","#
                + #""description":"d","strict":true},"cache_control":{"type":"ephemeral"}}],"#
                + #""tool_choice":"required","parallel_tool_calls":false"#,
            provider: #"\#(asked),"tools":[\#(asTool),{"name":"g","description":"d","#
                + #""input_schema":{"type":"object","properties":{}},"strict":true,"#
                + #""cache_control":{"type":"ephemeral"}}],"tool_choice":{"type":"any","#
                + #""disable_parallel_tool_use":true}"#),
        Case(
            testDescription: "one tool, named",
            client: #"\#(user),"tools":[\#(tool)],"#
                + #""tool_choice":{"type":"function","function":{"name":"f"}}"#,
            provider: #"\#(asked),"tools":[\#(asTool)],"tool_choice":{"type":"tool","name":"f"}"#),
        Case(
            testDescription: "no tool",
            client: #"\#(user),"tools":[\#(tool)],"tool_choice":"none""#,
            provider: #"\#(asked),"tools":[\#(asTool)],"tool_choice":{"type":"none"}"#),
        Case(
            testDescription: "a schema of the answer",
            client: #"\#(user),"response_format":{"type":"json_schema","json_schema":"#
                + #"{"name":"n","strict":true,"schema":{"type":"object"}}}"#,
            provider: #"\#(asked),"output_config":{"format":{"type":"json_schema","#
                + #""schema":{"type":"object"}}}"#),
        Case(
            testDescription: "an answer in JSON, by a tool",
            client: #"\#(user),"response_format":{"type":"json_object"}"#,
            provider: #"\#(asked),"tools":[{"name":"martlet_json_answer","description":"#
                + #""Gives the final answer. Its input is the answer itself.","input_schema":"#
                + #"{"type":"object"}}],"tool_choice":{"type":"tool","#
                + #""name":"martlet_json_answer"}"#),
        Case(
            testDescription: "sampling and stops, numbers as written",
            client: #"\#(user),"temperature":0.70,"top_k":5,"max_tokens":9,"stop":["a"," "],"#
                + #""user":"u","service_tier":"default","seed":1"#,
            provider: #"\#(asked),"max_tokens":9,"temperature":0.70,"top_k":5,"#
                + #""stop_sequences":["a"],"metadata":{"user_id":"u"},"#
                + #""service_tier":"standard_only""#,
            dropped: "stop, seed"),
        Case(
            testDescription: "more heat than there is",
            client: #"\#(user),"temperature":1.5,"top_p":0.5"#,
            provider: #"\#(asked),"temperature":1,"top_p":0.5"#,
            model: "claude-3-7-sonnet-latest", dropped: "temperature"),
        Case(
            testDescription: "one sampling of two where the model takes one",
            client: #"\#(user),"temperature":0.5,"top_p":0.5"#,
            provider: #"\#(asked),"temperature":0.5"#, dropped: "top_p"),
        Case(
            testDescription: "sampling that the newest models refuse",
            client: #"\#(user),"temperature":0.5,"top_p":1"#, provider: asked,
            model: "claude-opus-5", dropped: "temperature"),
        Case(
            testDescription: "an effort as a budget",
            client: #"\#(user),"reasoning_effort":"medium","temperature":0"#,
            provider: #"\#(asked),"thinking":{"type":"enabled","budget_tokens":8192}"#,
            dropped: "temperature"),
        Case(
            testDescription: "three ids of a user",
            client: #"\#(user),"metadata":{"user_id":"a"},"safety_identifier":"b","user":"a""#,
            provider: #"\#(asked),"metadata":{"user_id":"a"}"#, dropped: "safety_identifier"),
        Case(
            testDescription: "two ids of a user",
            client: #"\#(user),"metadata":{"user_id":7},"safety_identifier":"b","user":"a""#,
            provider: #"\#(asked),"metadata":{"user_id":"b"}"#, dropped: "metadata, user"),
        Case(
            testDescription: "a budget below a limit",
            client: #"\#(user),"reasoning_effort":"high","max_completion_tokens":4000"#,
            provider: #"\#(asked),"max_tokens":4000,"#
                + #""thinking":{"type":"enabled","budget_tokens":2000}"#),
        Case(
            testDescription: "an effort as an effort",
            client: #"\#(user),"reasoning_effort":"minimal""#,
            provider: #"\#(asked),"thinking":{"type":"adaptive"},"output_config":{"effort":"low"}"#,
            model: "claude-opus-4-6"),
        Case(
            testDescription: "an effort where there is none",
            client: #"\#(user),"reasoning_effort":"low","max_tokens":7"#,
            provider: #"\#(asked),"max_tokens":7"#, model: "claude-3-opus-20240229",
            dropped: "reasoning_effort"),
        Case(
            testDescription: "thinking in Anthropic's words",
            client: #"\#(user),"thinking":{"type":"enabled","budget_tokens":1024}"#,
            provider: #"\#(asked),"thinking":{"type":"enabled","budget_tokens":1024}"#),
        Case(
            testDescription: "thinking without a budget, to be shown in some way",
            client: #"\#(user),"thinking":{"type":"enabled","display":"omitted"}"#,
            provider: #"\#(asked),"thinking":{"type":"enabled","budget_tokens":8192}"#,
            dropped: "thinking.display"),
        Case(
            testDescription: "thinking beside an effort of none",
            client: #"\#(user),"thinking":{"type":"enabled"},"reasoning_effort":"none""#,
            provider: asked, dropped: "thinking"),
        Case(
            testDescription: "a search of the web",
            client: #"\#(user),"web_search_options":{"search_context_size":"low","#
                + #""user_location":{"type":"approximate","approximate":{"country":"DE"}}}"#,
            provider: #"\#(asked),"tools":[{"type":"web_search_20250305","name":"web_search","#
                + #""user_location":{"type":"approximate","country":"DE"}}]"#,
            dropped: "web_search_options.search_context_size"),
        Case(
            testDescription: "an answer that is begun",
            client: #""messages":[{"role":"user","content":"a"},"#
                + #"{"role":"assistant","content":"b"}],"stream":true"#,
            provider: #""messages":[{"role":"user","content":[{"type":"text","text":"a"}]},"#
                + #"{"role":"assistant","content":[{"type":"text","text":"b"}]}],"stream":true"#),
    ]

    static func call(_ client: String, model: String) -> OneCall {
        let answer =
            #"{"type":"message","id":"m","model":"x","content":[{"type":"text","text":"ok"}],"#
            + #""stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#
        return OneCall(
            body: Array(#"{"model":"anthropic/\#(model)",\#(client)}"#.utf8),
            vendor: AnthropicTests.vendor,
            steps: [
                .head(HTTPReplyHead(status: 200, fields: HTTPFields())),
                .bytes(Array(answer.utf8)), .end(.complete),
            ])
    }

    @Test(arguments: cases)
    func `a request says the same in Anthropic's words`(test: Case) throws {
        let call = Self.call(test.client, model: test.model)
        let sent = try #require(call.sent.first, "\(call.reply.text)")
        var expected = try #require(
            PublicRecording.json(Data(#"{"model":"\#(test.model)",\#(test.provider)}"#.utf8)))
        if expected["max_tokens"] == nil { expected["max_tokens"] = 32_000 }
        let body = try #require(PublicRecording.json(Data(sent.message.body)))
        #expect(body as NSDictionary == expected as NSDictionary, "\(body)")
        #expect(sent.message.target.hasSuffix("/v1/messages"))
        #expect(sent.message.fields.first("anthropic-version") == "2023-06-01")
        #expect(call.reply.head?.fields.first("x-martlet-dropped") == test.dropped)
    }

    static let refused = [
        (#"\#(user),"n":2"#, "n"),
        (#"\#(user),"audio":{"voice":"a"}"#, "audio"),
        (#"\#(user),"modalities":["text","audio"]"#, "modalities"),
        (#"\#(user),"temperature":"warm""#, "temperature"),
        (#"\#(user),"reasoning_effort":"a bit""#, "reasoning_effort"),
        (#"\#(user),"tool_choice":{"type":"function","function":{"name":"f"}}"#, "tool_choice"),
        (#"\#(user),"tools":[{"type":"custom"}]"#, "tools[0].type"),
        (
            #"\#(user),"response_format":{"type":"json_schema","json_schema":{"name":"n"}}"#,
            "response_format.json_schema.schema"
        ),
        (#""messages":[{"role":"user","content":""}]"#, "messages"),
        (
            #""messages":[{"role":"user","content":[{"type":"input_audio","input_audio":"#
                + #"{"data":"AA==","format":"wav"}}]}]"#, "messages[0].content[0]"
        ),
        (
            #""messages":[{"role":"user","content":[{"type":"image_url","image_url":"#
                + #"{"url":"data:image/tiff;base64,AA=="}}]}]"#, "messages[0].content[0]"
        ),
    ]

    @Test(arguments: refused)
    func `what cannot be said is a 400 that names it`(client: String, parameter: String) {
        let call = Self.call(client, model: "claude-sonnet-4-5")
        #expect(call.sent.isEmpty)
        #expect(call.reply.head?.status == 400)
        #expect(call.reading.error?["param"] as? String == parameter, "\(call.reply.text)")
    }
}
