// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// What a recorded Messages exchange says, read by Foundation alone.
private struct MessageReading {
    var text = ""
    var reasoning = ""
    var signatures: [String] = []
    var redacted: [String] = []
    var calls: [(name: String, arguments: NSDictionary)] = []
    var citations = 0
    var stopReason: String?
    var usage: [String: Any] = [:]
    var hasStopped = false
    private var inputs: [Int: String] = [:]
    private var signature: [Int: String] = [:]

    init(_ recording: PublicRecording, upTo end: Int? = nil) {
        let bytes = Data(recording.body.prefix(end ?? recording.body.count))
        guard recording.isStream else {
            if let message = PublicRecording.json(bytes) { take(message: message) }
            return
        }
        let lines = String(decoding: bytes, as: UTF8.self)
            .replacingOccurrences(of: "\r\n", with: "\n")
        for block in lines.components(separatedBy: "\n\n") {
            let data = block.components(separatedBy: "\n").filter { $0.hasPrefix("data:") }
                .map { $0.dropFirst(5) }.joined(separator: "\n")
            if let event = PublicRecording.json(Data(data.utf8)) { take(event: event) }
        }
    }

    private mutating func take(message: [String: Any]) {
        for block in message["content"] as? [[String: Any]] ?? [] { take(block: block) }
        stopReason = message["stop_reason"] as? String
        usage = message["usage"] as? [String: Any] ?? [:]
        hasStopped = stopReason != nil
    }

    private mutating func take(block: [String: Any]) {
        text += block["text"] as? String ?? ""
        citations += (block["citations"] as? [Any])?.count ?? 0
        switch block["type"] as? String {
        case "thinking":
            reasoning += block["thinking"] as? String ?? ""
            if let text = block["signature"] as? String, !text.isEmpty { signatures.append(text) }
        case "redacted_thinking": redacted.append(block["data"] as? String ?? "")
        case "tool_use":
            calls.append(
                (block["name"] as? String ?? "", block["input"] as? NSDictionary ?? [:]))
        default: break
        }
    }

    private mutating func take(event: [String: Any]) {
        let index = event["index"] as? Int ?? -1
        let delta = event["delta"] as? [String: Any] ?? [:]
        switch event["type"] as? String {
        case "message": take(message: event)
        case "message_start":
            let message = event["message"] as? [String: Any]
            usage = message?["usage"] as? [String: Any] ?? [:]
        case "content_block_start":
            let block = event["content_block"] as? [String: Any] ?? [:]
            take(block: block)
            if block["type"] as? String == "tool_use" { inputs[index] = "" }
        case "content_block_delta":
            text += delta["text"] as? String ?? ""
            reasoning += delta["thinking"] as? String ?? ""
            inputs[index]? += delta["partial_json"] as? String ?? ""
            if let more = delta["signature"] as? String { signature[index, default: ""] += more }
            if delta["type"] as? String == "citations_delta" { citations += 1 }
        case "content_block_stop":
            if let text = signature.removeValue(forKey: index) { signatures.append(text) }
            guard let input = inputs.removeValue(forKey: index), !input.isEmpty else { return }
            let arguments = PublicRecording.json(Data(input.utf8)) as NSDictionary?
            calls[calls.count - 1].arguments = arguments ?? [:]
        case "message_delta":
            stopReason = delta["stop_reason"] as? String
            for (name, value) in event["usage"] as? [String: Any] ?? [:] where !(value is NSNull) {
                usage[name] = value
            }
        case "message_stop": hasStopped = true
        default: break
        }
    }

    func count(_ name: String) -> Int { usage[name] as? Int ?? 0 }

    var finishReason: String? {
        switch stopReason {
        case "tool_use": "tool_calls"
        case "max_tokens": "length"
        case "end_turn", "stop_sequence": "stop"
        default: stopReason
        }
    }
}

/// Every recorded exchange with the Messages API, replayed as the provider.
@Suite(.enabled(if: PublicRecording.folder != nil, "../shared/recordings is not here"))
struct AnthropicTests {
    static let all = PublicRecording.all(of: ["anthropic-messages"])
        .filter { $0.endpoint == "messages" }
    static let streams = all.filter { $0.isStream && $0.isSuccess }
    static let answers = all.filter { !$0.isStream && $0.isSuccess }
    static let errors = all.filter { !$0.isSuccess }

    static let vendor = Vendor(
        id: "anthropic", name: "Anthropic", baseURL: "http://x.invalid",
        authentication: .header("x-api-key"), dialect: .anthropic)

    /// Whoever gave the recorded answer: Anthropic, Azure in the same way, or Google's cloud.
    private static func vendor(_ recording: PublicRecording) -> Vendor {
        recording.provider == "vertex"
            ? Vendor(id: "vertex", name: "Vertex AI", baseURL: "http://x.invalid", dialect: .vertex)
            : vendor
    }

    @Test func `there are as many recordings as the folder promises`() {
        #expect(Self.streams.count == 60 && Self.answers.count == 88 && Self.errors.count == 26)
    }

    @Test(arguments: streams + answers)
    func `an answer says in OpenAI's words what was recorded`(recording: PublicRecording) throws {
        let call = OneCall(replaying: recording, as: Self.vendor(recording), model: "claude-x")
        let expected = MessageReading(recording)
        let reading = call.reading
        let entry = try #require(call.entries.first)
        #expect(call.reply.head?.status == 200)
        #expect(entry.state == .complete)
        #expect(recording.isStream == call.sawDone)
        #expect(reading.text == expected.text)
        #expect(reading.reasoning == expected.reasoning)
        #expect(reading.finishReason == expected.finishReason)
        #expect(reading.nativeFinishReason == expected.stopReason)
        #expect(reading.annotations.count + reading.citations.count == expected.citations)
        #expect(reading.calls.map(\.name) == expected.calls.map(\.name))
        for (call, original) in zip(reading.calls, expected.calls) {
            let arguments = PublicRecording.json(Data(call.arguments.utf8)) as NSDictionary?
            #expect(arguments == original.arguments, "\(call.arguments)")
            #expect(call.id.hasPrefix("toolu_"))
        }
        #expect(
            reading.reasoningDetails.compactMap { $0["signature"] as? String }
                == expected.signatures)
        #expect(reading.reasoningDetails.compactMap { $0["data"] as? String } == expected.redacted)
        let cached =
            expected.count("cache_read_input_tokens")
            + expected.count("cache_creation_input_tokens")
        #expect(reading.usageCount == 1)
        #expect(
            reading.usage?["prompt_tokens"] as? Int == expected.count("input_tokens") + cached)
        #expect(
            reading.usage?["completion_tokens"] as? Int == expected.count("output_tokens"))
        #expect(entry.usageSource == .upstream)
        #expect(entry.usage.uncachedInput == expected.count("input_tokens"))
        #expect(entry.usage.cacheRead ?? 0 == expected.count("cache_read_input_tokens"))
        #expect(
            (entry.usage.cacheWrite5m ?? 0) + (entry.usage.cacheWrite1h ?? 0)
                == expected.count("cache_creation_input_tokens"))
        let searches = (expected.usage["server_tool_use"] as? [String: Any])?["web_search_requests"]
        #expect(entry.usage.webSearches == searches as? Int)
    }

    @Test(arguments: streams)
    func `a stream cut anywhere gives the same bytes`(recording: PublicRecording) {
        RecordedStreamWalk.expectTheSame(
            recording, as: Self.vendor(recording), model: "claude-x")
    }

    @Test(arguments: streams)
    func `a stream that breaks off is never whole`(recording: PublicRecording) {
        RecordedStreamWalk.expectNoDone(
            recording, as: Self.vendor(recording), model: "claude-x"
        ) { position, endedWell in
            let reading = MessageReading(recording, upTo: position)
            return reading.hasStopped || (endedWell && reading.stopReason != nil)
        }
    }

    @Test(arguments: errors)
    func `an error arrives with its status and an envelope`(recording: PublicRecording) throws {
        let call = OneCall(replaying: recording, as: Self.vendor(recording), model: "claude-x")
        let expected = recording.status == 401 ? 502 : recording.status
        #expect(call.reply.head?.status == expected)
        let envelope = call.reading.error
        #expect((envelope?["message"] as? String)?.isEmpty == false)
        #expect(envelope?["type"] is String && envelope?["code"] is String)
        let entry = try #require(call.entries.first)
        #expect(entry.attempts.first?.status == recording.status)
    }
}
