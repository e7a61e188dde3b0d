// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Reads `usageMetadata`.
///
/// Shape: `promptTokenCount` includes what was read from a cache; thoughts are not among the
/// candidates' tokens; what tools brought into the prompt stands beside it. The total is the sum
/// of all of them.
enum GeminiUsage {
    /// The usage, or nil where the object counts nothing.
    static func reading(_ value: JSONValue?) -> ReportedUsage? {
        guard let value, value.kind == .object else { return nil }
        func count(_ name: String) -> Int? {
            value[name]?.integer.flatMap { $0 >= 0 ? $0 : nil }
        }
        var usage = Usage()
        let tools = count("toolUsePromptTokenCount")
        let prompt = count("promptTokenCount")
        let read = count("cachedContentTokenCount").map { min($0, prompt ?? $0) }
        if prompt != nil || tools != nil {
            usage.uncachedInput = sum((prompt ?? 0) - (prompt == nil ? 0 : read ?? 0), tools)
        }
        usage.cacheRead = read
        usage.reasoning = count("thoughtsTokenCount")
        let answer = count("candidatesTokenCount")
        if answer != nil || usage.reasoning != nil {
            usage.output = sum(answer ?? 0, usage.reasoning)
        } else if let total = count("totalTokenCount"), let prompt {
            // Nothing was generated, and the total says so.
            if total == sum(prompt, tools) { usage.output = 0 }
        }
        let cachedAudio = audio(value["cacheTokensDetails"]) ?? 0
        usage.audioInput = audio(value["promptTokensDetails"]).map { max(0, $0 - cachedAudio) }
        usage.audioOutput = audio(value["candidatesTokensDetails"])
        guard usage.input != nil || usage.output != nil else { return nil }
        return ReportedUsage(usage, serviceTier: serviceTier(value))
    }

    /// OpenAI's name of the tier.
    static func serviceTier(_ value: JSONValue?) -> String? {
        switch value?["serviceTier"]?.string ?? value?["trafficType"]?.string {
        case "standard", "STANDARD", "SERVICE_TIER_STANDARD": "default"
        case "flex", "FLEX", "ON_DEMAND_FLEX": "flex"
        case "priority", "PRIORITY", "ON_DEMAND_PRIORITY": "priority"
        default: nil
        }
    }

    /// Tokens of the modality `AUDIO`, which is number 4.
    private static func audio(_ details: JSONValue?) -> Int? {
        var tokens: Int?
        for detail in details?.elements ?? [] {
            let modality = detail["modality"]
            guard modality?.string == "AUDIO" || modality?.integer == 4,
                let count = detail["tokenCount"]?.integer, count >= 0
            else { continue }
            tokens = sum(tokens ?? 0, count)
        }
        return tokens
    }

    /// Counts come from the network: a sum that does not fit stays at the largest number.
    private static func sum(_ first: Int, _ second: Int?) -> Int {
        let (sum, overflow) = first.addingReportingOverflow(second ?? 0)
        return overflow ? .max : sum
    }
}
