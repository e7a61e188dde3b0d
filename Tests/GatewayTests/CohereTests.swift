// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// Every recorded chat exchange with Cohere's second version, replayed as the provider.
@Suite(.enabled(if: PublicRecording.folder != nil, "../shared/recordings is not here"))
struct CohereTests {
    /// What the same bytes say, read by Foundation alone.
    struct Reading {
        var text = ""
        var reasoning = ""
        var calls: [ClientReading.Call] = []
        var finish: String?
        var usage: [String: Any] = [:]
        var citations: [[String: Any]] = []
        var id: String?

        init(_ recording: PublicRecording) {
            guard recording.isStream else {
                takeAnswer(PublicRecording.json(Data(recording.body)) ?? [:])
                return
            }
            for line in String(decoding: recording.body, as: UTF8.self).split(separator: "\n")
            where line.hasPrefix("data: {") {
                takeEvent(PublicRecording.json(Data(line.dropFirst(6).utf8)) ?? [:])
            }
        }

        private mutating func takeAnswer(_ object: [String: Any]) {
            id = object["id"] as? String
            finish = object["finish_reason"] as? String
            usage = object["usage"] as? [String: Any] ?? [:]
            let message = object["message"] as? [String: Any] ?? [:]
            reasoning = message["tool_plan"] as? String ?? ""
            for block in message["content"] as? [[String: Any]] ?? [] {
                text += block["text"] as? String ?? ""
                reasoning += block["thinking"] as? String ?? ""
            }
            for call in message["tool_calls"] as? [[String: Any]] ?? [] { takeCall(call) }
            citations = message["citations"] as? [[String: Any]] ?? []
        }

        private mutating func takeEvent(_ event: [String: Any]) {
            id = id ?? event["id"] as? String
            let delta = event["delta"] as? [String: Any] ?? [:]
            finish = delta["finish_reason"] as? String ?? finish
            usage = delta["usage"] as? [String: Any] ?? usage
            let message = delta["message"] as? [String: Any] ?? [:]
            reasoning += message["tool_plan"] as? String ?? ""
            if let content = message["content"] as? [String: Any] {
                text += content["text"] as? String ?? ""
                reasoning += content["thinking"] as? String ?? ""
            }
            if let citation = message["citations"] as? [String: Any] { citations.append(citation) }
            guard let call = message["tool_calls"] as? [String: Any] else { return }
            if event["type"] as? String == "tool-call-start" { return takeCall(call) }
            let function = call["function"] as? [String: Any]
            calls[calls.count - 1].arguments += function?["arguments"] as? String ?? ""
        }

        private mutating func takeCall(_ call: [String: Any]) {
            let function = call["function"] as? [String: Any] ?? [:]
            calls.append(
                .init(
                    id: call["id"] as? String ?? "", name: function["name"] as? String ?? "",
                    arguments: function["arguments"] as? String ?? ""))
        }
    }

    static let chats = PublicRecording.all(of: ["cohere-v2"]).filter { $0.endpoint == "chat" }
    static let answers = chats.filter { $0.isSuccess }
    static let streams = chats.filter { $0.isSuccess && $0.isStream }

    static func vendor() -> Vendor {
        Vendor(id: "cohere", name: "Cohere", baseURL: "http://x.invalid", dialect: .cohere)
    }

    @Test func `all recordings but those of embeddings are replayed`() {
        #expect(PublicRecording.all(of: ["cohere-v2"]).count == 76)
        #expect(Self.chats.count == 70 && Self.answers.count == 69 && Self.streams.count == 32)
    }

    @Test(arguments: answers)
    func `an answer arrives as it was said`(recording: PublicRecording) throws {
        let call = OneCall(replaying: recording, as: Self.vendor())
        let expected = Reading(recording)
        let entry = try #require(call.entries.first)
        let reading = call.reading
        #expect(call.reply.head?.status == 200)
        #expect(reading.text == expected.text)
        #expect(reading.reasoning == expected.reasoning)
        guard expected.finish != "ERROR" else {
            #expect(entry.state != .complete && !reading.sawDone)
            #expect(reading.error?["code"] as? String == "invalid_tool_generation")
            return
        }
        #expect(entry.state == .complete && reading.sawDone == recording.isStream)
        #expect(reading.id == expected.id)
        #expect(reading.nativeFinishReason == expected.finish)
        let reasons = [
            "COMPLETE": "stop", "STOP_SEQUENCE": "stop", "MAX_TOKENS": "length",
            "TOOL_CALL": "tool_calls",
        ]
        #expect(reading.finishReason == reasons[expected.finish ?? ""])
        try expectCalls(reading.calls, expected.calls)
        let billed = expected.usage["billed_units"] as? [String: Int] ?? [:]
        #expect(reading.usageCount == 1)
        #expect(reading.usage?["prompt_tokens"] as? Int == billed["input_tokens"])
        #expect(reading.usage?["completion_tokens"] as? Int == billed["output_tokens"])
        #expect(entry.usage.input == billed["input_tokens"])
        #expect(entry.usageSource == .upstream)
        expectCitations(reading, expected)
        let told = reading.reasoningDetails.compactMap { $0["text"] as? String }.joined()
        #expect(told == expected.reasoning)
    }

    private func expectCalls(
        _ calls: [ClientReading.Call], _ expected: [ClientReading.Call]
    ) throws {
        #expect(calls.map(\.id) == expected.map(\.id))
        #expect(calls.map(\.name) == expected.map(\.name))
        for (call, wanted) in zip(calls, expected) {
            let object = try #require(PublicRecording.json(Data(call.arguments.utf8)))
            let text = ["", "null"].contains(wanted.arguments) ? "{}" : wanted.arguments
            let other = try #require(PublicRecording.json(Data(text.utf8)))
            #expect(object as NSDictionary == other as NSDictionary)
        }
    }

    /// Each source is in one annotation, and the place is that of the words that are cited.
    private func expectCitations(_ reading: ClientReading, _ expected: Reading) {
        let scalars = Array(reading.text.unicodeScalars)
        var places = Set<[Int]>()
        var sources = 0
        for annotation in reading.annotations + reading.citations {
            let type = annotation["type"] as? String ?? ""
            let body = annotation[type] as? [String: Any] ?? [:]
            let start = body["start_index"] as? Int ?? -1
            let end = body["end_index"] as? Int ?? -1
            places.insert([start, end])
            sources += (body["sources"] as? [Any])?.count ?? 1
            guard type == "citation", let text = body["text"] as? String else {
                #expect(body["url"] is String && body["title"] is String)
                continue
            }
            if start >= 0, start <= end, end <= scalars.count {
                var cited = ""
                cited.unicodeScalars.append(contentsOf: scalars[start..<end])
                #expect(cited == text)
            } else {
                Issue.record("a citation of \(start) to \(end) in \(scalars.count)")
            }
        }
        #expect(places.count == expected.citations.count)
        #expect(
            sources
                == expected.citations.reduce(0) { $0 + (($1["sources"] as? [Any])?.count ?? 0) })
    }

    @Test(arguments: streams)
    func `a stream is the same however it is cut`(recording: PublicRecording) {
        RecordedStreamWalk.expectTheSame(recording, as: Self.vendor())
    }

    @Test(arguments: streams)
    func `a stream that breaks off is never whole`(recording: PublicRecording) {
        RecordedStreamWalk.expectNoDone(recording, as: Self.vendor()) { position, _ in
            // The last event's line, and at least its own end.
            String(decoding: recording.body[..<position], as: UTF8.self).split(separator: "\n")
                .contains {
                    $0.contains(#""finish_reason":""#) && !$0.contains(#""ERROR""#)
                        && PublicRecording.json(Data($0.dropFirst(6).utf8)) != nil
                }
        }
    }

    @Test func `a refused key is the gateway's own`() throws {
        let recording = try #require(Self.chats.first { !$0.isSuccess })
        let call = OneCall(replaying: recording, as: Self.vendor())
        #expect(call.reply.head?.status == 502)
        #expect(call.reading.error?["code"] as? String == "upstream_authentication")
    }
}
