// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Routing

// What explanations and reports say of candidates alike.

extension JSONWriter {
    /// The target, and which of its provider's credentials, from 1.
    mutating func member(_ candidate: Candidate) {
        member("target", string: "\(candidate.target)")
        member("credential", integer: candidate.credential + 1)
    }

    /// How a candidate does, as members of an object that is being written.
    mutating func members(of condition: TargetCondition, now: Duration) {
        member("calls_in_flight", integer: condition.callsInFlight)
        key("first_token_ms")
        integer(orNull: condition.firstToken?.wholeMilliseconds)
        key("whole_answer_ms")
        integer(orNull: condition.wholeAnswer?.wholeMilliseconds)
        key("tokens_per_second")
        // Counted from what providers say, which may be anything.
        integer(orNull: condition.tokensPerSecond.map { $0 < 1e9 ? Int($0.rounded()) : .max })
        key("obstacle")
        guard let obstacle = condition.obstacle else { return null() }
        beginObject()
        member("kind", string: obstacle.kind.rawValue)
        member("message", string: obstacle.reason)
        member("until_seconds", integer: obstacle.until.wholeSeconds(from: now))
        endObject()
    }
}

extension Duration {
    /// Whole seconds from a moment to this one, at least 1: until then it is no use.
    func wholeSeconds(from now: Duration) -> Int {
        max(1, ((self - now).wholeMilliseconds + 999) / 1000)
    }
}
