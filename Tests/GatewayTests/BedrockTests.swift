// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// What Bedrock can say beside what was recorded: exceptions, odd reasons, structured answers.
@Suite struct BedrockTests {
    /// One message of a stream, with checksums of its own making.
    static func message(_ headers: [(String, String)], _ payload: String) -> [UInt8] {
        func number(_ value: Int, _ bytes: Int) -> [UInt8] {
            (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
        func checksum(_ bytes: [UInt8]) -> [UInt8] {
            var value = UInt32.max
            for byte in bytes {
                for bit in 0..<8 {
                    let isOdd = (value ^ UInt32(byte >> bit)) & 1 == 1
                    value = isOdd ? (value >> 1) ^ 0xEDB8_8320 : value >> 1
                }
            }
            return number(Int(~value), 4)
        }
        var head: [UInt8] = []
        for (name, value) in headers {
            head += [UInt8(name.utf8.count)] + Array(name.utf8) + [7]
            head += number(value.utf8.count, 2) + Array(value.utf8)
        }
        var bytes = number(head.count + payload.utf8.count + 16, 4) + number(head.count, 4)
        bytes += checksum(bytes)
        bytes += head + Array(payload.utf8)
        return bytes + checksum(bytes)
    }

    static func event(_ name: String, _ payload: String) -> [UInt8] {
        message([(":event-type", name), (":message-type", "event")], payload)
    }

    static func exception(_ name: String, _ payload: String) -> [UInt8] {
        message([(":exception-type", name), (":message-type", "exception")], payload)
    }

    static let start = event("messageStart", #"{"role":"assistant"}"#)
    static let hello = event(
        "contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"Hello"}}"#)
    static func stop(_ reason: String) -> [UInt8] {
        event("messageStop", #"{"stopReason":"\#(reason)"}"#)
    }
    static let usage = event(
        "metadata", #"{"usage":{"inputTokens":3,"outputTokens":4,"totalTokens":7}}"#)

    static func streamed(_ body: [UInt8], model: String = "m") -> OneCall {
        replay(body, isStream: true, model: model)
    }

    static func replay(
        _ body: [UInt8], isStream: Bool, status: Int = 200, fields: HTTPFields = HTTPFields(),
        model: String = "m"
    ) -> OneCall {
        let stream = isStream ? #","stream":true,"stream_options":{"include_usage":true}"# : ""
        let request =
            #"{"model":"bedrock/\#(model)","messages":[{"role":"user","content":"hi"}]\#(stream)}"#
        return OneCall(
            body: Array(request.utf8), vendor: BedrockRecordingsTests.vendor,
            steps: [
                .head(HTTPReplyHead(status: status, fields: fields)), .bytes(body),
                .end(.complete),
            ])
    }

    static let exceptions: [(name: String, payload: String, status: Int, code: String)] = [
        ("throttlingException", #"{"message":"slow"}"#, 429, "rate_limit_exceeded"),
        ("serviceUnavailableException", #"{"message":"no"}"#, 503, "upstream_overloaded"),
        ("internalServerException", #"{"message":"no"}"#, 502, "upstream_error"),
        (
            "modelStreamErrorException", #"{"message":"no","originalStatusCode":500}"#, 502,
            "upstream_error"
        ),
        ("modelStreamErrorException", "{}", 502, "upstream_error"),
        ("modelTimeoutException", "{}", 504, "upstream_timeout"),
        ("validationException", #"{"message":"bad"}"#, 400, "validationException"),
        (
            "validationException", #"{"message":"Input is too long for requested model."}"#, 400,
            "context_length_exceeded"
        ),
        (
            "validationException", #"{"message":"Output blocked by content filtering policy"}"#,
            400, "content_filter"
        ),
        ("expiredTokenException", "{}", 502, "upstream_authentication"),
        ("unheardOfException", "not JSON", 502, "upstream_error"),
    ]

    @Test(arguments: exceptions)
    func `an exception is a failure with its status, and behind content an event`(
        name: String, payload: String, status: Int, code: String
    ) {
        let early = Self.streamed(Self.start + Self.exception(name, payload))
        #expect(early.reply.head?.status == status)
        #expect(early.reading.error?["code"] as? String == code)
        let late = Self.streamed(
            Self.start + Self.hello + Self.exception(name, payload) + Self.stop("end_turn"))
        #expect(late.reply.head?.status == 200 && !late.sawDone)
        #expect(late.reading.text == "Hello")
        #expect(late.reading.error?["code"] as? String == code)
        #expect(late.entries.first?.state != .complete)
    }

    @Test func `an error that is not modelled is told in its own words`() {
        let error = Self.message(
            [
                (":message-type", "error"), (":error-code", "ValidationException"),
                (":error-message", "it broke"),
            ], "")
        let call = Self.streamed(Self.start + error)
        #expect(call.reply.head?.status == 400)
        #expect((call.reading.error?["message"] as? String)?.contains("it broke") == true)
    }

    static let errors: [(status: Int, type: String?, body: String, client: Int, code: String)] = [
        (400, "ThrottlingException:http://x", "{}", 429, "rate_limit_exceeded"),
        (429, nil, #"{"message":"slow"}"#, 429, "rate_limit_exceeded"),
        (
            400, nil, #"{"__type":"a.b#UnrecognizedClientException"}"#, 502,
            "upstream_authentication"
        ),
        (403, nil, #"{"Message":"no"}"#, 502, "upstream_authentication"),
        (424, "ModelErrorException", #"{"message":"x"}"#, 502, "upstream_error"),
        (
            424, "ModelErrorException", #"{"originalStatusCode":429,"message":"x"}"#, 429,
            "rate_limit_exceeded"
        ),
        (408, "ModelTimeoutException", "{}", 504, "upstream_timeout"),
        (404, "ResourceNotFoundException", #"{"message":"x"}"#, 404, "ResourceNotFoundException"),
        (
            400, "ValidationException", #"{"message":"prompt is too long: 9 tokens"}"#, 400,
            "context_length_exceeded"
        ),
        (500, nil, "oops", 502, "upstream_error"),
        (
            200, nil,
            #"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}"#,
            404, "UnknownOperationException"
        ),
        (200, nil, #"{"output":{}}"#, 502, "upstream_malformed"),
        (200, nil, #"[1]"#, 502, "upstream_malformed"),
        (200, nil, #"{"output":{"message":{"content":[]}}}"#, 502, "upstream_malformed"),
    ]

    @Test(arguments: errors)
    func `an error has the status that it means`(
        status: Int, type: String?, body: String, client: Int, code: String
    ) {
        var fields = HTTPFields(["retry-after": "7"])
        if let type { fields.append("x-amzn-errortype", type) }
        let call = Self.replay(
            Array(body.utf8), isStream: false, status: status, fields: fields)
        #expect(call.reply.head?.status == client)
        #expect(call.reading.error?["code"] as? String == code)
        if client == 429 && status != 424 {
            #expect(call.reply.head?.fields.first("retry-after") == "7")
        }
    }

    static let reasons: [(native: String, reason: String?)] = [
        ("end_turn", "stop"), ("stop_sequence", "stop"), ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"), ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"), ("something_new", "length"),
        ("malformed_model_output", nil), ("malformed_tool_use", nil),
    ]

    @Test(arguments: reasons)
    func `reasons are OpenAI's, and what is malformed is no answer`(
        native: String, reason: String?
    ) {
        let call = Self.streamed(Self.start + Self.hello + Self.stop(native) + Self.usage)
        #expect(call.reading.finishReason == reason ?? "error")
        #expect(call.sawDone == (reason != nil))
        let body =
            #"{"output":{"message":{"content":[{"text":"Hello"}]}},"stopReason":"\#(native)"}"#
        let whole = Self.replay(Array(body.utf8), isStream: false)
        #expect(whole.reply.head?.status == (reason == nil ? 502 : 200))
        #expect(whole.reading.finishReason == reason)
        if reason != nil { #expect(whole.reading.nativeFinishReason == native) }
    }

    @Test func `a structured answer is unwrapped again`() {
        let start = Self.event(
            "contentBlockStart",
            #"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"martlet_json_answer"}}}"#
        )
        let pieces = [#"{\"a\""#, ":1}"].flatMap { piece in
            Self.event(
                "contentBlockDelta",
                #"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"\#(piece)"}}}"#)
        }
        let call = Self.streamed(Self.start + start + pieces + Self.stop("tool_use") + Self.usage)
        #expect(call.reading.text == #"{"a":1}"# && call.reading.calls.isEmpty)
        #expect(call.reading.finishReason == "stop")
        let body =
            #"{"output":{"message":{"content":[{"toolUse":{"toolUseId":"t","name":"martlet_json_answer","input":{"a":1.0}}}]}},"stopReason":"tool_use"}"#
        let whole = Self.replay(Array(body.utf8), isStream: false)
        #expect(whole.reading.text == #"{"a":1.0}"# && whole.reading.finishReason == "stop")
    }

    @Test func `caches of five minutes and of an hour are told apart`() {
        let body =
            #"{"output":{"message":{"content":[{"text":"a"}]}},"stopReason":"end_turn","serviceTier":{"type":"flex"},"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":33,"cacheReadInputTokens":10,"cacheWriteInputTokens":20,"cacheDetails":[{"ttl":"1h","inputTokens":15},{"ttl":"5m","inputTokens":5}]}}"#
        let call = Self.replay(Array(body.utf8), isStream: false)
        let usage = call.entries.first?.usage
        #expect(usage?.uncachedInput == 1 && usage?.cacheRead == 10)
        #expect(usage?.cacheWrite5m == 5 && usage?.cacheWrite1h == 15)
        #expect(call.reading.usage?["prompt_tokens"] as? Int == 31)
        #expect(call.reply.text.contains(#""service_tier":"flex""#))
    }

    @Test func `counts that no network should send do not trap`() {
        for count in ["9223372036854775807", "-1", "1e400", "\"3\"", "null"] {
            let body =
                #"{"output":{"message":{"content":[{"text":"a"}]}},"stopReason":"end_turn","usage":{"inputTokens":\#(count),"outputTokens":\#(count),"cacheReadInputTokens":\#(count),"cacheWriteInputTokens":\#(count),"cacheDetails":[{"ttl":"1h","inputTokens":\#(count)},{"ttl":"1h","inputTokens":\#(count)}]}}"#
            #expect(Self.replay(Array(body.utf8), isStream: false).reply.head?.status == 200)
        }
        for index in ["-1", "9223372036854775807", "null", "\"a\""] {
            let delta = Self.event(
                "contentBlockDelta", #"{"contentBlockIndex":\#(index),"delta":{"text":"a"}}"#)
            _ = Self.streamed(Self.start + delta + Self.stop("end_turn"))
        }
    }

    @Test func `what a model thought and called comes back to it as it was`() throws {
        let content =
            #"[{"reasoningContent":{"reasoningText":{"text":"hm","signature":"c2ln"}}},{"reasoningContent":{"redactedContent":"cmVk"}},{"text":"Let me see."},{"toolUse":{"toolUseId":"tooluse_1","name":"add","input":{"a":1.50}}}]"#
        let answer =
            #"{"output":{"message":{"role":"assistant","content":\#(content)}},"stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}"#
        let model = BedrockRequestTests.claude
        let deltas = [
            #"0,"delta":{"reasoningContent":{"text":"h"}}"#,
            #"0,"delta":{"reasoningContent":{"text":"m"}}"#,
            #"0,"delta":{"reasoningContent":{"signature":"c2ln"}}"#,
            #"1,"delta":{"reasoningContent":{"redactedContent":"cmVk"}}"#,
            #"2,"delta":{"text":"Let me see."}"#,
        ]
        var stream = Self.start
        for (index, delta) in deltas.enumerated() {
            stream += Self.event("contentBlockDelta", #"{"contentBlockIndex":\#(delta)}"#)
            let block = index < 2 ? -1 : index - 2
            if block >= 0 {
                stream += Self.event("contentBlockStop", #"{"contentBlockIndex":\#(block)}"#)
            }
        }
        stream += Self.event(
            "contentBlockStart",
            #"{"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"tooluse_1","name":"add"}}}"#)
        stream += Self.event(
            "contentBlockDelta",
            #"{"contentBlockIndex":3,"delta":{"toolUse":{"input":"{\"a\":1.50}"}}}"#)
        stream += Self.stop("tool_use") + Self.usage
        for call in [
            Self.replay(Array(answer.utf8), isStream: false, model: model),
            Self.streamed(stream, model: model),
        ] {
            let reading = call.reading
            #expect(reading.reasoning == "hm" && reading.finishReason == "tool_calls")
            let assistant: [String: Any] = [
                "role": "assistant", "content": reading.text,
                "reasoning_details": reading.reasoningDetails,
                "tool_calls": reading.calls.map { call in
                    [
                        "id": call.id, "type": "function",
                        "function": ["name": call.name, "arguments": call.arguments],
                    ] as [String: Any]
                },
            ]
            let back = try JSONSerialization.data(withJSONObject: assistant)
            let messages =
                #"[{"role":"user","content":"hi"},"# + String(decoding: back, as: UTF8.self)
                + #",{"role":"tool","tool_call_id":"tooluse_1","content":"3"}]"#
            let request = try BedrockRequestTests.request(
                model, messages, #""reasoning_effort":"low","max_tokens":9000"#)
            let body = String(decoding: request.message.body, as: UTF8.self)
            #expect(body.contains(#"{"role":"assistant","content":\#(content)}"#))
            #expect(body.contains("budget_tokens") && request.dropped.isEmpty)
            // Another maker's model does not get them.
            let other = try BedrockRequestTests.request(
                "anthropic.claude-3-5-sonnet-20240620-v1:0", messages, "")
            #expect(!String(decoding: other.message.body, as: UTF8.self).contains("c2ln"))
        }
    }
}
