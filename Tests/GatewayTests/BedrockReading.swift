// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A Converse answer as Bedrock's service model has it, read by Foundation and none of the
/// gateway's code.
struct BedrockReading {
    var text = ""
    var reasoning = ""
    var signatures: [String] = []
    var calls: [(id: String, name: String, input: NSDictionary)] = []
    var citations = 0
    var stopReason: String?
    var usage: [String: Any]?
    /// The events of a stream, by type.
    var events: [String] = []
    /// Where each message of a stream ends.
    var ends: [Int] = []

    var finishReason: String? {
        switch stopReason {
        case "end_turn", "stop_sequence": "stop"
        case "tool_use": calls.isEmpty ? "stop" : "tool_calls"
        case "max_tokens", "model_context_window_exceeded": "length"
        case "guardrail_intervened", "content_filtered": "content_filter"
        default: nil
        }
    }

    var promptTokens: Int? {
        guard let usage, let input = usage["inputTokens"] as? Int else { return nil }
        return input + (usage["cacheReadInputTokens"] as? Int ?? 0)
            + (usage["cacheWriteInputTokens"] as? Int ?? 0)
    }

    /// A whole answer; nil where it is none.
    init?(answer body: [UInt8]) {
        guard let object = PublicRecording.json(Data(body)),
            let output = object["output"] as? [String: Any],
            let message = output["message"] as? [String: Any]
        else { return nil }
        stopReason = object["stopReason"] as? String
        usage = object["usage"] as? [String: Any]
        for block in message["content"] as? [[String: Any]] ?? [] {
            text += block["text"] as? String ?? ""
            if let use = block["toolUse"] as? [String: Any],
                use["type"] as? String != "server_tool_use"
            {
                calls.append(
                    (
                        use["toolUseId"] as? String ?? "", use["name"] as? String ?? "",
                        use["input"] as? NSDictionary ?? [:]
                    ))
            }
            if let part = block["reasoningContent"] as? [String: Any],
                let thought = part["reasoningText"] as? [String: Any]
            {
                reasoning += thought["text"] as? String ?? ""
                if let signature = thought["signature"] as? String { signatures.append(signature) }
            }
            if let cited = block["citationsContent"] as? [String: Any] {
                for piece in cited["content"] as? [[String: Any]] ?? [] {
                    text += piece["text"] as? String ?? ""
                }
                citations += (cited["citations"] as? [Any] ?? []).count
            }
        }
    }

    /// A stream, whose frames are known to be well-formed.
    init(stream body: [UInt8]) {
        var inputs: [Int: (id: String, name: String, json: String)] = [:]
        var signature: [Int: String] = [:]
        var rest = body[...]
        func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
        while rest.count >= 12, case let length = number(rest.prefix(4)), rest.count >= length {
            let headers = number(rest.dropFirst(4).prefix(4))
            let head = String(decoding: rest.dropFirst(12).prefix(headers), as: UTF8.self)
            let payload = rest.prefix(length - 4).dropFirst(12 + headers)
            rest = rest.dropFirst(length)
            ends.append(rest.startIndex)
            let names = [
                "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop",
                "messageStop", "metadata",
            ]
            let event = names.first { head.contains($0) } ?? ""
            events.append(event)
            let object = PublicRecording.json(Data(payload)) ?? [:]
            let index = object["contentBlockIndex"] as? Int ?? -1
            stopReason = object["stopReason"] as? String ?? stopReason
            usage = object["usage"] as? [String: Any] ?? usage
            if let start = object["start"] as? [String: Any],
                let use = start["toolUse"] as? [String: Any],
                use["type"] as? String != "server_tool_use"
            {
                inputs[index] = (
                    use["toolUseId"] as? String ?? "", use["name"] as? String ?? "", ""
                )
            }
            let delta = object["delta"] as? [String: Any] ?? [:]
            text += delta["text"] as? String ?? ""
            if let use = delta["toolUse"] as? [String: Any], inputs[index] != nil {
                inputs[index]?.json += use["input"] as? String ?? ""
            }
            if let thought = delta["reasoningContent"] as? [String: Any] {
                reasoning += thought["text"] as? String ?? ""
                if let more = thought["signature"] as? String {
                    signature[index, default: ""] += more
                }
            }
            if delta["citation"] != nil { citations += 1 }
        }
        signatures = signature.sorted { $0.key < $1.key }.map(\.value)
        calls = inputs.sorted { $0.key < $1.key }.map { _, call in
            let json = call.json.isEmpty ? "{}" : call.json
            return (
                call.id, call.name, (PublicRecording.json(Data(json.utf8)) ?? [:]) as NSDictionary
            )
        }
    }
}
