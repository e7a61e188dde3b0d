// SPDX-License-Identifier: Apache-2.0
package import Wire

/// What a simulated provider does with one request.
package struct UpstreamScript: Sendable {
    package enum Step: Sendable {
        case wait(Duration)
        case head(HTTPReplyHead)
        case bytes([UInt8])
        case end(TransferEnd)
        /// Says nothing more: the transfer's own limits must end it.
        case silence
    }
    package var steps: [Step]

    package init(_ steps: [Step]) { self.steps = steps }
}

/// A transport whose providers follow scripts.
package final class ScriptedTransport: Transport {
    private let clock: VirtualClock
    private let script: (TransferRequest) -> UpstreamScript
    /// Transfers that have neither ended nor been cancelled.
    package private(set) var runningTransfers = 0
    package private(set) var startedTransfers = 0

    package init(clock: VirtualClock, script: @escaping (TransferRequest) -> UpstreamScript) {
        self.clock = clock
        self.script = script
    }

    package func start(
        _ request: TransferRequest, receiver: any TransferReceiver
    ) -> any Transfer {
        runningTransfers += 1
        startedTransfers += 1
        let transfer = ScriptedTransfer(
            steps: script(request).steps, limits: request.limits, clock: clock, receiver: receiver
        ) { [weak self] in self?.runningTransfers -= 1 }
        transfer.begin()
        return transfer
    }
}

/// One transfer of a `ScriptedTransport`: paced, pausable, with libcurl's limits.
final class ScriptedTransfer: Transfer {
    private var steps: ArraySlice<UpstreamScript.Step>
    private let limits: TransferLimits
    private let clock: VirtualClock
    private let start: Instant
    private var receiver: (any TransferReceiver)?
    private var onOver: (() -> Void)?
    private var timer: TimerID?
    private var isPaused = false
    private var lastByte: Instant
    private(set) var timings = TransferTimings(connected: .milliseconds(1))

    init(
        steps: [UpstreamScript.Step], limits: TransferLimits, clock: VirtualClock,
        receiver: any TransferReceiver, onOver: @escaping () -> Void
    ) {
        self.steps = steps[...]
        self.limits = limits
        self.clock = clock
        self.receiver = receiver
        self.onOver = onOver
        start = clock.now
        lastByte = clock.now
    }

    func begin() { proceed(after: .zero) }

    func cancel() { close() }

    func pause() { isPaused = true }

    func resume() {
        guard isPaused else { return }
        isPaused = false
        lastByte = clock.now
        if receiver != nil && timer == nil { proceed(after: .zero) }
    }

    private func proceed(after delay: Duration) {
        timer = clock.schedule(at: clock.now.advanced(by: delay)) { [self] in
            timer = nil
            if !isPaused { step() }
        }
    }

    private func step() {
        guard let receiver else { return }
        guard let step = steps.popFirst() else { return end(.complete) }
        switch step {
        case .wait(let delay):
            if let kind = limit(passedAfter: delay) { return fallSilent(kind) }
            proceed(after: delay)
        case .head(let head):
            timings.firstByte = start.duration(to: clock.now)
            lastByte = clock.now
            proceed(after: .zero)
            receiver.transferDidReceive(head: head)
        case .bytes(let bytes):
            lastByte = clock.now
            proceed(after: .zero)
            receiver.transferDidReceive(bytes.span)
        case .end(let value):
            end(value)
        case .silence:
            fallSilent(timings.firstByte == nil ? .firstByteTimeout : .idleTimeout)
        }
    }

    private func limit(passedAfter delay: Duration) -> TransferFailure.Kind? {
        if start.duration(to: clock.now) + delay > limits.total { return .totalTimeout }
        if timings.firstByte == nil {
            let waited = start.duration(to: clock.now) + delay
            return waited > limits.firstByte ? .firstByteTimeout : nil
        }
        return lastByte.duration(to: clock.now) + delay > limits.idle ? .idleTimeout : nil
    }

    private func fallSilent(_ kind: TransferFailure.Kind) {
        let rest = limits.total - start.duration(to: clock.now)
        let wait = kind == .firstByteTimeout ? limits.firstByte : limits.idle
        let reached = kind == .totalTimeout || rest < wait ? .totalTimeout : kind
        steps = [.end(.failed(TransferFailure(reached, detail: "scripted")))]
        proceed(after: reached == .totalTimeout ? max(.zero, rest) : wait)
    }

    private func end(_ value: TransferEnd) {
        let receiver = receiver
        close()
        receiver?.transferDidEnd(value)
    }

    private func close() {
        receiver = nil
        if let timer { clock.cancel(timer) }
        timer = nil
        onOver?()
        onOver = nil
    }
}
