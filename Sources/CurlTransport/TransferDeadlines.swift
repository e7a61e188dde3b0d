// SPDX-License-Identifier: Apache-2.0
package import Wire

/// When a transfer has taken too long, and in which of its parts.
///
/// A transfer has one timer. What happens in between only moves a value here; the timer looks at
/// it when it fires, and is set again where the deadline has moved on. So a piece of the body
/// costs one assignment, and a transfer one or two entries in the timer heap.
package struct TransferDeadlines {
    /// What the transfer waits for.
    package enum Phase: Equatable, Sendable {
        /// Name, TCP, TLS, or a turn on a shared connection. Next: `waiting`.
        case connecting
        /// The request is on its way. Next: `receiving`.
        case waiting
        /// The head is there.
        case receiving
    }

    /// What is to be done now.
    package enum Verdict: Equatable, Sendable {
        case failed(TransferFailure.Kind)
        case lookAgain(at: Instant)
    }

    /// What is waited for now.
    package var phase = Phase.connecting
    /// When the last piece of the reply came, or reading went on after a pause.
    package var lastActivity: Instant
    /// While reading is paused, silence does not count.
    package var isPaused = false
    private let limits: TransferLimits
    private let start: Instant

    /// Deadlines of a transfer that starts now.
    package init(_ limits: TransferLimits, start: Instant) {
        self.limits = limits
        self.start = start
        lastActivity = start
    }

    /// The verdict at `now`.
    package func verdict(_ now: Instant) -> Verdict {
        let total = start.advanced(by: limits.total)
        if now >= total { return .failed(.totalTimeout) }
        guard let (deadline, kind) = current else { return .lookAgain(at: total) }
        if now >= deadline { return .failed(kind) }
        return .lookAgain(at: min(deadline, total))
    }

    private var current: (Instant, TransferFailure.Kind)? {
        let firstByte = start.advanced(by: limits.firstByte)
        switch phase {
        case .connecting:
            let connect = start.advanced(by: limits.connect)
            return connect <= firstByte
                ? (connect, .connectTimeout) : (firstByte, .firstByteTimeout)
        case .waiting: return (firstByte, .firstByteTimeout)
        case .receiving:
            return isPaused ? nil : (lastActivity.advanced(by: limits.idle), .idleTimeout)
        }
    }
}
