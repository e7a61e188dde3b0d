// SPDX-License-Identifier: Apache-2.0
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// What recordings do not show: state that returns, answers by tool, failures.
struct AnthropicAnswerTests {
    static let user =
        #"{"model":"anthropic/claude-sonnet-4-5","messages":[{"role":"user","#
        + #""content":"hi"}]"#

    static func call(
        _ answer: String, status: Int = 200, fields: HTTPFields = HTTPFields(),
        isStream: Bool = false
    ) -> OneCall {
        OneCall(
            body: Array("\(user)\(isStream ? #","stream":true"# : "")}".utf8),
            vendor: AnthropicTests.vendor,
            steps: [
                .head(HTTPReplyHead(status: status, fields: fields)),
                .bytes(Array(answer.utf8)), .end(.complete),
            ])
    }

    static func message(_ content: String, reason: String, more: String = "") -> String {
        #"{"type":"message","id":"m","model":"x","content":[\#(content)],"#
            + #""stop_reason":"\#(reason)"\#(more),"usage":{"input_tokens":1,"output_tokens":1}}"#
    }

    @Test func `thinking and calls return as they came`() throws {
        let content =
            #"{"type":"thinking","thinking":"t","signature":"s"},"#
            + #"{"type":"redacted_thinking","data":"r"},{"type":"text","text":"a"},"#
            + #"{"type":"tool_use","id":"toolu_1","name":"f","input":{}}"#
        let first = Self.call(Self.message(content, reason: "tool_use"))
        let object = try #require(PublicRecording.json(Data(first.reply.body)))
        let choice = try #require((object["choices"] as? [[String: Any]])?.first)
        let message = try #require(choice["message"] as? [String: Any])
        let calls = try #require(message["tool_calls"] as? [[String: Any]])
        #expect((calls[0]["function"] as? [String: Any])?["arguments"] as? String == "{}")
        let next: [String: Any] = [
            "model": "anthropic/claude-sonnet-4-5", "reasoning_effort": "low",
            "messages": [
                ["role": "user", "content": "hi"], message,
                ["role": "tool", "tool_call_id": "toolu_1", "content": "x"],
            ],
        ]
        let second = OneCall(
            body: Array(try JSONSerialization.data(withJSONObject: next)),
            vendor: AnthropicTests.vendor,
            steps: [.head(HTTPReplyHead(status: 500, fields: HTTPFields())), .end(.complete)])
        let sent = try #require(second.sent.first, "\(second.reply.text)")
        let body = try #require(PublicRecording.json(Data(sent.message.body)))
        let turns = try #require(body["messages"] as? [[String: Any]])
        let expected = PublicRecording.json(Data(#"{"c":[\#(content)]}"#.utf8))
        #expect(turns[1]["content"] as? NSArray == expected?["c"] as? NSArray)
        #expect(body["thinking"] != nil)
    }

    @Test func `an answer by the gateway's tool is text, whole and streamed`() {
        let input = #"{"a":1.0}"#
        let block = #"{"type":"tool_use","id":"t","name":"martlet_json_answer","input":"#
        let whole = Self.call(Self.message("\(block)\(input)}", reason: "tool_use")).reading
        let events = [
            #"{"type":"message_start","message":{"id":"m"}}"#,
            #"{"type":"content_block_start","index":0,"content_block":\#(block){}}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","#
                + #""partial_json":"{\"a\":"}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","#
                + #""partial_json":"1.0}"}}"#,
            #"{"type":"content_block_stop","index":0}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#,
            #"{"type":"message_stop"}"#,
        ]
        let streamed = Self.call(
            events.map { "data: \($0)\n\n" }.joined(), isStream: true
        ).reading
        for reading in [whole, streamed] {
            #expect(reading.text == input && reading.calls.isEmpty)
            #expect(reading.finishReason == "stop")
            #expect(reading.nativeFinishReason == "tool_use")
        }
        #expect(streamed.sawDone)
    }

    @Test(arguments: [
        ("refusal", "content_filter"), ("pause_turn", "length"),
        ("model_context_window_exceeded", "length"), ("end_turn", "stop"),
    ])
    func `reasons keep their own word beside OpenAI's`(native: String, reason: String) {
        let details = #","stop_details":{"type":"refusal","explanation":"no"}"#
        let answer = Self.message("", reason: native, more: native == "refusal" ? details : "")
        let reading = Self.call(answer).reading
        #expect(reading.finishReason == reason && reading.nativeFinishReason == native)
        #expect(reading.refusal == (native == "refusal" ? "no" : ""))
    }

    @Test(arguments: [
        (400, "invalid_request_error", "prompt is too long: 9 > 8", 400, "context_length_exceeded"),
        (
            400, "invalid_request_error", "Output blocked by content filtering policy", 400,
            "content_filter"
        ),
        (400, "invalid_request_error", "Your credit balance is too low", 502, "upstream_quota"),
        (413, "request_too_large", "too large", 413, "request_too_large"),
        (429, "rate_limit_error", "slow", 429, "rate_limit_exceeded"),
        (529, "overloaded_error", "Overloaded", 503, "upstream_overloaded"),
        (403, "permission_error", "no", 502, "upstream_authentication"),
        (500, "api_error", "oh", 502, "upstream_error"),
    ])
    func `a failure says the same by status, in 200 and in a stream`(
        status: Int, type: String, message: String, expected: Int, code: String
    ) {
        let body =
            #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"}}"#
        let byStatus = Self.call(body, status: status)
        let inside = Self.call(body)
        let streamed = Self.call("event: error\ndata: \(body)\n\n", isStream: true)
        for call in [byStatus, inside, streamed] {
            #expect(call.reply.head?.status == expected)
            #expect(call.reading.error?["code"] as? String == code)
            #expect(!call.sawDone)
        }
    }

    @Test func `a limit that is used up says when to come back`() {
        let fields = HTTPFields([
            "date": "Tue, 24 Nov 2026 23:59:30 GMT",
            "anthropic-ratelimit-requests-remaining": "7",
            "anthropic-ratelimit-requests-reset": "2026-11-25T09:00:00Z",
            "anthropic-ratelimit-tokens-remaining": "0",
            "anthropic-ratelimit-tokens-reset": "2026-11-25T00:00:15Z",
        ])
        let body = #"{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}"#
        let call = Self.call(body, status: 429, fields: fields)
        #expect(call.reply.head?.fields.first("retry-after") == "45")
    }
}
