// SPDX-License-Identifier: Apache-2.0

// Durations in the whole numbers that answers and header fields have.
extension Duration {
    /// Whole seconds, rounded up: after fewer, what is waited for has not come.
    package var secondsRoundedUp: Int {
        Int(clamping: components.seconds) + (components.attoseconds > 0 ? 1 : 0)
    }

    /// Whole milliseconds, rounded towards zero.
    package var wholeMilliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
