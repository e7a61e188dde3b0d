// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What a recorded stream says, read without any of the gateway's code.
struct IndependentReading {
    var events: [String] = []
    var sawDone = false
    var hasError = false
    private var finished: Set<Int> = []
    private var seen: Set<Int> = []

    /// Whether every choice that appeared has a finish reason.
    var isFinished: Bool { !seen.isEmpty && seen == finished }

    init(_ bytes: some Collection<UInt8>) {
        let text = String(decoding: bytes, as: UTF8.self)
            .replacingOccurrences(of: "\r\n", with: "\n").replacingOccurrences(of: "\r", with: "\n")
        for block in text.components(separatedBy: "\n\n") {
            let data = block.split(separator: "\n").filter { $0.hasPrefix("data:") }
                .map { line in
                    let value = line.dropFirst(5)
                    return value.hasPrefix(" ") ? value.dropFirst() : value
                }
                .joined(separator: "\n")
            if !data.isEmpty { read(data) }
        }
    }

    private mutating func read(_ data: String) {
        if data.trimmingCharacters(in: .whitespaces) == "[DONE]" {
            sawDone = true
            return
        }
        events.append(data)
        guard let chunk = PublicRecording.json(Data(data.utf8)) else { return }
        if let error = chunk["error"], !(error is NSNull) { hasError = true }
        for choice in chunk["choices"] as? [[String: Any]] ?? [] {
            let index = choice["index"] as? Int ?? 0
            seen.insert(index)
            if choice["finish_reason"] is String { finished.insert(index) }
        }
    }

    /// Whether an event is the extra chunk that carries usage and no choices.
    static func isUsageOnly(_ event: String) -> Bool {
        guard let chunk = PublicRecording.json(Data(event.utf8)), chunk["usage"] is [String: Any]
        else { return false }
        return (chunk["choices"] as? [Any])?.isEmpty ?? true
    }

    /// Whether what arrived is what was recorded with contents as texts instead of parts; nil where
    /// none of them came as parts.
    static func isFlattened(_ arrived: String, of recorded: String) -> Bool? {
        guard recorded.contains(#""content":["#),
            var wanted = PublicRecording.json(Data(recorded.utf8)),
            let got = PublicRecording.json(Data(withoutAddedCost(arrived).utf8)),
            let choices = wanted["choices"] as? [[String: Any]]
        else { return nil }
        var isFlat = false
        wanted["choices"] = choices.map { choice in
            var choice = choice
            for name in ["message", "delta"] {
                guard var holder = choice[name] as? [String: Any],
                    let parts = holder["content"] as? [[String: Any]]
                else { continue }
                isFlat = true
                let texts = parts.compactMap { $0["text"] as? String }
                let thoughts = parts.flatMap { $0["thinking"] as? [[String: Any]] ?? [] }
                    .compactMap { $0["text"] as? String }.joined()
                holder["content"] = texts.isEmpty ? NSNull() : texts.joined()
                if !thoughts.isEmpty { holder["reasoning_content"] = thoughts }
                choice[name] = holder
            }
            return choice
        }
        return isFlat ? got as NSDictionary == wanted as NSDictionary : nil
    }

    /// The text without the gateway's one edit: the last member `cost` of the usage object.
    static func withoutAddedCost(_ text: String) -> String {
        guard let start = text.range(of: #","cost":"#, options: .backwards),
            let end = text.range(of: "}", range: start.upperBound..<text.endIndex)
        else { return text }
        let value = text[start.upperBound..<end.lowerBound]
        let isAmount = value == "null" || value.allSatisfy { $0.isNumber || $0 == "." }
        guard isAmount else { return text }
        return text.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: "")
    }
}
