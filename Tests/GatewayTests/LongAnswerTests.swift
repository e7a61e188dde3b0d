// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Gateway
import Providers
import Routing
import Simulator
import Testing
import Wire

/// Answers longer than the gateway holds: final, for another target's would be as long, and paid
/// for as well. Errors that are too long mean what their status says.
@Suite struct LongAnswerTests {
    private static let answer =
        #"{"choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}],"#
        + #""data":[{"embedding":[1]}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#

    private static func steps(
        _ type: String, status: Int = 200, _ pieces: [[UInt8]]
    ) -> [UpstreamScript.Step] {
        [.head(HTTPReplyHead(status: status, fields: HTTPFields(["content-type": type])))]
            + pieces.map { .bytes($0) } + [.end(.complete)]
    }

    private static func bytes(mebibytes: Int) -> [[UInt8]] {
        Array(repeating: Array(repeating: UInt8(ascii: "x"), count: 1 << 20), count: mebibytes)
    }

    /// A route of two targets, the second of which answers.
    private func call(
        _ members: String, first: [UpstreamScript.Step], operation: CallOperation = .chat,
        dialect: DialectID = .openai
    ) -> OneCall {
        let vendor = Vendor(id: "v", name: "V", baseURL: "http://x.invalid", dialect: dialect)
        let other = Vendor(id: "other", name: "Other", baseURL: "http://o.invalid")
        return OneCall(
            body: Array(#"{"model":"both",\#(members)}"#.utf8), vendor: vendor, steps: first,
            stepsElsewhere: Self.steps("application/json", [Array(Self.answer.utf8)]),
            operation: operation
        ) { configuration in
            configuration.providers["other"] = Provider(
                id: "other", vendor: other, endpoint: Endpoint(baseURL: other.baseURL))
            let targets = ["v", "other"].map { Target(provider: $0, model: "m") }
            configuration.routes["both"] = Route(name: "both", targets: targets)
        }
    }

    private func expectFinal(_ call: OneCall) throws {
        let entry = try #require(call.entries.first)
        #expect(call.sent.count == 1 && call.runningTransfers == 0)
        #expect(call.reply.head?.status == 502 && entry.state == .malformed)
        #expect(entry.errorCode == "upstream_too_long" && entry.usageSource == .estimated)
        #expect(call.reading.error?["code"] as? String == "upstream_too_long")
    }

    @Test func `a whole answer that is too long is not asked for again`() throws {
        try expectFinal(
            call(
                #""messages":[]"#,
                first: Self.steps("application/json", Self.bytes(mebibytes: 65))))
    }

    /// 16 MiB are the most that an event, a line or a message may have.
    @Test(arguments: [
        (DialectID.openai, "text/event-stream"), (.anthropic, "text/event-stream"),
        (.ollama, "application/x-ndjson"),
    ])
    func `a stream with a piece that is too long is not asked for again`(
        dialect: DialectID, type: String
    ) throws {
        let pieces = [Array("data: ".utf8)] + Self.bytes(mebibytes: 17)
        try expectFinal(
            call(
                #""messages":[{"role":"user","content":"a"}],"stream":true"#,
                first: Self.steps(type, pieces), dialect: dialect))
    }

    /// What comes is no JSON and so is asked for again: it was not too long. 2,048 vectors of 3,072
    /// numbers of 27 bytes, as Azure writes them, have 162 MiB.
    @Test(arguments: [(1, 64), (2_048, 162)])
    func `vectors may take what a batch that is allowed takes`(inputs: Int, mebibytes: Int) throws {
        let input = Array(repeating: "1", count: inputs).joined(separator: "],[")
        let call = call(
            #""input":[[\#(input)]]"#,
            first: Self.steps("application/json", Self.bytes(mebibytes: mebibytes)),
            operation: .embeddings)
        #expect(call.sent.count == 2)
    }

    @Test func `vectors that take more are not asked for again`() throws {
        try expectFinal(
            call(
                #""input":"a""#,
                first: Self.steps("application/json", Self.bytes(mebibytes: 65)),
                operation: .embeddings))
    }

    @Test(arguments: [(400, 1, 400), (401, 2, 200), (429, 2, 200), (500, 2, 200)])
    func `an error that is too long is what its status says`(
        status: Int, attempts: Int, client: Int
    ) throws {
        let words = Array(#"{"error":{"message":"no "#.utf8)
        let call = call(
            #""messages":[]"#,
            first: Self.steps(
                "application/json", status: status, [words] + Self.bytes(mebibytes: 1)))
        #expect(call.sent.count == attempts && call.reply.head?.status == client)
        #expect(call.runningTransfers == 0)
        let entry = try #require(call.entries.first)
        #expect(entry.attempts[0].state == .upstreamError)
        #expect(entry.attempts[0].detail?.hasPrefix("status \(status): ") == true)
        if client == 400 { #expect(call.reply.text.contains("no xxx")) }
    }
}
