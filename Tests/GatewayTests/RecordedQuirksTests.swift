// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// A habit of providers that the recordings show, in a few bytes of our own, and what a client
/// understands of it.
struct RecordedQuirk: Sendable, CustomTestStringConvertible {
    var name: String
    var dialect = DialectID.openai
    var isStream = true
    var status = 200
    var type = "text/event-stream"
    var body: [UInt8]
    var text = ""
    var reasoning = ""
    var calls: [ClientReading.Call] = []
    var finish: String?
    var native: String?
    /// Input and output tokens, as client and ledger know them; none where it is empty.
    var usage: [Int] = []
    /// The error's code; nil for an answer.
    var error: String?

    var testDescription: String { name }

    func call(pieces: [[UInt8]]? = nil) -> OneCall {
        let vendor = Vendor(id: "v", name: "V", baseURL: "http://x.invalid", dialect: dialect)
        let recording = PublicRecording(
            id: name, provider: "v", endpoint: "", dialect: "", isStream: isStream,
            status: status, url: "", fields: ["content-type": type], body: body)
        return OneCall(replaying: recording, as: vendor, pieces: pieces)
    }
}

/// The habits that the issues of this gateway name, one row each: they run without the recordings.
@Suite struct RecordedQuirksTests {
    static func openAI(_ chunks: String..., end: String = "data: [DONE]\n\n") -> [UInt8] {
        Array((chunks.map { "data: \($0)\n\n" }.joined() + end).utf8)
    }

    static let a = #"{"id":"i","choices":[{"index":0,"delta":{"role":"assistant","content":"a"}}]}"#
    static let stop = #"{"id":"i","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#
    static let counts = #""usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}"#
    static let whole =
        #"{"id":"i","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"#
        + #""finish_reason":"stop"}],\#(counts)}"#

    static let framing = [
        RecordedQuirk(
            name: "lines end with CRLF",
            body: Array("data: \(a)\r\n\r\ndata: \(stop)\r\n\r\ndata: [DONE]\r\n\r\n".utf8),
            text: "a", finish: "stop"),
        RecordedQuirk(
            name: "a stream is a JSON array", dialect: .gemini, type: "application/json",
            body: Array(
                (#"[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]},"# + "\r\n"
                    + #"{"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"STOP"}],"#
                    + #""usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}}]"#).utf8),
            text: "ab", finish: "stop", native: "STOP", usage: [3, 4]),
        RecordedQuirk(
            name: "comments stand between events",
            body: Array(
                ": PROCESSING\n\ndata: \(a)\n\n:\n\ndata: \(stop)\n\ndata: [DONE]\n\n".utf8),
            text: "a", finish: "stop"),
        RecordedQuirk(
            name: "white space leads a whole answer", isStream: false, type: "application/json",
            body: Array("\n         \n\n\(whole)".utf8), text: "a", finish: "stop", usage: [3, 4]),
        RecordedQuirk(
            name: "white space leads a chunk", body: openAI("  \(a)", "\t\(stop)"), text: "a",
            finish: "stop"),
        RecordedQuirk(
            name: "[DONE] never comes", body: openAI(a, stop, end: ""), text: "a", finish: "stop"),
        RecordedQuirk(
            name: "the last event has no blank line",
            body: Array("data: \(a)\n\ndata: \(stop)".utf8), text: "a", finish: "stop"),
        RecordedQuirk(
            name: "events are padded", dialect: .bedrockConverse,
            type: "application/vnd.amazon.eventstream",
            body: BedrockTests.event("messageStart", #"{"p":"abcdefgh","role":"assistant"}"#)
                + BedrockTests.event(
                    "contentBlockDelta",
                    #"{"contentBlockIndex":0,"delta":{"text":"a"},"p":"abcdefghijklmnop"}"#)
                + BedrockTests.event("messageStop", #"{"p":"abc","stopReason":"end_turn"}"#)
                + BedrockTests.usage,
            text: "a", finish: "stop", native: "end_turn", usage: [3, 4]),
        RecordedQuirk(
            name: "chunks are padded",
            body: openAI(
                String(a.dropLast()) + #","obfuscation":"x9"}"#,
                String(stop.dropLast()) + #","obfuscation":""}"#),
            text: "a", finish: "stop"),
    ]

    static let usages = [
        RecordedQuirk(
            name: "usage comes beside the last choice",
            body: openAI(a, String(stop.dropLast()) + ",\(counts)}"), text: "a", finish: "stop",
            usage: [3, 4]),
        RecordedQuirk(
            name: "usage comes in every chunk, and the last one counts",
            body: openAI(
                String(a.dropLast()) + #","usage":{"prompt_tokens":3,"completion_tokens":1}}"#,
                String(stop.dropLast()) + ",\(counts)}"),
            text: "a", finish: "stop", usage: [3, 4]),
        RecordedQuirk(
            name: "usage is null until it comes in a chunk without choices",
            body: openAI(
                String(a.dropLast()) + #","usage":null}"#, stop, #"{"choices":[],\#(counts)}"#),
            text: "a", finish: "stop", usage: [3, 4]),
        RecordedQuirk(
            name: "input is told at the start, and output at the end", dialect: .anthropic,
            body: Array(
                (#"data: {"type":"message_start","message":{"id":"m","usage":{"input_tokens":3,"output_tokens":1}}}"#
                    + "\n\n"
                    + #"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}"#
                    + "\n\n"
                    + #"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}"#
                    + "\n\n" + #"data: {"type":"message_stop"}"# + "\n\n").utf8),
            text: "a", finish: "stop", native: "end_turn", usage: [3, 4]),
        RecordedQuirk(
            name: "choices are empty in a chunk before the text",
            body: openAI(#"{"choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#, a, stop),
            text: "a", finish: "stop"),
        RecordedQuirk(
            name: "a failed answer tells its usage", dialect: .gemini, isStream: false,
            type: "application/json",
            body: Array(
                (#"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}],"#
                    + #""usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}}"#).utf8),
            usage: [3, 4], error: "upstream_error"),
    ]

    static let errors = [
        RecordedQuirk(
            name: "an error comes in a stream that began well",
            body: openAI(a, #"{"error":{"message":"no","code":502}}"#), text: "a",
            finish: "error", error: "upstream_error"),
        RecordedQuirk(
            name: "an error event ends an Anthropic stream", dialect: .anthropic,
            body: Array(
                (#"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}"#
                    + "\n\nevent: error\n"
                    + #"data: {"type":"error","error":{"type":"overloaded_error","message":"x"}}"#
                    + "\n\n").utf8),
            text: "a", finish: "error", error: "upstream_overloaded"),
        RecordedQuirk(
            name: "an error comes with status 200", isStream: false, type: "application/json",
            body: Array(#"{"error":{"message":"no","status_code":500}}"#.utf8),
            error: "upstream_error"),
        RecordedQuirk(
            name: "an error is plain text", isStream: false, status: 503, type: "text/plain",
            body: Array("upstream connect error".utf8), error: "upstream_overloaded"),
        RecordedQuirk(
            name: "an error is a page", status: 429, type: "text/html",
            body: Array("<html><h1>Too many</h1></html>".utf8), error: "rate_limit_exceeded"),
    ]

    static let values = [
        RecordedQuirk(
            name: "a call's id is empty", dialect: .gemini, isStream: false,
            type: "application/json",
            body: Array(
                (#"{"candidates":[{"content":{"parts":[{"functionCall":{"id":"","name":"f","#
                    + #""args":{"x":1}}}]},"finishReason":"STOP"}]}"#).utf8),
            calls: [.init(id: "made", name: "f", arguments: #"{"x":1}"#)], finish: "tool_calls",
            native: "STOP"),
        RecordedQuirk(
            name: "arguments are an object", dialect: .ollama, type: "application/x-ndjson",
            body: Array(
                (#"{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"x":1}}}]},"done":false}"#
                    + "\n"
                    + #"{"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":4}"#
                    + "\n").utf8),
            calls: [.init(id: "made", name: "f", arguments: #"{"x":1}"#)], finish: "tool_calls",
            native: "stop", usage: [3, 4]),
        RecordedQuirk(
            name: "a whole content is an array of thinking and text", isStream: false,
            type: "application/json",
            body: Array(
                whole.replacing(
                    #""content":"a""#,
                    with:
                        #""content":[{"type":"thinking","thinking":[{"type":"text","text":"t\n"}]},{"type":"text","text":"a"}]"#
                ).utf8),
            text: "a", reasoning: "t\n", finish: "stop", usage: [3, 4]),
        RecordedQuirk(
            name: "a streamed content is an array of thinking",
            body: openAI(
                a.replacing(
                    #""content":"a""#,
                    with:
                        #""content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]}]"#
                ), a, stop),
            text: "a", reasoning: "t", finish: "stop"),
        RecordedQuirk(
            name: "a finish reason is a number", dialect: .gemini, isStream: false,
            type: "application/json",
            body: Array(
                #"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":2}]}"#.utf8),
            text: "a", finish: "length", native: "MAX_TOKENS"),
        RecordedQuirk(
            name: "created is no whole number", isStream: false, type: "application/json",
            body: Array((#"{"created":1715361795.25,"# + whole.dropFirst()).utf8), text: "a",
            finish: "stop", usage: [3, 4]),
        RecordedQuirk(
            name: "a reason that is not known is no normal stop at Anthropic", dialect: .anthropic,
            isStream: false, type: "application/json",
            body: Array(#"{"content":[{"type":"text","text":"a"}],"stop_reason":"new"}"#.utf8),
            text: "a", finish: "length", native: "new"),
        RecordedQuirk(
            name: "a reason that is not known is no normal stop at Cohere", dialect: .cohere,
            body: Array(
                (#"data: {"type":"content-delta","delta":{"message":{"content":{"text":"a"}}}}"#
                    + "\n\n" + #"data: {"type":"message-end","delta":{"finish_reason":"NEW"}}"#
                    + "\n\n").utf8),
            text: "a", finish: "length", native: "NEW"),
        RecordedQuirk(
            name: "a reason that is not known is no normal stop at Ollama", dialect: .ollama,
            isStream: false, type: "application/json",
            body: Array(#"{"message":{"content":"a"},"done":true,"done_reason":"new"}"#.utf8),
            text: "a", finish: "length", native: "new"),
    ]

    @Test(arguments: framing + usages + errors + values)
    func `a client understands`(quirk: RecordedQuirk) throws {
        let call = quirk.call()
        let reading = call.reading
        let entry = try #require(call.entries.first)
        #expect(reading.text == quirk.text && reading.reasoning == quirk.reasoning)
        #expect(reading.finishReason == quirk.finish)
        #expect(reading.nativeFinishReason == quirk.native)
        #expect(reading.error?["code"] as? String == quirk.error)
        #expect((entry.state == .complete) == (quirk.error == nil))
        #expect(call.sawDone == (quirk.isStream && quirk.error == nil))
        #expect(reading.calls.map(\.name) == quirk.calls.map(\.name))
        #expect(reading.calls.map(\.arguments) == quirk.calls.map(\.arguments))
        #expect(reading.calls.allSatisfy { $0.id.hasPrefix("call_") })
        if quirk.usage.isEmpty {
            #expect(reading.usageCount == 0)
        } else {
            #expect([entry.usage.input, entry.usage.output] == quirk.usage)
            #expect(entry.usageSource == .upstream)
            guard quirk.error == nil else { return }
            #expect(reading.usage?["prompt_tokens"] as? Int == quirk.usage[0])
            #expect(reading.usage?["completion_tokens"] as? Int == quirk.usage[1])
        }
        let bytewise = quirk.call(pieces: quirk.body.map { [$0] })
        #expect(bytewise.reply.body == call.reply.body)
    }

    @Test func `streamed citations have their places in the whole text`() {
        let events = [
            #"{"type":"content-start","index":0,"delta":{"message":{"content":{"text":""}}}}"#,
            #"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"é😀"}}}}"#,
            #"{"type":"content-end","index":0}"#,
            #"{"type":"content-start","index":1,"delta":{"message":{"content":{"text":"a"}}}}"#,
            #"{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"bc"}}}}"#,
            #"{"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":1,"end":3,"#
                + #""text":"bc","content_index":1,"sources":[{"type":"tool","tool_output":"#
                + #"{"url":"https://x.invalid/","title":"T"}}]}}}}"#,
            #"{"type":"citation-start","index":1,"delta":{"message":{"citations":{"start":0,"end":1,"#
                + #""text":"é","content_index":0,"sources":[{"type":"document","id":"d"}]}}}}"#,
            #"{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}"#,
        ]
        let reading = CohereAnswerTests.streamed(events).reading
        #expect(reading.text == "é😀abc")
        let annotation = reading.annotations.first?["url_citation"] as? NSDictionary
        #expect(
            annotation
                == ["start_index": 3, "end_index": 5, "url": "https://x.invalid/", "title": "T"])
        let citation = reading.citations.first?["citation"] as? NSDictionary
        #expect(citation?["start_index"] as? Int == 0 && citation?["end_index"] as? Int == 1)
        #expect(reading.annotations.count == 1 && reading.citations.count == 1)
    }

    @Test(arguments: [
        ("standard", #""service_tier":"default""#), ("priority", #""service_tier":"priority""#),
        ("batch", nil),
    ])
    func `a tier is told by OpenAI's name or not at all`(own: String, told: String?) {
        let body =
            #"{"content":[],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1,"#
            + #""service_tier":"\#(own)"}}"#
        let quirk = RecordedQuirk(
            name: own, dialect: .anthropic, isStream: false, type: "application/json",
            body: Array(body.utf8))
        let text = quirk.call().reply.text
        #expect(told.map { text.contains($0) } ?? !text.contains("service_tier"))
    }
}
