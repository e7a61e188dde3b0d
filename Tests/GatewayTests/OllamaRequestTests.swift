// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

@Suite struct OllamaRequestTests {
    static let rows = [
        RequestRow("a question", "", ""),
        RequestRow(
            "sampling",
            #""temperature":0.70,"seed":7,"top_p":0.5,"max_tokens":9,"stop":["x"],"top_k":3,"#
                + #""frequency_penalty":0.1,"presence_penalty":0.2"#,
            #""options":{"num_predict":9,"temperature":0.70,"top_p":0.5,"top_k":3,"seed":7,"#
                + #""presence_penalty":0.2,"frequency_penalty":0.1,"stop":["x"]}"#),
        RequestRow(
            "Ollama's own",
            #""seed":7,"options":{"num_ctx":8192,"seed":1},"keep_alive":"5m","think":"high""#,
            #""options":{"seed":7,"num_ctx":8192},"keep_alive":"5m","think":"high""#,
            dropped: "options.seed"),
        RequestRow(
            "the same in both words", #""seed":7,"options":{"seed":7}"#, #""options":{"seed":7}"#),
        RequestRow(
            "hints", #""user":"u","logit_bias":{"1":2},"n":1,"parallel_tool_calls":false"#, "",
            dropped: "user, logit_bias, parallel_tool_calls"),
        RequestRow(
            "log probabilities", #""logprobs":true,"top_logprobs":2"#,
            #""logprobs":true,"top_logprobs":2"#),
        RequestRow(
            "tools", CohereRequestTests.tools + #","tool_choice":"auto""#,
            #""tools":[\#(CohereRequestTests.f),\#(CohereRequestTests.g)]"#),
        RequestRow("no tool", CohereRequestTests.tools + #","tool_choice":"none""#, ""),
        RequestRow("JSON", #""response_format":{"type":"json_object"}"#, #""format":"json""#),
        RequestRow(
            "a schema",
            #""response_format":{"type":"json_schema","json_schema":{"name":"s","strict":true,"#
                + #""schema":{"type":"object"}}}"#, #""format":{"type":"object"}"#),
        RequestRow("no effort", #""reasoning_effort":"none""#, #""think":false"#),
        RequestRow("least effort", #""reasoning_effort":"minimal""#, #""think":"low""#),
        RequestRow("some effort", #""reasoning_effort":"medium""#, #""think":"medium""#),
        RequestRow(
            "pictures",
            #""messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","#
                + #""image_url":{"url":"data:image/png;base64,AA=="}},"#
                + #"{"type":"text","text":"b"}]}]"#,
            #""messages":[{"role":"user","content":"ab","images":["AA=="]}]"#),
        RequestRow(
            "state that returns",
            #""messages":[{"role":"developer","content":"s"},{"role":"assistant","content":"t","#
                + #""reasoning_details":[{"type":"reasoning.text","text":"p","#
                + #""format":"ollama-thinking-v1"},{"type":"reasoning.text","text":"q","#
                + #""format":"ollama-thinking-v1"}],"tool_calls":[{"id":"c","type":"function","#
                + #""function":{"name":"f","arguments":"{\"a\":1.0}"}}]},"#
                + #"{"role":"tool","tool_call_id":"c","content":"r"}]"#,
            #""messages":[{"role":"system","content":"s"},{"role":"assistant","content":"t","#
                + #""thinking":"pq","tool_calls":[{"id":"c","type":"function","function":"#
                + #"{"index":0,"name":"f","arguments":{"a":1.0}}}]},"#
                + #"{"role":"tool","content":"r","tool_name":"f","tool_call_id":"c"}]"#),
    ]

    @Test(arguments: rows)
    func `a request is said in Ollama's words`(row: RequestRow) throws {
        try row.check(as: OllamaTests.vendor(), path: "/api/chat")
    }

    @Test(arguments: [
        ("n", #""n":2"#), ("tool_choice", CohereRequestTests.tools + #","tool_choice":"required""#),
        ("options", #""options":1"#), ("reasoning_effort", #""reasoning_effort":"huge""#),
        (
            "messages[0].content[0].image_url.url",
            #""messages":[{"role":"user","content":[{"type":"image_url","image_url":"#
                + #"{"url":"https://x.invalid/a.png"}}]}]"#
        ),
        (
            "messages[0].tool_calls[0].function.arguments",
            #""messages":[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","#
                + #""arguments":"[1]"}}]}]"#
        ),
    ])
    func `what cannot be said is refused by name`(parameter: String, members: String) {
        let call = RequestRow.call(members, as: OllamaTests.vendor())
        #expect(call.reply.head?.status == 400 && call.sent.isEmpty)
        #expect(call.reading.error?["param"] as? String == parameter)
    }

    @Test(arguments: [
        (
            400, #"{"error":"the input length exceeds the context length"}"#,
            "context_length_exceeded"
        ),
        (500, #"{"error":"out of memory"}"#, "upstream_error"),
        (200, #"{"error":"out of memory"}"#, "upstream_error"),
        (200, #"{"model":"m"}"#, "upstream_malformed"),
        (200, #"{"model":"m","message":{"content":"a"},"done":false}"#, "upstream_malformed"),
    ])
    func `an error has its code, also where its status is 200`(
        status: Int, body: String, code: String
    ) {
        let call = Self.answered(body, status: status, stream: "")
        #expect(call.reply.head?.status == (status == 400 ? 400 : 502))
        #expect(call.reading.error?["code"] as? String == code)
    }

    @Test(arguments: [
        (#"{"error":"out of memory"}"#, "upstream_error"), ("nonsense", "upstream_malformed"),
        ("", "upstream_cut"), (#"{"message":{"con"#, "upstream_cut"),
    ])
    func `a stream that fails in its middle says so`(line: String, code: String) {
        let first = #"{"model":"m","message":{"content":"a"},"done":false}"# + "\n"
        let end = code == "upstream_cut" ? "" : "\n"
        let call = Self.answered(first + line + end, status: 200, stream: #","stream":true"#)
        #expect(call.reading.text == "a" && !call.sawDone)
        #expect(call.reading.error?["code"] as? String == code)
        #expect(call.entries.first?.state != .complete)
    }

    @Test(arguments: [
        (#""done_reason":"load""#, "stop", "load"), (#""x":1"#, "stop", "done"),
        (#""done_reason":"length""#, "length", "length"),
    ])
    func `an answer says why it ended`(member: String, reason: String, native: String) {
        let body = #"{"model":"m","message":{"content":"a"},"done":true,"eval_count":3,\#(member)}"#
        let call = Self.answered(body, status: 200, stream: "")
        #expect(call.reading.finishReason == reason)
        #expect(call.reading.nativeFinishReason == native)
        // The prompt's count is unknown: absent is not zero.
        #expect(call.reading.usageCount == 0)
        #expect(call.entries.first?.usage.output == 3)
    }

    static func answered(_ body: String, status: Int, stream: String) -> OneCall {
        OneCall(
            body: Array("{\"model\":\"ollama/m\",\(RequestRow.hi)\(stream)}".utf8),
            vendor: OllamaTests.vendor(),
            steps: [
                .head(HTTPReplyHead(status: status, fields: HTTPFields())),
                .bytes(Array(body.utf8)), .end(.complete),
            ])
    }
}
