// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// Every recorded chat exchange in OpenAI's dialect, replayed as the provider.
@Suite(.enabled(if: PublicRecording.folder != nil, "../shared/recordings is not here"))
struct RecordingsTests {
    static let streams = PublicRecording.openAIChat.filter { $0.isStream && $0.isSuccess }
    static let answers = PublicRecording.openAIChat.filter { !$0.isStream && $0.isSuccess }
    static let errors = PublicRecording.openAIChat.filter { !$0.isSuccess }

    static func vendor(_ id: String) -> Vendor {
        var vendor = Vendor(id: id, name: id, baseURL: "http://x.invalid/v1")
        switch id {
        case "snowflake": vendor.quirks.mayOmitFinishReason = true
        case "azure": vendor.dialect = .azureOpenAI
        case "watsonx": vendor.dialect = .watsonx
        default: break
        }
        return vendor
    }

    static func head(_ recording: PublicRecording) -> UpstreamScript.Step {
        var fields = HTTPFields()
        for (name, value) in recording.fields { fields.append(name, value) }
        return .head(HTTPReplyHead(status: recording.status, fields: fields))
    }

    static func call(
        _ recording: PublicRecording, pieces: [[UInt8]], end: TransferEnd = .complete,
        wantsUsage: Bool = true
    ) -> OneCall {
        let usage = wantsUsage ? #","stream_options":{"include_usage":true}"# : ""
        let stream = recording.isStream ? #","stream":true\#(usage)"# : ""
        let body = #"{"model":"\#(recording.provider)/m","messages":[]\#(stream)}"#
        return OneCall(
            body: Array(body.utf8), vendor: vendor(recording.provider),
            steps: [head(recording)] + pieces.map { .bytes($0) } + [.end(end)])
    }

    @Test func `there are as many recordings as the folder promises`() {
        #expect(Self.streams.count + Self.answers.count + Self.errors.count == 1_138)
    }

    @Test(arguments: answers)
    func `a whole answer arrives byte for byte but for its cost`(recording: PublicRecording) throws
    {
        let call = Self.call(recording, pieces: [recording.body])
        let entry = try #require(call.entries.first)
        let object = PublicRecording.json(Data(recording.body))
        guard object?["choices"] is [Any] else {
            #expect(call.reply.head?.status ?? 0 >= 400)
            #expect(entry.state != .complete)
            return
        }
        #expect(call.reply.head?.status == 200)
        #expect(entry.state == .complete)
        #expect(PublicRecording.json(Data(call.reply.body)) != nil)
        let recorded = String(decoding: recording.body, as: UTF8.self)
        let hadCost = (object?["usage"] as? [String: Any])?["cost"] != nil
        let text = call.reply.text
        let arrived = hadCost ? text : IndependentReading.withoutAddedCost(text)
        #expect(IndependentReading.isFlattened(text, of: recorded) ?? (arrived == recorded))
        if let usage = object?["usage"] as? [String: Any],
            let prompt = usage["prompt_tokens"] as? Int
        {
            #expect(entry.usageSource == .upstream)
            #expect(entry.usage.input == prompt)
        }
    }

    @Test(arguments: streams, [true, false])
    func `a stream arrives event for event but for cost and unasked usage`(
        recording: PublicRecording, wantsUsage: Bool
    ) throws {
        let reading = IndependentReading(recording.body)
        let call = Self.call(recording, pieces: [recording.body], wantsUsage: wantsUsage)
        let entry = try #require(call.entries.first)
        guard !reading.hasError else {
            #expect(entry.state == .upstreamError && !call.sawDone)
            return
        }
        #expect(entry.state == .complete, "\(entry)")
        #expect(call.sawDone && call.reply.ending == .finished)
        let expected = reading.events.filter { wantsUsage || !IndependentReading.isUsageOnly($0) }
        let arrived = call.events.dropLast()
        #expect(arrived.count == expected.count)
        for (event, original) in zip(arrived, expected) where event != original {
            let isEqual = IndependentReading.withoutAddedCost(event) == original
            #expect(IndependentReading.isFlattened(event, of: original) ?? isEqual)
        }
    }

    @Test(arguments: streams)
    func `a stream cut at every byte gives the same events`(recording: PublicRecording) {
        RecordedStreamWalk.expectTheSame(
            recording, as: Self.vendor(recording.provider),
            cutAt: Self.positions(in: recording.body))
    }

    @Test(arguments: streams)
    func `a stream that breaks off never ends in DONE`(recording: PublicRecording) {
        RecordedStreamWalk.expectNoDone(
            recording, as: Self.vendor(recording.provider),
            cutAt: Self.positions(in: recording.body)
        ) { position, endedWell in
            let reading = IndependentReading(recording.body[..<position])
            return reading.sawDone || (endedWell && reading.isFinished)
        }
    }

    @Test(arguments: errors)
    func `an error arrives with its status and an envelope`(recording: PublicRecording) throws {
        let call = Self.call(recording, pieces: [recording.body])
        let expected =
            switch recording.status {
            case 401, 402, 403: 502
            case 529: 503
            case 503, 504: recording.status
            case 500...: 502
            default: recording.status
            }
        #expect(call.reply.head?.status == expected)
        let envelope = PublicRecording.json(Data(call.reply.body))?["error"] as? [String: Any]
        #expect((envelope?["message"] as? String)?.isEmpty == false)
        #expect(envelope?["type"] is String && envelope?["code"] is String)
        #expect(envelope?.keys.contains("param") == true)
        let entry = try #require(call.entries.first)
        #expect(entry.attempts.first?.status == recording.status)
    }

    /// Every byte of a short stream; of a long one, chance positions and the ends of its lines.
    private static func positions(in body: [UInt8]) -> [Int] {
        guard body.count > 1_000 else { return Array(0..<body.count) }
        let random = SeededRandom(seed: UInt64(body.count))
        let count = body.count > 20_000 ? 8 : 40
        let lineEnds = body.indices.filter { body[$0] == 10 }
        let ends = (0..<count).map { _ in
            lineEnds.isEmpty ? 0 : random.choice(lineEnds) + random.pick(0...1)
        }
        return (0..<count).map { _ in random.pick(0...body.count - 1) } + ends
    }
}
