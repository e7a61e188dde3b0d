// SPDX-License-Identifier: Apache-2.0
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// Finish reasons that are not in OpenAI's words: renamed, with the vendor's own word beside.
@Suite struct FinishReasonTests {
    private static let vendor: Vendor = {
        var vendor = Vendor(id: "v", name: "V", baseURL: "http://x.invalid/v1")
        vendor.quirks.finishReasonAliases = ["eos": "stop", "tool_call": "tool_calls"]
        return vendor
    }()

    private static func head(_ type: String) -> UpstreamScript.Step {
        .head(HTTPReplyHead(status: 200, fields: HTTPFields(["content-type": type])))
    }

    @Test(arguments: [
        (
            #"{"choices":[{"finish_reason":"eos","index":0}],"usage":{"prompt_tokens":1}}"#,
            #"{"choices":[{"finish_reason":"stop","native_finish_reason":"eos","index":0}],"#
                + #""usage":{"prompt_tokens":1,"cost":null}}"#
        ),
        (
            #"{"usage":{"prompt_tokens":1},"choices":[{"finish_reason" : "tool_call" }]}"#,
            #"{"usage":{"prompt_tokens":1,"cost":null},"choices":[{"finish_reason" : "#
                + #""tool_calls","native_finish_reason":"tool_call" }]}"#
        ),
        (
            #"{"choices":[{"finish_reason":"eos","native_finish_reason":"EOS"}]}"#,
            #"{"choices":[{"finish_reason":"stop","native_finish_reason":"EOS"}]}"#
        ),
        (
            #"{"choices":[{"finish_reason":"stop"},{"finish_reason":"length"}]}"#,
            #"{"choices":[{"finish_reason":"stop"},{"finish_reason":"length"}]}"#
        ),
        (
            #"{"choices":[{"finish_reason":"eos"},{"finish_reason":"tool_call"}]}"#,
            #"{"choices":[{"finish_reason":"stop","native_finish_reason":"eos"},"#
                + #"{"finish_reason":"tool_calls","native_finish_reason":"tool_call"}]}"#
        ),
    ])
    func `a whole answer and a chunk say OpenAI's word`(recorded: String, expected: String) {
        let whole = OneCall(
            body: Array(#"{"model":"v/m","messages":[]}"#.utf8), vendor: Self.vendor,
            steps: [Self.head("application/json"), .bytes(Array(recorded.utf8)), .end(.complete)])
        #expect(whole.reply.text == expected)

        let body =
            #"{"model":"v/m","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#
        let streamed = OneCall(
            body: Array(body.utf8), vendor: Self.vendor,
            steps: [
                Self.head("text/event-stream"), .bytes(Array("data: \(recorded)\n\n".utf8)),
                .end(.complete),
            ])
        #expect(streamed.events == [expected, "[DONE]"])
    }
}
