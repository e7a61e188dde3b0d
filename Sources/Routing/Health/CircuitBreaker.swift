// SPDX-License-Identifier: Apache-2.0

/// Keeps calls away from what fails, and finds out when it works again.
///
/// Rules:
///  1. Closed, every call is permitted, and its verdict is counted.
///  2. It opens when the failure share of the window is too high, where there were calls enough, or
///     after so many failures in a row.
///  3. Open, no call is permitted until its time is over; then it is half open.
///  4. Half open, a few calls at once are permitted, as probes. A probe without a verdict makes room
///     for another one.
///  5. So many successes of probes close it, and what was counted is forgotten. One failure of a
///     probe opens it again.
///  6. Each opening lasts twice as long as the one before, up to the longest. One that comes later
///     than the window's length after a closing starts afresh.
///  7. The verdict on a call that was permitted before the last change of state changes nothing.
///
/// States: `closed` → `open` → `halfOpen` → `closed` | `open`; any → `closed` by `close`.
package struct CircuitBreaker: Sendable {
    /// Whether calls pass.
    package enum State: Sendable, Equatable {
        case closed
        case open(until: Duration)
        case halfOpen
    }

    /// What a call says about the thing that it called.
    package enum Verdict: Sendable {
        case success
        case failure
        /// It says nothing: the client left, or something else was at fault.
        case none
    }

    /// That a call may be made; concluded once.
    package struct Permit: Sendable, Equatable {
        fileprivate let generation: UInt64
        package let isProbe: Bool
    }

    /// The times of openings and what comes later are by the new policy.
    package var policy: BreakerPolicy {
        didSet { if policy.window != oldValue.window { window = FailureWindow(policy.window) } }
    }
    private var state = State.closed
    /// Counts the changes of state.
    private var generation: UInt64 = 0
    private var window: FailureWindow
    private var failuresInRow = 0
    private var probes = 0
    private var probeSuccesses = 0
    /// Openings since it last started afresh.
    private var openings = 0
    private var closed: Duration?

    package init(_ policy: BreakerPolicy = BreakerPolicy()) {
        self.policy = policy
        window = FailureWindow(policy.window)
    }

    /// The state, in which an opening whose time is over is half open.
    package func state(at now: Duration) -> State {
        if case .open(let until) = state, now >= until { return .halfOpen }
        return state
    }

    /// Whether it is closed and has seen no failure since the last success: then a success tells
    /// it nothing that matters.
    package var isUntroubled: Bool { state == .closed && failuresInRow == 0 }

    /// Whether a call would be permitted now.
    package func permits(at now: Duration) -> Bool {
        switch state(at: now) {
        case .closed: true
        case .open: false
        // Probes are of this state only where it has begun.
        case .halfOpen: state != .halfOpen || probes < policy.probes
        }
    }

    /// A call is to be made: its permit, or nil where it must not.
    package mutating func begin(at now: Duration) -> Permit? {
        guard permits(at: now) else { return nil }
        if state == .closed { return Permit(generation: generation, isProbe: false) }
        if state != .halfOpen { change(to: .halfOpen) }
        probes += 1
        return Permit(generation: generation, isProbe: true)
    }

    /// A call has ended.
    ///
    /// - Parameter permit: nil for a call that was made without asking; it counts while closed.
    package mutating func end(_ permit: Permit?, _ verdict: Verdict, at now: Duration) {
        guard (permit?.generation ?? generation) == generation else { return }
        switch state {
        case .closed: count(verdict, at: now)
        case .open: break
        case .halfOpen: if permit != nil { concludeProbe(verdict, at: now) }
        }
    }

    /// Closes it, as if it had never opened: what was behind it is another thing now.
    package mutating func close() {
        openings = 0
        closed = nil
        change(to: .closed)
    }

    private mutating func count(_ verdict: Verdict, at now: Duration) {
        guard verdict != .none else { return }
        window.count(isFailure: verdict == .failure, at: now)
        guard verdict == .failure else { return failuresInRow = 0 }
        failuresInRow += 1
        let isShareTooHigh =
            window.calls >= policy.calls
            && Double(window.failures) >= Double(window.calls) * policy.share
        if isShareTooHigh || failuresInRow >= policy.consecutive { open(at: now) }
    }

    private mutating func concludeProbe(_ verdict: Verdict, at now: Duration) {
        probes -= 1
        switch verdict {
        case .none: break
        case .failure: open(at: now)
        case .success:
            probeSuccesses += 1
            if probeSuccesses >= policy.successes {
                closed = now
                change(to: .closed)
            }
        }
    }

    private mutating func open(at now: Duration) {
        if state == .closed, let closed, now - closed > policy.window { openings = 0 }
        let length = min(policy.open * (1 << min(openings, 24)), policy.longest)
        openings += 1
        change(to: .open(until: now + length))
    }

    private mutating func change(to new: State) {
        state = new
        generation += 1
        window.clear()
        failuresInRow = 0
        probes = 0
        probeSuccesses = 0
    }
}

extension CircuitBreaker.State {
    /// `closed`, `open` or `half_open`.
    package var name: String {
        switch self {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half_open"
        }
    }
}
