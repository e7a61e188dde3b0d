// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// Every recorded Converse exchange, replayed as the provider.
@Suite(.enabled(if: PublicRecording.folder != nil, "../shared/recordings is not here"))
struct BedrockRecordingsTests {
    static let all = PublicRecording.all(of: ["bedrock-converse"])
    static let streams = all.filter { $0.isStream && $0.isSuccess }
    static let answers = all.filter { !$0.isStream && $0.isSuccess }
    static let errors = all.filter { !$0.isSuccess }
    static let vendor = Vendor(
        id: "bedrock", name: "Amazon Bedrock", baseURL: "https://x.invalid",
        dialect: .bedrockConverse)

    @Test func `there are as many recordings as the folder promises`() {
        #expect(Self.streams.count == 39 && Self.answers.count == 39 && Self.errors.count == 11)
    }

    @Test(arguments: answers)
    func `a whole answer says what the provider said`(recording: PublicRecording) throws {
        let expected = try #require(BedrockReading(answer: recording.body))
        let call = OneCall(replaying: recording, as: Self.vendor)
        #expect(call.reply.head?.status == 200)
        try check(call, against: expected)
    }

    @Test(arguments: streams)
    func `a stream says what the provider said`(recording: PublicRecording) throws {
        let call = OneCall(replaying: recording, as: Self.vendor)
        #expect(call.sawDone && call.reply.ending == .finished)
        try check(call, against: BedrockReading(stream: recording.body))
        #expect(call.reading.usageCount == 1)
    }

    private func check(_ call: OneCall, against expected: BedrockReading) throws {
        let reading = call.reading
        let entry = try #require(call.entries.first)
        #expect(entry.state == .complete)
        #expect(reading.text == expected.text)
        #expect(reading.reasoning == expected.reasoning)
        #expect(reading.calls.map(\.id) == expected.calls.map(\.id))
        #expect(reading.calls.map(\.name) == expected.calls.map(\.name))
        for (call, wanted) in zip(reading.calls, expected.calls) {
            let arguments = PublicRecording.json(Data(call.arguments.utf8)) as NSDictionary?
            #expect(arguments == wanted.input)
        }
        #expect(
            reading.reasoningDetails.map { $0["signature"] as? String ?? "" }
                == expected.signatures)
        #expect(reading.annotations.count + reading.citations.count == expected.citations)
        #expect(reading.finishReason == expected.finishReason)
        #expect(reading.nativeFinishReason == expected.stopReason)
        #expect(reading.usage?["prompt_tokens"] as? Int == expected.promptTokens)
        #expect(
            reading.usage?["completion_tokens"] as? Int == expected.usage?["outputTokens"] as? Int)
        #expect(reading.usage?["total_tokens"] as? Int == expected.usage?["totalTokens"] as? Int)
        #expect(entry.usage.uncachedInput == expected.usage?["inputTokens"] as? Int)
        #expect(entry.usage.cacheWrite5m == expected.usage?["cacheWriteInputTokens"] as? Int)
        #expect(entry.usageSource == .upstream)
    }

    @Test(arguments: streams)
    func `a stream cut anywhere gives the same bytes`(recording: PublicRecording) {
        RecordedStreamWalk.expectTheSame(
            recording, as: Self.vendor, cutAt: Self.positions(in: recording.body))
    }

    @Test(arguments: streams)
    func `a stream that breaks off never ends in DONE`(recording: PublicRecording) throws {
        let reading = BedrockReading(stream: recording.body)
        let stop = try #require(reading.events.firstIndex(of: "messageStop"))
        RecordedStreamWalk.expectNoDone(
            recording, as: Self.vendor, cutAt: Self.positions(in: recording.body), isExact: true
        ) { position, endedWell in
            // Behind `messageStop` nothing but the usage is missing, if a message is not cut.
            endedWell && reading.ends[stop...].contains(position)
        }
    }

    @Test(arguments: errors)
    func `an error arrives with its status and an envelope`(recording: PublicRecording) throws {
        let call = OneCall(replaying: recording, as: Self.vendor)
        #expect(call.reply.head?.status == (recording.status == 403 ? 502 : recording.status))
        let error = try #require(call.reading.error)
        #expect((error["message"] as? String)?.isEmpty == false)
        let text = String(decoding: recording.body, as: UTF8.self)
        if text.contains("Input Tokens Exceeded") {
            #expect(error["code"] as? String == "context_length_exceeded")
        }
        #expect(call.entries.first?.attempts.first?.status == recording.status)
    }

    /// Chance positions, and the ends of messages.
    private static func positions(in body: [UInt8]) -> [Int] {
        let random = SeededRandom(seed: UInt64(body.count))
        let ends = BedrockReading(stream: body).ends.suffix(4).filter { $0 < body.count }
        return (0..<12).map { _ in random.pick(0...body.count - 1) } + ends
    }
}
