// SPDX-License-Identifier: Apache-2.0

/// What one call consumed, in the one shape that every provider's usage is read into.
///
/// Units: tokens, but for `inputCharacters`, `images` and `webSearches`. *Absent is not zero*: nil means that the
/// provider did not say. `output` includes `reasoning` and `audioOutput`; the three input counts
/// do not overlap, and `audioInput` is a part of `uncachedInput`.
package struct Usage: Sendable, Equatable {
    package var uncachedInput: Int?
    package var cacheRead: Int?
    /// Written to a cache that lives five minutes, or to the provider's only kind.
    package var cacheWrite5m: Int?
    package var cacheWrite1h: Int?
    package var output: Int?
    package var reasoning: Int?
    package var audioInput: Int?
    package var audioOutput: Int?
    /// What the input was counted by, beside its tokens; some models are billed by that.
    package var inputCharacters: Int?
    package var images: Int?
    package var webSearches: Int?

    package init() {}

    /// This and another usage together; what neither counts stays uncounted, and a count that does not
    /// fit is the largest one.
    package func adding(_ other: Usage) -> Usage {
        var sum = self
        let counts: [WritableKeyPath<Usage, Int?>] = [
            \.uncachedInput, \.cacheRead, \.cacheWrite5m, \.cacheWrite1h, \.output, \.reasoning,
            \.audioInput, \.audioOutput, \.inputCharacters, \.images, \.webSearches,
        ]
        for count in counts {
            guard let more = other[keyPath: count] else { continue }
            let (total, overflow) = (sum[keyPath: count] ?? 0).addingReportingOverflow(more)
            sum[keyPath: count] = overflow ? .max : total
        }
        return sum
    }

    /// All input tokens, or nil where none was reported or where they do not fit: the counts come
    /// from the network.
    package var input: Int? {
        var sum: Int?
        for part in [uncachedInput, cacheRead, cacheWrite5m, cacheWrite1h] {
            guard let part else { continue }
            let (next, overflow) = (sum ?? 0).addingReportingOverflow(part)
            if overflow { return nil }
            sum = next
        }
        return sum
    }
}

/// Where a call's usage comes from.
package enum UsageSource: String, Sendable {
    /// The provider reported it.
    case upstream
    /// Counted here, from the bytes that passed.
    case estimated
    /// Nothing was consumed, or nothing is known.
    case none
}
