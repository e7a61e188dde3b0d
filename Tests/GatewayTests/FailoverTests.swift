// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Gateway
import Providers
import Routing
import Simulator
import Testing
import Wire

/// What a call that went from one target to another cost, and what it is told.
@Suite struct FailoverTests {
    private static let blocked =
        #"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}],"usageMetadata":"#
        + #"{"promptTokenCount":50,"candidatesTokenCount":8,"totalTokenCount":58}}"#
    private static let answer =
        #"{"choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}],"usage":"#
        + #"{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19}}"#

    private static func answered(_ body: String, status: Int = 200) -> [UpstreamScript.Step] {
        let fields = HTTPFields(["content-type": "application/json"])
        return [
            .head(HTTPReplyHead(status: status, fields: fields)), .bytes(Array(body.utf8)),
            .end(.complete),
        ]
    }

    /// A route from Gemini to a vendor of OpenAI's format.
    private func call(
        _ body: String, first: [UpstreamScript.Step], second: [UpstreamScript.Step]
    ) -> OneCall {
        var gemini = Vendor(id: "gemini", name: "Gemini", baseURL: "http://g.invalid")
        gemini.dialect = .gemini
        let other = Vendor(id: "other", name: "Other", baseURL: "http://o.invalid/v1")
        return OneCall(
            body: Array(body.utf8), vendor: gemini, steps: first,
            stepsElsewhere: second
        ) { configuration in
            configuration.providers["other"] = Provider(
                id: "other", vendor: other, endpoint: Endpoint(baseURL: other.baseURL))
            let targets = ["gemini", "other"].map { Target(provider: $0, model: "m") }
            configuration.routes["both"] = Route(name: "both", targets: targets)
        }
    }

    @Test func `what a failed attempt consumed is a part of the call`() throws {
        let call = call(
            #"{"model":"both","messages":[{"role":"user","content":"hi"}]}"#,
            first: Self.answered(Self.blocked), second: Self.answered(Self.answer))
        #expect(call.reply.head?.status == 200)
        let entry = try #require(call.entries.first)
        #expect(entry.attempts.map(\.state) == [.upstreamError, .complete])
        #expect(entry.usage.input == 62)
        #expect(entry.usage.output == 15)
        #expect(entry.cost == .unknown)
    }

    @Test func `an attempt that was refused for free adds nothing`() throws {
        let call = call(
            #"{"model":"both","messages":[{"role":"user","content":"hi"}]}"#,
            first: Self.answered("{}", status: 503), second: Self.answered(Self.answer))
        let entry = try #require(call.entries.first)
        #expect(entry.usage.input == 12)
        #expect(entry.usage.output == 7)
    }

    /// Gemini speaks in PCM only.
    @Test func `a target that cannot be asked is passed over for one that can`() throws {
        let call = call(
            #"{"model":"both","audio":{"voice":"x","format":"mp3"},"#
                + #""modalities":["audio"],"messages":[{"role":"user","content":"hi"}]}"#,
            first: [], second: Self.answered("{}", status: 401))
        #expect(call.sent.map(\.endpoint.baseURL) == ["http://o.invalid/v1"])
        let entry = try #require(call.entries.first)
        #expect(entry.attempts.map(\.provider) == ["other"])
    }
}
