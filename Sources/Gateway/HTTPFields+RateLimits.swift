// SPDX-License-Identifier: Apache-2.0
import Providers
package import Routing
package import Wire

extension HTTPFields {
    /// The allowance that the answer says is used up, where it says when that is over: of several,
    /// the one that is worth the longest pause.
    ///
    /// Shape: `x-ratelimit-remaining-requests: 0`, `x-ratelimit-reset-requests: 6m0s` (OpenAI, Groq),
    /// `…-requests-day` (Cerebras), without a unit (OpenRouter, Together);
    /// `anthropic-ratelimit-input-tokens-remaining`; `ratelimit-remaining` (Hugging Face, Replicate).
    /// `Retry-After` is not read: good answers carry it too, of Anthropic, Hugging Face and Together.
    /// Complexity: linear in the fields; names are looked at only where a value is 0.
    /// Source: the recordings of 44 providers.
    package func rateLimits(at now: WallTime) -> RateLimitReading? {
        var longest: RateLimitReading?
        for index in 0..<count where hasValue(index, UInt8(ascii: "0")) {
            guard let reading = reading(of: index, at: now) else { continue }
            if reading.pause > longest?.pause ?? .zero { longest = reading }
        }
        return longest
    }

    /// What a field means that says 0; nil where it is not about what remains of a rate limit.
    private func reading(of index: Int, at now: WallTime) -> RateLimitReading? {
        let words = self[index].name.lowercased().split(separator: "-")
        guard words.contains("ratelimit"), words.contains("remaining") else { return nil }
        func sibling(_ word: Substring) -> String? {
            first(words.map { $0 == "remaining" ? word : $0 }.joined(separator: "-"))
        }
        guard let reset = sibling("reset").flatMap({ ResetTime.duration($0, at: now) }) else {
            return nil
        }
        let limit = sibling("limit").flatMap { Int($0) }
        let isOfTokens = words.contains("tokens")
        return RateLimitReading(isOfTokens ? .tokens : .requests, reset: reset, limit: limit)
    }
}

/// How long until the moment at which providers say that a rate limit is reset.
package enum ResetTime {
    /// Longer ones are none: a year.
    private static let longestSeconds = 31_536_000.0

    /// The time that a text names; nil where it names none, or one that has passed.
    ///
    /// Shape: `6m0s`, `20ms` (OpenAI), `24480.8` seconds (Cerebras), `1759845420000` milliseconds or
    /// seconds since 1970 (OpenRouter, Venice), `2026-11-24T16:20:00Z` (Anthropic).
    package static func duration(_ text: String, at now: WallTime) -> Duration? {
        guard let seconds = seconds(text, now: Double(now.microseconds) / 1e6),
            seconds > 0, seconds <= longestSeconds
        else { return nil }
        return .seconds(seconds)
    }

    private static func seconds(_ text: String, now: Double) -> Double? {
        if let number = Double(text) {
            if number >= 1e12 { return number / 1e3 - now }
            return number >= 1e9 ? number - now : number
        }
        if let moment = AnthropicReset.timestamp(text) { return Double(moment) - now }
        return parts(text)
    }

    /// `1h2m3.5s`. Source: pkg.go.dev/time, `Duration.String`; seen of OpenAI and Groq.
    private static func parts(_ text: String) -> Double? {
        var rest = text[...]
        var sum: Double?
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let number = Double(digits), let factor = factor(of: unit) else { return nil }
            sum = (sum ?? 0) + number * factor
        }
        return sum
    }

    private static func factor(of unit: Substring) -> Double? {
        switch unit {
        case "d": 86_400
        case "h": 3_600
        case "m": 60
        case "s": 1
        case "ms": 1e-3
        case "us", "µs": 1e-6
        case "ns": 1e-9
        default: nil
        }
    }
}
