// SPDX-License-Identifier: Apache-2.0

/// Which candidates have lately been sent which conversations, so that their prompt caches may know
/// them.
///
/// A guess: a provider need not keep what it was sent, and says so only afterwards. It moves a call
/// to where it is probably cheaper, and is never billed by.
package struct ConversationMemory: Sendable {
    private struct Key: Hashable {
        var conversation: UInt64
        var candidate: Candidate
    }

    private struct Mark {
        var tokens: Int
        var time: Duration
    }

    /// How long caches live without a call. Source: OpenAI, Prompt caching: 5 to 10 minutes;
    /// Anthropic, Prompt caching: 5 minutes.
    private static let lifetime = Duration.seconds(300)
    /// OpenAI and most others cache nothing shorter. Units: tokens.
    private static let shortest = 1_024
    private static let most = 8_192

    private var marks: [Key: Mark] = [:]

    package init() {}

    /// A conversation of so many input tokens was answered by a candidate.
    package mutating func note(
        _ conversation: UInt64, at candidate: Candidate, tokens: Int, now: Duration
    ) {
        guard tokens >= Self.shortest else { return }
        if marks.count >= Self.most {
            marks = marks.filter { now - $0.value.time < Self.lifetime }
            // All of them are young: the guesses are lost, and made again.
            if marks.count >= Self.most { marks.removeAll(keepingCapacity: true) }
        }
        marks[Key(conversation: conversation, candidate: candidate)] = Mark(
            tokens: tokens, time: now)
    }

    /// How many tokens of the conversation the candidate's cache may hold; 0 where it was not sent
    /// there of late.
    package func tokens(
        of conversation: UInt64, at candidate: Candidate, now: Duration
    ) -> Int {
        guard let mark = marks[Key(conversation: conversation, candidate: candidate)],
            now - mark.time < Self.lifetime
        else { return 0 }
        return mark.tokens
    }
}
