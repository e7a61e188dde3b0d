// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// What Cohere's schema promises and the recordings do not show.
@Suite struct CohereAnswerTests {
    static func answered(_ body: String, stream: Bool = false) -> OneCall {
        let option = stream ? #","stream":true"# : ""
        return OneCall(
            body: Array("{\"model\":\"cohere/m\",\(RequestRow.hi)\(option)}".utf8),
            vendor: CohereTests.vendor(),
            steps: [
                .head(HTTPReplyHead(status: 200, fields: HTTPFields())),
                .bytes(Array(body.utf8)), .end(.complete),
            ])
    }

    static func streamed(_ events: [String]) -> OneCall {
        answered(events.map { "data: \($0)\n\n" }.joined(), stream: true)
    }

    static let end =
        #"{"type":"message-end","delta":{"finish_reason":"COMPLETE","#
        + #""usage":{"tokens":{"input_tokens":9.0,"output_tokens":2},"cached_tokens":4}}}"#

    @Test func `a source with an address is a url_citation at its place in the whole text`() {
        let call = Self.answered(
            #"{"id":"i","finish_reason":"COMPLETE","message":{"role":"assistant","content":["#
                + #"{"type":"text","text":"é😀"},{"type":"text","text":"abc"}],"citations":["#
                + #"{"start":1,"end":3,"text":"bc","content_index":1,"type":"TEXT_CONTENT","#
                + #""sources":[{"type":"tool","id":"t","tool_output":{"url":"https://x.invalid/"}},"#
                + #"{"type":"document","id":"d","document":{"text":"x"}}]},"#
                + #"{"start":0,"end":1,"text":"p","type":"PLAN","sources":[]}]}}"#)
        let wanted = [
            #"{"type":"url_citation","url_citation":{"start_index":3,"end_index":5,"#
                + #""url":"https://x.invalid/","title":""}}"#,
            #"{"type":"citation","citation":{"start_index":3,"end_index":5,"text":"bc","#
                + #""kind":"TEXT_CONTENT","sources":[{"type":"document","id":"d","#
                + #""document":{"text":"x"}}]}}"#,
            #"{"type":"citation","citation":{"start_index":0,"end_index":1,"text":"p","#
                + #""kind":"PLAN","sources":[]}}"#,
        ]
        #expect(
            call.reading.annotations + call.reading.citations
                == wanted.map { PublicRecording.json(Data($0.utf8)) as NSDictionary? ?? [:] })
        #expect(call.reading.usageCount == 0)
    }

    @Test(arguments: [
        ([], "{}"), ([#"null"#], "{}"), (["nu", "ll"], "{}"), (["  ", "{}"], "  {}"),
        (["{\"a", "\":1}"], "{\"a\":1}"),
    ])
    func `a call without arguments has an empty object`(pieces: [String], arguments: String) throws
    {
        let deltas = try pieces.map { piece in
            let text = try JSONSerialization.data(withJSONObject: [piece])
            let quoted = String(decoding: text.dropFirst().dropLast(), as: UTF8.self)
            return #"{"type":"tool-call-delta","index":4,"delta":{"message":{"tool_calls":"#
                + #"{"function":{"arguments":\#(quoted)}}}}}"#
        }
        let start =
            #"{"type":"tool-call-start","index":4,"delta":{"message":{"tool_calls":"#
            + #"{"type":"function","function":{"name":"f","arguments":""}}}}}"#
        let call = Self.streamed(
            [start] + deltas + [#"{"type":"tool-call-end","index":4}"#, Self.end])
        #expect(call.reading.calls.map(\.arguments) == [arguments])
        #expect(call.reading.calls.first?.id.hasPrefix("call_") == true)
        #expect(call.reading.finishReason == "tool_calls" && call.sawDone)
    }

    @Test func `tokens are the usage where nothing is billed, and cached ones are a part`() {
        let call = Self.streamed([Self.end])
        #expect(call.entries.first?.usage.uncachedInput == 5)
        #expect(call.entries.first?.usage.cacheRead == 4)
        #expect(call.entries.first?.usage.output == 2)
    }

    @Test func `log probabilities come with their text`() {
        let call = Self.answered(
            #"{"finish_reason":"COMPLETE","message":{"role":"assistant","content":["#
                + #"{"type":"text","text":"ab"}]},"logprobs":[{"text":"a","token_ids":[1],"#
                + #""logprobs":[-0.10]},{"text":"b","token_ids":[2,3],"logprobs":[-0.5,-0.25]}]}"#)
        #expect(
            call.reply.text.contains(
                #"{"token":"a","logprob":-0.10,"bytes":null,"top_logprobs":[]},"#
                    + #"{"token":"b","logprob":-0.75,"bytes":null,"top_logprobs":[]}"#))
    }

    @Test(arguments: [
        (#""finish_reason":"TIMEOUT""#, "upstream_timeout"),
        (#""finish_reason":"ERROR","error":"x""#, "upstream_error"),
        (#""finish_reason":"ERROR_TOXIC""#, "content_filter"),
        (#""usage":{}"#, "upstream_malformed"),
    ])
    func `a failure at the end of a stream is no success`(member: String, code: String) {
        let text =
            #"{"type":"content-delta","index":0,"delta":{"message":{"content":"#
            + #"{"text":"a"}}}}"#
        let call = Self.streamed([text, #"{"type":"message-end","delta":{\#(member)}}"#])
        #expect(call.reading.text == "a" && !call.sawDone)
        #expect(call.reading.error?["code"] as? String == code)
        #expect(call.entries.first?.state != .complete)
    }

    @Test func `reasoning longer than a piece returns whole`() {
        let long = String(repeating: "x", count: 100_000)
        let events = [long, "y"].map {
            #"{"type":"content-delta","index":0,"delta":{"message":{"content":"#
                + #"{"thinking":"\#($0)"}}}}"#
        }
        let reading = Self.streamed(events + [Self.end]).reading
        #expect(reading.reasoning == long + "y")
        #expect(reading.reasoningDetails.compactMap { $0["text"] as? String } == [long, "y"])
    }

    @Test func `what a model said returns to it as it was`() throws {
        let said =
            #"{"role":"assistant","tool_plan":"p","content":[{"type":"thinking","#
            + #""thinking":"q"},{"type":"text","text":"t"}],"tool_calls":[{"id":"c","#
            + #""type":"function","function":{"name":"f","arguments":"{\"a\":1.0}"}}]}"#
        let call = Self.answered(#"{"finish_reason":"TOOL_CALL","message":\#(said)}"#)
        let answer = try #require(PublicRecording.json(Data(call.reply.body)))
        let choice = try #require((answer["choices"] as? [[String: Any]])?.first)
        let message = try JSONSerialization.data(withJSONObject: choice["message"] ?? [:])
        let back = RequestRow.call(
            #""messages":[\#(String(decoding: message, as: UTF8.self))]"#,
            as: CohereTests.vendor())
        let sent = PublicRecording.json(Data(try #require(back.sent.first).message.body))
        let messages = try #require(sent?["messages"] as? [NSDictionary])
        #expect(messages == [PublicRecording.json(Data(said.utf8)) as NSDictionary? ?? [:]])
        #expect(back.entries.first?.dropped == [])
    }
}
