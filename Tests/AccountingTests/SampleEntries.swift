// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI

/// Entries with whatever may be in one.
enum SampleEntries {
    static func random(_ generator: inout SeededGenerator) -> LedgerEntry {
        var entry = LedgerEntry(
            id: "req-\(UInt32.random(in: 0...(.max), using: &generator))",
            timeMicroseconds: Int64.random(in: 0..<4_000_000_000_000_000, using: &generator),
            operation: "chat.completions")
        entry.requestedModel =
            ["fast", "openai/gpt-4o", "a \"b\"\n\u{1F600}\u{0}", ""]
            .randomElement(using: &generator) ?? ""
        entry.route = Bool.random(using: &generator) ? "fast" : nil
        entry.isStream = Bool.random(using: &generator)
        entry.state = CallState.allCases.randomElement(using: &generator) ?? .complete
        entry.status = [0, 200, 404, 502].randomElement(using: &generator) ?? 0
        entry.errorCode = Bool.random(using: &generator) ? "model_not_found" : nil
        let spent = consumption(&generator)
        entry.usage = spent.usage
        entry.usageSource = spent.source
        entry.cost = spent.cost
        entry.priceBookVersion = Bool.random(using: &generator) ? "2026-11-24-949cf854" : nil
        entry.dropped = Bool.random(using: &generator) ? ["logit_bias", "seed"] : []
        entry.attempts = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
            attempt(&generator)
        }
        entry.timings.receive = duration(&generator)
        entry.timings.queue = duration(&generator)
        entry.timings.admit = duration(&generator)
        entry.timings.firstToken = duration(&generator)
        entry.timings.lastToken = duration(&generator)
        entry.timings.total = duration(&generator) ?? .zero
        entry.timings.overhead = duration(&generator)
        return entry
    }

    private static func attempt(_ generator: inout SeededGenerator) -> LedgerAttempt {
        var attempt = LedgerAttempt(
            provider: ["openai", "groq"].randomElement(using: &generator) ?? "openai",
            model: ["gpt-4o", "llama-3.3"].randomElement(using: &generator) ?? "gpt-4o",
            start: duration(&generator) ?? .zero)
        attempt.state = CallState.allCases.randomElement(using: &generator) ?? .complete
        attempt.status = Bool.random(using: &generator) ? 503 : nil
        attempt.detail = Bool.random(using: &generator) ? "connect: \"refused\"\t\u{7F}" : nil
        attempt.upstreamID = Bool.random(using: &generator) ? "chatcmpl-é" : nil
        attempt.connected = duration(&generator)
        attempt.secured = duration(&generator)
        attempt.firstByte = duration(&generator)
        attempt.firstToken = duration(&generator)
        attempt.end = duration(&generator) ?? .zero
        attempt.credential = Int.random(in: 0...2, using: &generator)
        attempt.kind = AttemptKind.allCases.randomElement(using: &generator) ?? .first
        if Bool.random(using: &generator) {
            attempt.consumption = consumption(&generator)
        }
        return attempt
    }

    private static func consumption(_ generator: inout SeededGenerator) -> Consumption {
        let amount = Picodollars(
            rawValue: Int128(Int64.random(in: 0..<1_000_000_000_000_000, using: &generator)))
        return Consumption(
            usage: Usage(
                input: count(&generator), output: count(&generator), read: count(&generator),
                write: count(&generator), hour: count(&generator), reasoning: count(&generator),
                audioInput: count(&generator), audioOutput: count(&generator),
                characters: count(&generator), images: count(&generator),
                searches: count(&generator)),
            source: [.upstream, .estimated, .none].randomElement(using: &generator) ?? .none,
            cost: [.computed(amount), .reported(amount), .unknown]
                .randomElement(using: &generator) ?? .unknown)
    }

    private static func count(_ generator: inout SeededGenerator) -> Int? {
        Bool.random(using: &generator) ? Int.random(in: 0..<100_000, using: &generator) : nil
    }

    private static func duration(_ generator: inout SeededGenerator) -> Duration? {
        guard Bool.random(using: &generator) else { return nil }
        return .microseconds(Int64.random(in: 0..<900_000_000, using: &generator))
    }
}
