// SPDX-License-Identifier: Apache-2.0
import Wire

/// All chance of a simulated run: the same seed gives the same run.
///
/// Source: SplitMix64, Steele, Lea and Flood, 2014.
package final class SeededRandom: RandomSource, RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in the range.
    package func pick(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// True once in `n` times.
    package func oneIn(_ n: Int) -> Bool { next() % UInt64(n) == 0 }

    /// One of the choices, of which there is at least one.
    package func choice<Element>(_ choices: [Element]) -> Element {
        choices[Int(next() % UInt64(choices.count))]
    }
}
