// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// Every recorded exchange of completions that go on from a prompt, replayed as the provider.
@Suite(.enabled(if: PublicRecording.folder != nil, "../shared/recordings is not here"))
struct CompletionsTests {
    static let all = PublicRecording.all(with: ["completions", "ollama_generate"])
    /// Writer's own shape: no event of its stream has choices.
    static let foreign = all.filter { $0.id == "writer-completions-stream-ddd34aa7" }
    static let known = all.filter { $0.id != "writer-completions-stream-ddd34aa7" }
    static let openAI = known.filter { $0.dialect == "openai-completions" }
    static let ollama = known.filter { $0.dialect == "ollama" }
    static let answers = openAI.filter { $0.isSuccess && !$0.isStream }
    static let streams = known.filter { $0.isSuccess && $0.isStream }
    static let errors = all.filter { !$0.isSuccess }

    static func vendor(_ recording: PublicRecording) -> Vendor {
        let dialect: DialectID =
            switch recording.dialect {
            case "ollama": .ollama
            case _ where recording.provider == "azure": .azureOpenAI
            default: .openai
            }
        var vendor = Vendor(
            id: recording.provider, name: recording.provider, baseURL: "http://x.invalid",
            dialect: dialect)
        if let row = EmbeddingsTests.rows?[recording.provider], dialect != .ollama {
            vendor.quirks = row.quirks
        }
        return vendor
    }

    static func call(
        _ recording: PublicRecording, pieces: [[UInt8]]? = nil, end: TransferEnd = .complete,
        wantsUsage: Bool = true
    ) -> OneCall {
        let usage = wantsUsage ? #","stream_options":{"include_usage":true}"# : ""
        let stream = recording.isStream ? #","stream":true\#(usage)"# : ""
        return OneCall(
            body: Array(#"{"model":"\#(recording.provider)/m","prompt":"hi"\#(stream)}"#.utf8),
            vendor: vendor(recording),
            steps: [RecordingsTests.head(recording)]
                + (pieces ?? [recording.body]).map { .bytes($0) } + [.end(end)],
            operation: .completions)
    }

    @Test func `there are as many recordings as the folder promises`() {
        #expect(Self.all.count == 60 && Self.ollama.count == 8)
        #expect(Self.ollama.count { !$0.isStream } == 5 && Self.foreign.count == 1)
        #expect(Self.answers.count + Self.streams.count + Self.errors.count == 54)
    }

    @Test(arguments: answers)
    func `a whole answer arrives byte for byte but for its cost`(
        recording: PublicRecording
    ) throws {
        let call = Self.call(recording)
        let entry = try #require(call.entries.first)
        #expect(call.reply.head?.status == 200 && entry.state == .complete)
        #expect(entry.operation == "completions" && !entry.isStream)
        let aliases = Self.vendor(recording).quirks.finishReasonAliases
        var recorded = String(decoding: recording.body, as: UTF8.self)
        for (own, name) in aliases {
            recorded = recorded.replacingOccurrences(
                of: #": "\#(own)""#, with: #": "\#(name)","native_finish_reason":"\#(own)""#)
        }
        #expect(IndependentReading.withoutAddedCost(call.reply.text) == recorded)
        let usage = PublicRecording.json(Data(recording.body))?["usage"] as? [String: Any]
        if let usage {
            #expect(entry.usage.input == usage["prompt_tokens"] as? Int)
            // One answer is empty, and has no count of it.
            #expect(entry.usage.output == usage["completion_tokens"] as? Int ?? 0)
        }
        #expect(entry.usageSource == (usage == nil ? .estimated : .upstream))
    }

    @Test(arguments: streams.filter { $0.dialect != "ollama" }, [true, false])
    func `a stream arrives event for event but for cost and unasked usage`(
        recording: PublicRecording, wantsUsage: Bool
    ) throws {
        let reading = IndependentReading(recording.body)
        let call = Self.call(recording, wantsUsage: wantsUsage)
        let entry = try #require(call.entries.first)
        #expect(entry.state == .complete && entry.isStream && call.sawDone)
        #expect(call.reply.ending == .finished)
        let expected = reading.events.filter { wantsUsage || !IndependentReading.isUsageOnly($0) }
        #expect(call.events.count - 1 == expected.count)
        for (event, original) in zip(call.events, expected) where event != original {
            let renamed = event.replacingOccurrences(
                of: #""finish_reason":"stop","native_finish_reason":"eos""#,
                with: #""finish_reason":"eos""#)
            #expect(IndependentReading.withoutAddedCost(renamed) == original)
        }
        // Asked for upstream whether or not the client wants it.
        #expect(
            String(decoding: call.sent[0].message.body, as: UTF8.self)
                .contains(#""include_usage":true"#))
        #expect(entry.usage.output ?? 0 > 0)
    }

    @Test(arguments: streams)
    func `a stream cut at every byte gives the same events`(recording: PublicRecording) {
        let whole = Self.call(recording)
        let bytewise = Self.call(recording, pieces: recording.body.map { [$0] })
        #expect(bytewise.reply.body == whole.reply.body)
        for position in StreamPositions.some(in: recording.body) {
            let halves = [Array(recording.body[..<position]), Array(recording.body[position...])]
            let call = Self.call(recording, pieces: halves)
            if call.reply.body != whole.reply.body { Issue.record("differs at \(position)") }
        }
    }

    @Test(arguments: streams + foreign)
    func `a stream that breaks off never ends in DONE`(recording: PublicRecording) {
        // Every byte of the end, where it is decided, and places by chance before it.
        let end = recording.body.count
        let positions = StreamPositions.some(in: recording.body) + (max(0, end - 100)..<end)
        for position in positions {
            let head = Array(recording.body[..<position])
            for end in [TransferEnd.failed(TransferFailure(.cut, detail: "")), .complete] {
                let call = Self.call(recording, pieces: [head], end: end)
                if call.sawDone && !Self.mayBeWhole(head, recording, end) {
                    Issue.record("[DONE] at \(position)")
                }
                if call.sawDone != (call.entries.first?.state == .complete) {
                    Issue.record("the ledger disagrees at \(position)")
                }
                guard !call.sawDone, call.reply.head?.status == 200 else { continue }
                #expect(call.reply.ending == .aborted)
                let last = PublicRecording.json(Data((call.events.last ?? "").utf8))
                #expect(last?["object"] as? String == "text_completion")
                #expect(last?["error"] is [String: Any])
                let choice = (last?["choices"] as? [[String: Any]])?.first
                #expect(choice?["text"] as? String == "")
                #expect(choice?["finish_reason"] as? String == "error")
            }
        }
    }

    private static func mayBeWhole(
        _ head: [UInt8], _ recording: PublicRecording, _ end: TransferEnd
    ) -> Bool {
        if recording.dialect == "ollama" { return OllamaTests.Reading(head).isDone }
        let reading = IndependentReading(head)
        return reading.sawDone || end == .complete && reading.isFinished
    }

    @Test(arguments: ollama)
    func `Ollama's answer arrives as it was said`(recording: PublicRecording) throws {
        let call = Self.call(recording)
        let entry = try #require(call.entries.first)
        let lines = String(decoding: recording.body, as: UTF8.self).split(separator: "\n")
        let objects =
            recording.isStream
            ? lines.compactMap { PublicRecording.json(Data($0.utf8)) }
            : [try #require(PublicRecording.json(Data(recording.body)))]
        let last = try #require(objects.last)
        #expect(call.sent[0].message.target == "/api/generate")
        #expect(call.reply.head?.status == 200 && entry.state == .complete)
        let answers =
            recording.isStream
            ? call.events.dropLast().compactMap { PublicRecording.json(Data($0.utf8)) }
            : [try #require(PublicRecording.json(Data(call.reply.body)))]
        #expect(call.sawDone == recording.isStream)
        #expect(answers.allSatisfy { $0["object"] as? String == "text_completion" })
        let choices = answers.compactMap { ($0["choices"] as? [[String: Any]])?.first }
        #expect(
            choices.compactMap { $0["text"] as? String }.joined()
                == objects.compactMap { $0["response"] as? String }.joined())
        #expect(choices.last?["finish_reason"] as? String == last["done_reason"] as? String)
        #expect(choices.dropLast().allSatisfy { $0["finish_reason"] is NSNull })
        #expect(answers.last?["model"] as? String == last["model"] as? String)
        let usage = answers.compactMap { $0["usage"] as? [String: Any] }
        #expect(usage.count == 1)
        #expect(usage.first?["prompt_tokens"] as? Int == last["prompt_eval_count"] as? Int)
        #expect(usage.first?["completion_tokens"] as? Int == last["eval_count"] as? Int)
        #expect(entry.usage.input == last["prompt_eval_count"] as? Int)
        #expect(entry.usage.output == last["eval_count"] as? Int)
    }

    @Test(arguments: errors)
    func `an error arrives with its status and an envelope`(recording: PublicRecording) throws {
        let call = Self.call(recording)
        let isCredential = recording.status == 401 || recording.status == 403
        #expect(call.reply.head?.status == (isCredential ? 502 : recording.status))
        let error = try #require(call.reading.error)
        #expect((error["message"] as? String)?.isEmpty == false)
        #expect(error["type"] is String && error["code"] is String)
        #expect(call.entries.first?.attempts.first?.status == recording.status)
    }
}
