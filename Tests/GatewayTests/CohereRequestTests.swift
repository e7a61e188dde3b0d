// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// One request of a client's, and what a provider is sent for it.
struct RequestRow: Sendable, CustomTestStringConvertible {
    var reason: String
    /// Members behind `model` and `messages`, or a whole `messages` too.
    var client: String
    /// The members that the provider is sent, beside those of every request.
    var sent: String
    /// Parameters that are reported as dropped.
    var dropped: String?
    var testDescription: String { reason }

    init(_ reason: String, _ client: String, _ sent: String, dropped: String? = nil) {
        (self.reason, self.client, self.sent, self.dropped) = (reason, client, sent, dropped)
    }

    static let hi = #""messages":[{"role":"user","content":"hi"}]"#

    /// The call, with an answer that ends it.
    func call(as vendor: Vendor) -> OneCall { Self.call(client, as: vendor) }

    static func call(_ members: String, as vendor: Vendor) -> OneCall {
        let messages = members.contains(#""messages""#) ? "" : hi + (members.isEmpty ? "" : ",")
        let body = #"{"model":"\#(vendor.id)/m",\#(messages)\#(members)}"#
        let head = HTTPReplyHead(status: 500, fields: HTTPFields())
        return OneCall(
            body: Array(body.utf8), vendor: vendor,
            steps: [.head(head), .bytes(Array("{}".utf8)), .end(.complete)])
    }

    /// What was sent, compared as JSON; numbers by their text.
    func check(as vendor: Vendor, path: String) throws {
        let call = call(as: vendor)
        let sent = try #require(call.sent.first, "\(call.reply.text)")
        #expect(sent.message.target == path)
        let always = #""model":"m","stream":false"#
        let messages = self.sent.contains(#""messages""#) ? "" : "," + Self.hi
        let rest = self.sent.isEmpty ? "" : "," + self.sent
        let wanted = "{\(always)\(messages)\(rest)}"
        #expect(
            PublicRecording.json(Data(sent.message.body)).map { $0 as NSDictionary }
                == PublicRecording.json(Data(wanted.utf8)).map { $0 as NSDictionary },
            "\(String(decoding: sent.message.body, as: UTF8.self))")
        #expect(call.entries.first?.dropped.joined(separator: ", ") ?? "" == dropped ?? "")
    }
}

@Suite struct CohereRequestTests {
    static let tools =
        #""tools":[{"type":"function","function":{"name":"f","description":"d","#
        + #""parameters":{"type":"object"}}},{"type":"function","function":{"name":"g"}}]"#
    static let f =
        #"{"type":"function","function":{"name":"f","description":"d","#
        + #""parameters":{"type":"object"}}}"#
    static let g =
        #"{"type":"function","function":{"name":"g","#
        + #""parameters":{"type":"object","properties":{}}}}"#

    static let rows = [
        RequestRow("a question", "", ""),
        RequestRow(
            "sampling",
            #""temperature":0.70,"seed":7,"top_p":0.5,"max_tokens":9,"stop":"x","logprobs":true,"#
                + #""frequency_penalty":0.1,"presence_penalty":0.2,"top_k":3"#,
            #""temperature":0.70,"seed":7,"p":0.5,"max_tokens":9,"stop_sequences":["x"],"#
                + #""logprobs":true,"frequency_penalty":0.1,"presence_penalty":0.2,"k":3"#),
        RequestRow("the newer limit", #""max_completion_tokens":9"#, #""max_tokens":9"#),
        RequestRow(
            "two names that say different things",
            #""max_tokens":8,"max_completion_tokens":9,"top_p":0.5,"p":0.6,"k":3,"top_k":4,"#
                + #""function_call":"none","tool_choice":"required","# + tools,
            #""max_tokens":9,"p":0.5,"k":3,"tools":[\#(f),\#(g)],"tool_choice":"REQUIRED""#,
            dropped: "max_tokens, p, top_k, function_call"),
        RequestRow(
            "two names that say the same",
            #""max_tokens":9,"max_completion_tokens":9,"top_p":0.5,"p":0.5,"k":3,"top_k":3"#,
            #""max_tokens":9,"p":0.5,"k":3"#),
        RequestRow("all of the mass", #""top_p":1"#, #""p":0.99"#, dropped: "top_p"),
        RequestRow(
            "hints", #""user":"u","logit_bias":{"1":2},"n":1,"top_logprobs":2"#, "",
            dropped: "user, logit_bias, top_logprobs"),
        RequestRow("tools", tools, #""tools":[\#(f),\#(g)]"#),
        RequestRow(
            "any tool", tools + #","tool_choice":"required""#,
            #""tools":[\#(f),\#(g)],"tool_choice":"REQUIRED""#),
        RequestRow(
            "no tool", tools + #","tool_choice":"none""#,
            #""tools":[\#(f),\#(g)],"tool_choice":"NONE""#),
        RequestRow(
            "one tool, which is the only one then",
            tools + #","tool_choice":{"type":"function","function":{"name":"f"}}"#,
            #""tools":[\#(f)],"tool_choice":"REQUIRED""#),
        RequestRow(
            "strict tools", #""tools":[{"type":"function","function":{"name":"g","strict":true}}]"#,
            #""tools":[\#(g)],"strict_tools":true"#),
        RequestRow(
            "JSON", #""response_format":{"type":"json_object"}"#,
            #""response_format":{"type":"json_object"}"#),
        RequestRow(
            "a schema",
            #""response_format":{"type":"json_schema","json_schema":{"name":"s","strict":true,"#
                + #""schema":{"type":"object"}}}"#,
            #""response_format":{"type":"json_object","json_schema":{"type":"object"}}"#),
        RequestRow("no effort", #""reasoning_effort":"none""#, #""thinking":{"type":"disabled"}"#),
        RequestRow(
            "low effort", #""reasoning_effort":"low""#,
            #""thinking":{"type":"enabled","token_budget":2048}"#),
        RequestRow("high effort", #""reasoning_effort":"high""#, #""thinking":{"type":"enabled"}"#),
        RequestRow(
            "a budget", #""thinking":{"type":"enabled","budget_tokens":100}"#,
            #""thinking":{"type":"enabled","token_budget":100}"#),
        RequestRow(
            "Cohere's own", #""safety_mode":"STRICT","documents":["d"],"priority":1"#,
            #""safety_mode":"STRICT","documents":["d"],"priority":1"#),
        RequestRow(
            "pictures",
            #""messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","#
                + #""image_url":{"url":"data:image/png;base64,AA==","detail":"low"}}]}]"#,
            #""messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","#
                + #""image_url":{"url":"data:image/png;base64,AA==","detail":"low"}}]}]"#),
        RequestRow(
            "state that returns",
            #""messages":[{"role":"developer","content":"s"},{"role":"assistant","content":"t","#
                + #""reasoning_details":[{"type":"reasoning.text","text":"p","#
                + #""format":"cohere-tool-plan-v2"},{"type":"reasoning.text","text":"q","#
                + #""format":"cohere-thinking-v2"}],"tool_calls":[{"id":"c","type":"function","#
                + #""function":{"name":"f","arguments":"{\"a\":1.0}"}}]},"#
                + #"{"role":"tool","tool_call_id":"c","content":"{\"r\":1}"}]"#,
            #""messages":[{"role":"system","content":"s"},{"role":"assistant","content":["#
                + #"{"type":"thinking","thinking":"q"},{"type":"text","text":"t"}],"tool_plan":"p","#
                + #""tool_calls":[{"id":"c","type":"function","#
                + #""function":{"name":"f","arguments":"{\"a\":1.0}"}}]},"#
                + #"{"role":"tool","tool_call_id":"c","content":"{\"r\":1}"}]"#),
        RequestRow(
            "another provider's state",
            #""messages":[{"role":"user","content":"hi","name":"n"},{"role":"assistant","#
                + #""content":"t","reasoning_details":[{"type":"reasoning.encrypted","data":"x","#
                + #""format":"anthropic-claude-v1"}]}]"#,
            #""messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"t"}]"#,
            dropped: "messages[].name, messages[].reasoning_details"),
    ]

    @Test(arguments: rows)
    func `a request is said in Cohere's words`(row: RequestRow) throws {
        try row.check(as: CohereTests.vendor(), path: "/v2/chat")
    }

    @Test(arguments: [
        ("n", #""n":2"#), ("modalities", #""modalities":["text","audio"]"#),
        ("tool_choice", #""tool_choice":"required""#),
        ("reasoning_effort", #""reasoning_effort":"huge""#),
        (
            "messages[0].content[0]",
            #""messages":[{"role":"user","content":[{"type":"input_audio","input_audio":"#
                + #"{"data":"AA==","format":"wav"}}]}]"#
        ),
        (
            "messages[0].content[0]",
            #""messages":[{"role":"system","content":[{"type":"image_url","image_url":"#
                + #"{"url":"https://x.invalid/a.png"}}]}]"#
        ),
    ])
    func `what cannot be said is refused by name`(parameter: String, members: String) {
        let call = RequestRow.call(members, as: CohereTests.vendor())
        #expect(call.reply.head?.status == 400 && call.sent.isEmpty)
        #expect(call.reading.error?["param"] as? String == parameter)
    }

    @Test(arguments: [
        (400, #"{"message":"too many tokens: 9 exceed 4"}"#, 400, "context_length_exceeded"),
        (498, #"{"message":"blocked","id":"1"}"#, 400, "content_filter"),
        (429, "slow down", 429, "rate_limit_exceeded"),
        (422, #"{"message":"invalid"}"#, 422, "invalid_request"),
        (500, "", 502, "upstream_error"),
    ])
    func `an error has its status and code`(
        status: Int, body: String, told: Int, code: String
    ) throws {
        let head = HTTPReplyHead(
            status: status, fields: HTTPFields(["retry-after": "7"]))
        let call = OneCall(
            body: Array("{\"model\":\"cohere/m\",\(RequestRow.hi)}".utf8),
            vendor: CohereTests.vendor(),
            steps: [.head(head), .bytes(Array(body.utf8)), .end(.complete)])
        #expect(call.reply.head?.status == told)
        #expect(call.reading.error?["code"] as? String == code)
    }
}
