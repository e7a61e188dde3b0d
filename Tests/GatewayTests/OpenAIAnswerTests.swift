// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Gateway
import Providers
import Simulator
import Testing
import Wire

/// What becomes of answers in OpenAI's format that are not as OpenAI writes them, in bytes of our
/// own.
@Suite struct OpenAIAnswerTests {
    private static let counts = #""usage":{"prompt_tokens":3,"completion_tokens":4}"#

    private static func call(
        _ answer: [String], isStream: Bool, quirks: Quirks = Quirks(),
        operation: CallOperation = .chat,
        configure: (inout GatewayConfiguration) -> Void = { _ in }
    ) -> OneCall {
        let type = isStream ? "text/event-stream" : "application/json"
        let stream = isStream ? #","stream":true,"stream_options":{"include_usage":true}"# : ""
        let input = operation == .chat ? #""messages":[]"# : #""prompt":"hi""#
        let body = isStream ? answer.map { "data: \($0)\n\n" }.joined() : answer.joined()
        return OneCall(
            body: Array(#"{"model":"v/m",\#(input)\#(stream)}"#.utf8),
            vendor: Vendor(id: "v", name: "V", baseURL: "http://x.invalid/v1", quirks: quirks),
            steps: [
                .head(HTTPReplyHead(status: 200, fields: HTTPFields(["content-type": type]))),
                .bytes(Array(body.utf8)), .end(.complete),
            ], operation: operation, configure: configure)
    }

    private static func chunk(_ index: Int, _ delta: String, finish: String = "null") -> String {
        #"{"choices":[{"index":\#(index),"delta":\#(delta),"finish_reason":\#(finish)}]}"#
    }

    // MARK: Choices

    @Test(arguments: [0, 1, 126, 127])
    func `each of 128 choices ends by itself`(index: Int) {
        let text = #"{"content":"a"}"#
        for other in [0, 1, 126, 127] where other != index {
            let half = [Self.chunk(index, text), Self.chunk(other, text, finish: #""stop""#)]
            #expect(Self.call(half, isStream: true).entries.first?.state == .upstreamCut)
            let whole = half + [Self.chunk(index, "{}", finish: #""stop""#)]
            #expect(Self.call(whole, isStream: true).sawDone)
        }
    }

    @Test(arguments: [-1, 128, 1_000_000])
    func `a choice beyond those is nonsense`(index: Int) {
        let chunks = [
            Self.chunk(127, "{}", finish: #""stop""#),
            Self.chunk(index, #"{"content":"a"}"#, finish: #""stop""#),
        ]
        let call = Self.call(chunks, isStream: true)
        #expect(!call.sawDone && call.entries.first?.state == .malformed)
    }

    @Test func `a choice is an object`() {
        let call = Self.call([#"{"choices":[7],\#(Self.counts)}"#], isStream: false)
        #expect(call.reply.head?.status == 502 && call.entries.first?.state == .malformed)
        #expect(call.entries.first?.usage.output == 4)
    }

    /// Units: bytes with their quotes, four of which are a token.
    @Test(
        arguments: [
            (#""text":"12345""#, #""text":"67890","finish_reason":"length""#, 14),
            (#""text":"12345""#, #""text":"","finish_reason":"length""#, 7),
            (#""text":"12345","delta":{"content":"12345"}"#, #""finish_reason":"stop""#, 7),
            (
                #""delta":{"content":"12345"}"#,
                #""delta":{"content":"67890"},"finish_reason":"stop""#, 14
            ),
        ])
    func `text beside a finish reason counts`(first: String, last: String, bytes: Int) throws {
        let chunks = [first, last].map { #"{"choices":[{"index":0,\#($0)}]}"# }
        let call = Self.call(chunks, isStream: true, operation: .completions)
        let entry = try #require(call.entries.first)
        #expect(entry.state == .complete && entry.usageSource == .estimated)
        #expect(entry.usage.output == (bytes + 3) / 4)
    }

    // MARK: Finish reasons

    @Test(
        arguments: [
            ("", "upstream_error", 502),
            (#","error":{"message":"slow down","code":429}"#, "rate_limit_exceeded", 429),
            (#","error":{"message":"gone","code":502}"#, "upstream_error", 502),
            (#","error":null"#, "upstream_error", 502),
        ])
    func `an answer that ended with an error is none`(
        error: String, code: String, status: Int
    ) throws {
        let whole = Self.call(
            [
                #"{"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"error"\#(error)"#
                    + #"}],\#(Self.counts)}"#
            ], isStream: false)
        #expect(
            whole.reply.head?.status == status && whole.reading.error?["code"] as? String == code)
        let streamed = Self.call(
            [
                Self.chunk(0, #"{"content":"a"}"#),
                #"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"\#(error)}],"#
                    + "\(Self.counts)}",
            ], isStream: true)
        #expect(!streamed.sawDone && streamed.reading.error?["code"] as? String == code)
        for call in [whole, streamed] {
            let entry = try #require(call.entries.first)
            #expect(entry.state == .upstreamError)
            #expect(entry.usage.input == 3 && entry.usage.output == 4)
            #expect(entry.usageSource == .upstream)
        }
    }

    /// OpenAI's word for an answer that is not over is null. Writer and OpenRouter have left the
    /// member out, and Snowflake writes an empty word, as recorded.
    @Test(
        arguments: [
            (#","finish_reason":null"#, false, false), (#","finish_reason":"""#, false, false),
            (#","finish_reason":null"#, true, true), (#","finish_reason":"""#, true, true),
            ("", false, true), (#","finish_reason":"new""#, false, true),
        ])
    func `a whole answer that has a finish reason has one that says something`(
        finish: String, mayOmit: Bool, isAnswer: Bool
    ) throws {
        var quirks = Quirks()
        quirks.mayOmitFinishReason = mayOmit
        let choice = #"{"index":0,"message":{"content":"a"}\#(finish)}"#
        let end = #"{"index":1,"message":{"content":"a"},"finish_reason":"stop"}"#
        for choices in [choice, "\(end),\(choice)"] {
            let call = Self.call(
                [#"{"choices":[\#(choices)],\#(Self.counts)}"#], isStream: false, quirks: quirks)
            let entry = try #require(call.entries.first)
            #expect(call.reply.head?.status == (isAnswer ? 200 : 502))
            #expect(entry.state == (isAnswer ? .complete : .malformed))
            #expect(entry.usage.output == 4 && entry.usageSource == .upstream)
        }
    }

    @Test(.enabled(if: EmbeddingsTests.rows != nil))
    func `Mistral's word for a model that has no more room is length`() throws {
        let quirks = try #require(EmbeddingsTests.rows?["mistral"]).quirks
        let whole =
            #"{"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"model_length"}]}"#
        let chunk = Self.chunk(0, #"{"content":"a"}"#, finish: #""model_length""#)
        for (body, isStream) in [(whole, false), (chunk, true)] {
            let call = Self.call([body], isStream: isStream, quirks: quirks)
            #expect(call.reading.finishReason == "length")
            #expect(call.reading.nativeFinishReason == "model_length")
        }
    }

    // MARK: Usage

    /// `total_tokens` says what only one of the two counts leaves out.
    @Test(
        arguments: [
            (#""prompt_tokens":3,"completion_tokens":4"#, 3),
            (#""completion_tokens":4,"total_tokens":7"#, 3),
            (#""prompt_tokens":3,"total_tokens":7"#, 3),
            (#""prompt_tokens":null,"completion_tokens":4,"total_tokens":7"#, 3),
            (
                #""completion_tokens":4,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":2}"#,
                3
            ),
            (#""completion_tokens":4"#, nil), (#""completion_tokens":4,"total_tokens":3"#, nil),
            (#""completion_tokens":4,"prompt_tokens_details":{"cached_tokens":2}"#, nil),
        ] as [(String, Int?)])
    func `input that is not told by its name is not free`(usage: String, input: Int?) throws {
        let row =
            #"{"catalogue":"models","version":"2026-01-01-x","rows":1}"# + "\n"
            + #"{"provider":"v","model":"m","prices":{"input":"0.000001","output":"0.00001"}}"#
            + "\n"
        let book = try PriceBook(Array(row.utf8))
        let whole =
            #"{"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}],"#
            + #""usage":{\#(usage)}}"#
        let chunks = [
            Self.chunk(0, #"{"content":"a"}"#, finish: #""stop""#),
            #"{"choices":[],"usage":{\#(usage)}}"#,
        ]
        for (answer, isStream) in [([whole], false), (chunks, true)] {
            let call = Self.call(answer, isStream: isStream) { $0.prices = book }
            let entry = try #require(call.entries.first)
            #expect(entry.state == .complete && entry.usageSource == .upstream)
            #expect(entry.usage.input == input && entry.usage.output == 4)
            let sum = input.map { Cost.computed(Picodollars(rawValue: Int128($0 + 40))) }
            #expect(entry.cost == sum ?? .unknown)
            let cost = call.reading.usage?["cost"]
            #expect(input == nil ? cost is NSNull : cost is NSNumber)
        }
    }

    // MARK: Contents as parts

    private static let text = #"{"type":"text","text":"a"}"#
    private static let thinking =
        #"{"type":"thinking","thinking":[{"type":"text","text":"t"}],"closed":true}"#
    private static let reference = #"{"type":"reference","reference_ids":[1]}"#

    /// The parts, what stands behind them in the message, and what all of it becomes.
    @Test(
        arguments: [
            ("[\(text),\(text)]", "", #""content":"aa""#),
            ("[\(thinking),\(thinking),\(text)]", "", #""content":"a","reasoning_content":"tt""#),
            ("[\(thinking)]", "", #""content":null,"reasoning_content":"t""#),
            (
                "[\(thinking),\(text)]", #","reasoning_content":null"#,
                #""content":"a","reasoning_content":"t""#
            ),
            (
                "[\(thinking),\(text)]", #","reasoning_content":"""#,
                #""content":"a","reasoning_content":"t""#
            ),
            (
                "[\(thinking),\(text)]", #","reasoning_content":"t""#,
                #""content":"a","reasoning_content":"t""#
            ),
            (
                "[\(thinking)]", #","reasoning_content":"u""#,
                #""content":null,"content_parts":[\#(thinking)],"reasoning_content":"u""#
            ),
            (
                "[\(text)]", #","reasoning_content":null"#,
                #""content":"a","reasoning_content":null"#
            ),
            (
                "[\(text),\(reference)]", "",
                #""content":"a","content_parts":[\#(text),\#(reference)]"#
            ),
            (
                #"[{"type":"thinking","thinking":[\#(text),\#(reference)]}]"#, "",
                #""content":null,"reasoning_content":"a","content_parts":"#
                    + #"[{"type":"thinking","thinking":[\#(text),\#(reference)]}]"#
            ),
            (
                #"[{"type":"thinking","thinking":"t"}]"#, "",
                #""content":null,"reasoning_content":"t""#
            ),
            (
                #"[{"type":"text","text":"a\n","annotations":[1]}]"#, "",
                #""content":"a\n","content_parts":[{"type":"text","text":"a\n","annotations":[1]}]"#
            ),
            (
                #"["a",{"type":"text","text":7}]"#, "",
                #""content":null,"content_parts":["a",{"type":"text","text":7}]"#
            ),
        ] as [(String, String, String)])
    func `nothing of a content that came as parts is lost`(
        parts: String, rest: String, arrives: String
    ) {
        let finish = #","finish_reason":"stop"}]}"#
        let whole = #"{"choices":[{"index":0,"message":{"#
        let chunk = #"{"choices":[{"index":0,"delta":{"#
        let content = #""content":\#(parts)\#(rest)}"#
        let answer = Self.call([whole + content + finish], isStream: false)
        #expect(answer.reply.text == whole + arrives + "}" + finish)
        let streamed = Self.call([chunk + content + finish], isStream: true)
        #expect(streamed.events == [chunk + arrives + "}" + finish, "[DONE]"])
    }

    /// What came with an answer does not stop the next call.
    @Test(arguments: [RequestForm.openAI, .mistral])
    func `parts that are told beside a content may come back`(form: RequestForm) {
        var quirks = Quirks()
        quirks.requestForm = form
        let vendor = Vendor(id: "v", name: "V", baseURL: "http://x.invalid", quirks: quirks)
        let call = OneCall(
            body: Array(
                (#"{"model":"v/m","messages":[{"role":"assistant","content":"a","content_parts":"#
                    + #"[\#(Self.text)]},{"role":"user","content":"b"}]}"#).utf8),
            vendor: vendor, steps: [.end(.failed(TransferFailure(.cut, detail: "")))],
            configure: { $0.isStrict = true })
        #expect(call.sent.count == 1)
    }
}
