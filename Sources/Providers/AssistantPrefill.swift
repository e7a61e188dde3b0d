// SPDX-License-Identifier: Apache-2.0

/// What becomes of a last message of the assistant: the beginning of an answer that is to be gone on
/// with.
package enum AssistantPrefill: String, Sendable, CaseIterable {
    /// It is refused, or answered as if it were a whole one.
    case refused
    /// The answer is what comes after it.
    case continued
    /// The same, where that message says `"prefix": true`.
    case marked
    /// The same, and the answer begins with a repetition of it. So with Mistral
    /// (github.com/SillyTavern/SillyTavern/issues/2557, read on 2026-11-29).
    case repeated

    /// Whether the message has to be marked as one.
    package var isMarked: Bool { self == .marked || self == .repeated }
}
