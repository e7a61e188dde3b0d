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
        RecordedStreamWalk.expectTheSame(recording, as: Self.vendor(recording))
    }

    @Test(arguments: streams)
    func `a stream that breaks off never ends in DONE`(recording: PublicRecording) {
        RecordedStreamWalk.expectNoDone(
            recording, as: Self.vendor(recording)
        ) { position, endedWell in
            let reading = GeminiReading(Array(recording.body[..<position]))
            return endedWell && reading.isWhole && reading.isFinished
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
}
