// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// What many calls consumed together, each kind by itself.
///
/// Units: as in `Usage`; 128 bits, so that no number of calls overflows it.
package struct TokenTotals: Sendable, Equatable {
    package var uncachedInput: Int128 = 0
    package var cacheRead: Int128 = 0
    package var cacheWrite5m: Int128 = 0
    package var cacheWrite1h: Int128 = 0
    package var output: Int128 = 0
    package var reasoning: Int128 = 0
    package var audioInput: Int128 = 0
    package var audioOutput: Int128 = 0
    package var images: Int128 = 0
    package var webSearches: Int128 = 0

    package init() {}

    /// Adds what is present in `usage`.
    package mutating func add(_ usage: Usage) {
        uncachedInput += Int128(usage.uncachedInput ?? 0)
        cacheRead += Int128(usage.cacheRead ?? 0)
        cacheWrite5m += Int128(usage.cacheWrite5m ?? 0)
        cacheWrite1h += Int128(usage.cacheWrite1h ?? 0)
        output += Int128(usage.output ?? 0)
        reasoning += Int128(usage.reasoning ?? 0)
        audioInput += Int128(usage.audioInput ?? 0)
        audioOutput += Int128(usage.audioOutput ?? 0)
        images += Int128(usage.images ?? 0)
        webSearches += Int128(usage.webSearches ?? 0)
    }

    /// Every kind with its name in reports; tables leave most out where nothing was counted.
    var named: [(name: String, count: Int128, isAlwaysShown: Bool)] {
        [
            ("uncached_input", uncachedInput, true), ("cache_read", cacheRead, false),
            ("cache_write_5m", cacheWrite5m, false), ("cache_write_1h", cacheWrite1h, false),
            ("output", output, true), ("reasoning", reasoning, false),
            ("audio_input", audioInput, false), ("audio_output", audioOutput, false),
            ("images", images, false), ("web_searches", webSearches, false),
        ]
    }
}
