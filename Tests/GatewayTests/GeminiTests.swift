// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// Every recorded `generateContent` exchange, replayed as the provider.
@Suite(.enabled(if: PublicRecording.folder != nil, "../shared/recordings is not here"))
struct GeminiTests {
    static let all = PublicRecording.all(of: ["gemini"]).filter {
        $0.endpoint == "generateContent" || $0.endpoint == "streamGenerateContent"
    }
    static let successes = all.filter(\.isSuccess)
    static let streams = successes.filter(\.isStream)
    static let errors = all.filter { !$0.isSuccess }
    static let vendor = Vendor(
        id: "gemini", name: "Google Gemini API", baseURL: "http://x.invalid",
        authentication: .header("x-goog-api-key"), dialect: .gemini)

    /// Whoever gave the recorded answer: Google's API, or its cloud.
    private static func vendor(_ recording: PublicRecording) -> Vendor {
        recording.provider == "vertex"
            ? Vendor(id: "vertex", name: "Vertex AI", baseURL: "http://x.invalid", dialect: .vertex)
            : vendor
    }

    @Test func `there are as many recordings as the folder promises`() {
        #expect(Self.successes.count == 154 && Self.errors.count == 44)
    }

    @Test(arguments: successes)
    func `an answer says in OpenAI's words what it says in Google's`(
        recording: PublicRecording
    ) throws {
        let wanted = GeminiReading(recording.body)
        let call = OneCall(replaying: recording, as: Self.vendor(recording))
        let entry = try #require(call.entries.first)
        let got = call.reading
        guard let reason = wanted.openAIReason else {
            #expect(got.error != nil && !got.sawDone && entry.state == .upstreamError)
            return
        }
        #expect(entry.state == .complete, "\(entry)")
        #expect(got.error == nil && call.reply.head?.status == 200)
        #expect(got.sawDone == recording.isStream)
        #expect(got.text == wanted.text)
        #expect(got.reasoning == wanted.reasoning)
        #expect(got.calls.map(\.name) == wanted.calls.map(\.name))
        for (call, original) in zip(got.calls, wanted.calls) {
            let arguments = PublicRecording.json(Data(call.arguments.utf8)) as NSDictionary?
            #expect(arguments == original.arguments)
            #expect(!call.id.isEmpty)
        }
        #expect(Set(got.calls.map(\.id)).count == got.calls.count)
        #expect(got.reasoningDetails.compactMap { $0["data"] as? String } == wanted.signatures)
        #expect(got.images.count == wanted.images)
        let cited = got.annotations.compactMap {
            ($0["url_citation"] as? NSDictionary)?["url"] as? String
        }
        #expect(wanted.urls.subtracting(cited).isEmpty)
        #expect(got.finishReason == reason)
        #expect(got.nativeFinishReason == wanted.finish ?? wanted.block)
        if wanted.finish == nil { #expect(!got.refusal.isEmpty && got.text.isEmpty) }
        if let id = wanted.responseID { #expect(got.id == id) }
        Self.expectUsage(got, wanted, entry)
    }

    private static func expectUsage(
        _ got: ClientReading, _ wanted: GeminiReading, _ entry: LedgerEntry
    ) {
        guard let input = wanted.input, let output = wanted.output else {
            #expect(got.usageCount == 0)
            return
        }
        #expect(got.usageCount == 1)
        #expect(got.usage?["prompt_tokens"] as? Int == input)
        #expect(got.usage?["completion_tokens"] as? Int == output)
        let inputDetails = got.usage?["prompt_tokens_details"] as? [String: Any]
        let outputDetails = got.usage?["completion_tokens_details"] as? [String: Any]
        #expect(
            inputDetails?["cached_tokens"] as? Int
                == wanted.usage["cachedContentTokenCount"] as? Int)
        #expect(
            outputDetails?["reasoning_tokens"] as? Int
                == wanted.usage["thoughtsTokenCount"] as? Int)
        #expect(entry.usageSource == .upstream && entry.usage.input == input)
    }

    @Test(arguments: streams)
    func `a stream in any pieces gives the same events`(recording: PublicRecording) {
        let whole = OneCall(replaying: recording, as: Self.vendor(recording))
        if recording.body.count < 40_000 {
            let bytewise = OneCall(
                replaying: recording, as: Self.vendor(recording),
                pieces: recording.body.map { [$0] })
            #expect(bytewise.reply.body == whole.reply.body)
        }
        for position in Self.positions(in: recording.body) {
            let halves = [
                Array(recording.body[..<position]), Array(recording.body[position...]),
            ]
            let call = OneCall(replaying: recording, as: Self.vendor(recording), pieces: halves)
            if call.reply.body != whole.reply.body {
                Issue.record("\(recording.id) differs when cut at \(position)")
            }
        }
    }

    @Test(arguments: streams)
    func `a stream that breaks off never ends in DONE`(recording: PublicRecording) {
        for position in Self.positions(in: recording.body) {
            let head = Array(recording.body[..<position])
            let reading = GeminiReading(head)
            for end in [TransferEnd.failed(TransferFailure(.cut, detail: "")), .complete] {
                let call = OneCall(
                    replaying: recording, as: Self.vendor(recording), pieces: [head], end: end)
                let mayBeWhole = end == .complete && reading.isWhole && reading.isFinished
                if call.sawDone && !mayBeWhole {
                    Issue.record("\(recording.id) broke off at \(position) and ended in [DONE]")
                }
                if call.sawDone != (call.entries.first?.state == .complete) {
                    Issue.record("\(recording.id) at \(position): the ledger disagrees")
                }
            }
        }
    }

    @Test(arguments: errors)
    func `an error arrives with its status and an envelope`(recording: PublicRecording) throws {
        let call = OneCall(replaying: recording, as: Self.vendor(recording))
        let text = String(decoding: recording.body, as: UTF8.self)
        let expected =
            switch recording.status {
            case 401, 403: 502
            case 400 where text.contains("API_KEY_INVALID"): 502
            default: recording.status
            }
        #expect(call.reply.head?.status == expected)
        let envelope = call.reading.error
        #expect((envelope?["message"] as? String)?.isEmpty == false)
        #expect(envelope?["type"] is String && envelope?["code"] is String)
        if expected == 502 { #expect(envelope?["code"] as? String == "upstream_authentication") }
        let entry = try #require(call.entries.first)
        #expect(entry.attempts.first?.status == recording.status)
    }

    /// Chance positions, and the ends of lines.
    private static func positions(in body: [UInt8]) -> [Int] {
        let random = SeededRandom(seed: UInt64(body.count))
        let count = body.count > 20_000 ? 4 : 12
        let lineEnds = body.indices.filter { body[$0] == 10 }
        let ends = (0..<count).map { _ in
            lineEnds.isEmpty ? 0 : random.choice(lineEnds) + random.pick(0...1)
        }
        return (0..<count).map { _ in random.pick(0...body.count - 1) } + ends
    }
}
