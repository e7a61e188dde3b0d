// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// The life of one call across its candidates: which to try next, and when to stop.
///
/// Rules:
///  1. Candidates are tried in the order of the decision, each at most once.
///  2. A failure moves on only where another target can help (`UpstreamFailure.Retry`).
///  3. After the commit point, the first byte of content, nothing is tried again: ever.
///  4. A target that cannot be asked at all is passed over; that is no failure of another one.
///  5. Once it has said `giveUp` it says nothing else.
///
/// States: `waiting` → `trying` → `trying` (next candidate) | `committed` | `over`;
/// `committed` → `over`.
package struct AttemptMachine: Sendable {
    /// What the pipeline is to do.
    package enum Action: Sendable, Equatable {
        /// Send the request to this target.
        case send(Target)
        /// Tell the client of this failure.
        case giveUp(UpstreamFailure)
    }

    private enum State: Sendable, Equatable {
        case waiting
        case trying(index: Int)
        case committed
        case over
    }

    private let candidates: [Target]
    private var state: State = .waiting
    private var lastFailure: UpstreamFailure?

    /// A machine for a decision's candidates, of which there is at least one.
    package init(candidates: [Target]) {
        precondition(!candidates.isEmpty, "a decision without candidates is not a decision")
        self.candidates = candidates
    }

    /// Starts with the first candidate. Called once.
    package mutating func begin() -> Action {
        precondition(state == .waiting, "begin() is called once")
        state = .trying(index: 0)
        return .send(candidates[0])
    }

    /// The running attempt has given its first content: from here on there is no other.
    package mutating func committed() {
        guard case .trying = state else { return }
        state = .committed
    }

    /// The running attempt failed.
    package mutating func failed(_ failure: UpstreamFailure) -> Action {
        lastFailure = failure
        guard failure.retry == .elsewhere, let next = next() else {
            state = .over
            return .giveUp(failure)
        }
        return next
    }

    /// The request could not be put into the words of the target that was to be sent it. Says what
    /// is next, the last failure where there was one, or nil where no target takes the request.
    package mutating func passedOver() -> Action? {
        if let next = next() { return next }
        state = .over
        return lastFailure.map(Action.giveUp)
    }

    /// Goes on to the next candidate, where one may still be tried.
    private mutating func next() -> Action? {
        guard case .trying(let index) = state, index + 1 < candidates.count else { return nil }
        state = .trying(index: index + 1)
        return .send(candidates[index + 1])
    }
}
