// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// Every recorded chat exchange with Ollama's own API, replayed as the provider.
@Suite(.enabled(if: PublicRecording.folder != nil, "../shared/recordings is not here"))
struct OllamaTests {
    /// What the same bytes say, read by Foundation alone.
    struct Reading {
        var text = ""
        var reasoning = ""
        var calls: [(id: String, name: String, arguments: NSDictionary)] = []
        var last: [String: Any] = [:]

        init(_ body: [UInt8]) {
            for line in body.split(separator: 10) {
                guard let object = PublicRecording.json(Data(line)) else { continue }
                last = object
                let message = object["message"] as? [String: Any] ?? [:]
                text += message["content"] as? String ?? ""
                reasoning += message["thinking"] as? String ?? ""
                for call in message["tool_calls"] as? [[String: Any]] ?? [] {
                    let function = call["function"] as? [String: Any] ?? [:]
                    calls.append(
                        (
                            call["id"] as? String ?? "", function["name"] as? String ?? "",
                            function["arguments"] as? NSDictionary ?? [:]
                        ))
                }
            }
        }

        var isDone: Bool { last["done"] as? Bool == true }
    }

    static let chats = PublicRecording.all(of: ["ollama"]).filter { $0.endpoint == "ollama_chat" }
    static let answers = chats.filter { $0.isSuccess }
    static let streams = chats.filter { $0.isSuccess && $0.isStream }

    static func vendor() -> Vendor {
        Vendor(id: "ollama", name: "Ollama", baseURL: "http://x.invalid", dialect: .ollama)
    }

    /// `/api/generate`, `/api/embed` and `/api/tags` are other endpoints, which no chat calls.
    @Test func `all recordings of chat are replayed`() {
        #expect(PublicRecording.all(of: ["ollama"]).count == 73)
        #expect(Self.chats.count == 54 && Self.answers.count == 53 && Self.streams.count == 25)
    }

    @Test(arguments: answers)
    func `an answer arrives as it was said`(recording: PublicRecording) throws {
        let call = OneCall(replaying: recording, as: Self.vendor())
        let expected = Reading(recording.body)
        let entry = try #require(call.entries.first)
        let reading = call.reading
        #expect(call.reply.head?.status == 200 && entry.state == .complete)
        #expect(reading.sawDone == recording.isStream)
        #expect(reading.text == expected.text)
        #expect(reading.reasoning == expected.reasoning)
        let told = reading.reasoningDetails.compactMap { $0["text"] as? String }.joined()
        #expect(told == expected.reasoning)
        #expect(reading.model == expected.last["model"] as? String)
        let native = expected.last["done_reason"] as? String
        #expect(reading.nativeFinishReason == native)
        let wanted = native == "length" ? "length" : expected.calls.isEmpty ? "stop" : "tool_calls"
        #expect(reading.finishReason == wanted)
        #expect(reading.calls.map(\.name) == expected.calls.map(\.name))
        #expect(Set(reading.calls.map(\.id)).count == expected.calls.count)
        for (call, other) in zip(reading.calls, expected.calls) {
            #expect(other.id.isEmpty ? !call.id.isEmpty : call.id == other.id)
            let object = try #require(PublicRecording.json(Data(call.arguments.utf8)))
            #expect(object as NSDictionary == other.arguments)
        }
        let input = expected.last["prompt_eval_count"] as? Int
        let output = expected.last["eval_count"] as? Int
        #expect(entry.usage.input == input && entry.usage.output == output)
        #expect(reading.usageCount == (input == nil || output == nil ? 0 : 1))
        if reading.usageCount == 1 {
            #expect(reading.usage?["prompt_tokens"] as? Int == input)
            #expect(reading.usage?["completion_tokens"] as? Int == output)
        }
    }

    @Test(arguments: streams)
    func `a stream is the same however it is cut`(recording: PublicRecording) {
        RecordedStreamWalk.expectTheSame(recording, as: Self.vendor())
    }

    @Test(arguments: streams)
    func `a stream that breaks off is never whole`(recording: PublicRecording) {
        RecordedStreamWalk.expectNoDone(recording, as: Self.vendor()) { position, _ in
            Reading(Array(recording.body[..<position])).isDone
        }
    }

    @Test func `a model that is not there is a 404 with its words`() throws {
        let recording = try #require(Self.chats.first { !$0.isSuccess })
        let call = OneCall(replaying: recording, as: Self.vendor())
        #expect(call.reply.head?.status == 404)
        let message = call.reading.error?["message"] as? String ?? ""
        #expect(message.contains("nonexistent-model:latest"))
    }
}
