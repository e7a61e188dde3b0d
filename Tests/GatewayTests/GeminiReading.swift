// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What a `generateContent` answer says, streamed or whole, read by Foundation and none of the
/// gateway's code.
struct GeminiReading {
    var text = ""
    var reasoning = ""
    var calls: [(name: String, arguments: NSDictionary)] = []
    var signatures: [String] = []
    var images = 0
    var urls: Set<String> = []
    /// The last reason, numbers by their names.
    var finish: String?
    var block: String?
    var usage: [String: Any] = [:]
    var responseID: String?
    /// Whether all of the bytes could be read.
    var isWhole = true

    var isFinished: Bool { finish != nil || block != nil }

    init(_ body: [UInt8]) {
        let text = String(decoding: body, as: UTF8.self).replacing("\r\n", with: "\n")
        if text.hasPrefix("data:") {
            for line in text.split(separator: "\n") where line.hasPrefix("data:") {
                guard let chunk = PublicRecording.json(Data(line.dropFirst(5).utf8)) else {
                    isWhole = false
                    continue
                }
                take(chunk)
            }
        } else {
            switch try? JSONSerialization.jsonObject(with: Data(body)) {
            case let chunks as [[String: Any]]: for chunk in chunks { take(chunk) }
            case let answer as [String: Any]: take(answer)
            default: isWhole = false
            }
        }
    }

    /// OpenAI's reason; nil for one that is a failure.
    var openAIReason: String? {
        switch finish {
        case nil: block == nil ? nil : "content_filter"
        case "STOP": calls.isEmpty ? "stop" : "tool_calls"
        case "MAX_TOKENS": "length"
        case "SAFETY", "RECITATION", "MODEL_ARMOR": "content_filter"
        default: nil
        }
    }

    var input: Int? {
        (usage["promptTokenCount"] as? Int).map {
            $0 + (usage["toolUsePromptTokenCount"] as? Int ?? 0)
        }
    }

    var output: Int? {
        let answer = usage["candidatesTokenCount"] as? Int
        let thoughts = usage["thoughtsTokenCount"] as? Int
        if answer == nil && thoughts == nil {
            return usage["totalTokenCount"] as? Int == input && input != nil ? 0 : nil
        }
        return (answer ?? 0) + (thoughts ?? 0)
    }

    private mutating func take(_ chunk: [String: Any]) {
        responseID = chunk["responseId"] as? String ?? responseID
        block = (chunk["promptFeedback"] as? [String: Any])?["blockReason"] as? String ?? block
        if let usage = chunk["usageMetadata"] as? [String: Any], usage["promptTokenCount"] != nil {
            self.usage = usage
        }
        for candidate in chunk["candidates"] as? [[String: Any]] ?? []
        where candidate["index"] as? Int ?? 0 == 0 {
            if let number = candidate["finishReason"] as? Int {
                finish = ["", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER"][number]
            }
            finish = candidate["finishReason"] as? String ?? finish
            let content = candidate["content"] as? [String: Any] ?? [:]
            for part in content["parts"] as? [[String: Any]] ?? [] { take(part: part) }
            let grounding = candidate["groundingMetadata"] as? [String: Any] ?? [:]
            for source in grounding["groundingChunks"] as? [[String: Any]] ?? [] {
                guard let web = source["web"] as? [String: Any] else { continue }
                urls.insert(web["uri"] as? String ?? "")
            }
        }
    }

    private mutating func take(part: [String: Any]) {
        let signature = part["thoughtSignature"] as? String
        if let call = part["functionCall"] as? [String: Any] {
            calls.append(
                (call["name"] as? String ?? "", call["args"] as? NSDictionary ?? NSDictionary()))
            return
        }
        if let signature { signatures.append(signature) }
        let words = part["text"] as? String ?? ""
        if part["thought"] as? Bool == true { reasoning += words } else { text += words }
        if part["inlineData"] != nil { images += 1 }
        if let code = part["executableCode"] as? [String: Any] {
            let language = (code["language"] as? String ?? "").lowercased()
            reasoning += "```\(language)\n\(code["code"] as? String ?? "")\n```\n"
        }
        if let result = part["codeExecutionResult"] as? [String: Any] {
            let output = result["output"] as? String ?? result["outcome"] as? String ?? ""
            reasoning += "```\n\(output)\n```\n"
        }
    }
}
