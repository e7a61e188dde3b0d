// SPDX-License-Identifier: Apache-2.0
import Wire

/// The attempts of one call that are under way: one, or two of which the first to have content wins.
///
/// An attempt stays until the call has seen to its ending. A part of the pipeline, so that a call
/// with one attempt allocates nothing for it.
struct AttemptRace {
    private(set) var first: UpstreamAttempt?
    /// The one that joined.
    private(set) var second: UpstreamAttempt?
    /// When a second one may join, until that is near or pointless.
    private var timer: TimerID?
    /// Whether the first one has been slow for so long that a second one may join.
    private(set) var isJoinDue = false

    var isEmpty: Bool { first == nil && second == nil }

    /// An attempt begins.
    mutating func add(_ attempt: UpstreamAttempt) {
        if first == nil { first = attempt } else { second = attempt }
    }

    /// The attempt that runs beside `attempt`.
    func rival(of attempt: UpstreamAttempt) -> UpstreamAttempt? {
        first === attempt ? second : first
    }

    /// An attempt that has ended, with its ending; it leaves the race.
    mutating func takeEnded() -> (UpstreamAttempt, UpstreamAttempt.Ending)? {
        if let attempt = first, let ending = attempt.ending {
            first = second
            second = nil
            return (attempt, ending)
        }
        if let attempt = second, let ending = attempt.ending {
            second = nil
            return (attempt, ending)
        }
        return nil
    }

    // MARK: When another one may join

    mutating func joinIsSet(for timer: TimerID) { self.timer = timer }

    mutating func joinIsDue() {
        timer = nil
        isJoinDue = true
    }

    /// Nobody may join, or somebody has.
    mutating func closeToOthers(_ clock: any Timekeeper) {
        if let timer { clock.cancel(timer) }
        timer = nil
        isJoinDue = false
    }
}
