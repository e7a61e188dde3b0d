// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// The usage of an answer. In a stream the later counts are sums that replace the earlier ones.
///
/// `input_tokens` leaves out what was read from a cache and written to one. The output that a
/// stream's beginning counts is that of its beginning: a stream that breaks off has told no output.
struct AnthropicUsage {
    private var input: Int?
    private var cacheRead: Int?
    private var cacheWrite: Int?
    private var cacheWrite5m: Int?
    private var cacheWrite1h: Int?
    private var output: Int?
    private var reasoning: Int?
    private var webSearches: Int?
    private var serviceTier: String?

    /// - Parameter isBeginning: whether nothing of the answer's content has come so far.
    mutating func take(_ usage: JSONValue?, isBeginning: Bool = false) {
        guard let usage else { return }
        func count(_ value: JSONValue?) -> Int? { value?.integer.flatMap { $0 >= 0 ? $0 : nil } }
        input = count(usage["input_tokens"]) ?? input
        if !isBeginning { output = count(usage["output_tokens"]) ?? output }
        cacheRead = count(usage["cache_read_input_tokens"]) ?? cacheRead
        cacheWrite = count(usage["cache_creation_input_tokens"]) ?? cacheWrite
        let written = usage["cache_creation"]
        cacheWrite5m = count(written?["ephemeral_5m_input_tokens"]) ?? cacheWrite5m
        cacheWrite1h = count(written?["ephemeral_1h_input_tokens"]) ?? cacheWrite1h
        reasoning = count(usage["output_tokens_details"]?["thinking_tokens"]) ?? reasoning
        webSearches = count(usage["server_tool_use"]?["web_search_requests"]) ?? webSearches
        serviceTier = Self.tier(usage["service_tier"]?.string) ?? serviceTier
    }

    /// OpenAI's word for a tier; `batch` has none.
    private static func tier(_ name: String?) -> String? {
        name == "standard" ? "default" : name
    }

    /// What was told, or nil where neither input nor output was.
    var reported: ReportedUsage? {
        if input == nil && output == nil { return nil }
        var usage = Usage()
        usage.uncachedInput = input
        usage.cacheRead = cacheRead
        usage.cacheWrite1h = cacheWrite1h
        // The total is the newer count where only it was told again.
        if let cacheWrite {
            let long = min(cacheWrite1h ?? 0, cacheWrite)
            usage.cacheWrite1h = cacheWrite1h == nil ? nil : long
            usage.cacheWrite5m = cacheWrite - long
        } else {
            usage.cacheWrite5m = cacheWrite5m
        }
        usage.output = output
        usage.reasoning = reasoning
        usage.webSearches = webSearches
        return ReportedUsage(usage, serviceTier: serviceTier)
    }
}
