// SPDX-License-Identifier: Apache-2.0
import CCurlShim
import Wire

/// One transfer, from `CurlTransport.start` to its end.
///
/// States: waiting (for the end of the batch) → running → ended; from any of them to ended by
/// `cancel`. The receiver hears nothing in state ended.
final class CurlTransfer: Transfer {
    private enum State {
        /// Next: running, ended.
        case waiting
        /// libcurl has it. Next: ended.
        case running
        case ended
    }

    private var state = State.waiting
    /// Whether libcurl has, or had, the handle.
    private(set) var hasRun = false
    /// What libcurl sends from. An array that is never changed keeps its storage in one place for
    /// as long as it is held.
    private let body: [UInt8]
    private let limits: TransferLimits
    private let multi: CurlMulti
    private let clock: any Timekeeper
    private var handle: CurlHandle?
    private var receiver: (any TransferReceiver)?
    private var parser = ReplyHeadParser()
    private var deadlines: TransferDeadlines
    private var localFailure: TransferFailure?
    private var measured = TransferTimings()

    /// Whether the receiver wants no bytes now.
    private var isPaused = false
    /// Whether libcurl has been told, by refusing the bytes that it offered.
    private var isHeldByLibcurl = false
    private var firstSent: Instant?

    /// How long after its first sending a request may be sent again by libcurl, on a new
    /// connection, because the idle one it was sent on had been closed: one that was closed before
    /// says so within a round trip. Later, the provider may have worked on it and charge for it.
    private static let resendWindow = Duration.seconds(1)

    init(
        _ request: TransferRequest, receiver: any TransferReceiver, handle: CurlHandle,
        multi: CurlMulti, clock: any Timekeeper
    ) {
        body = request.message.body
        limits = request.limits
        self.receiver = receiver
        self.handle = handle
        self.multi = multi
        self.clock = clock
        let now = clock.now
        deadlines = TransferDeadlines(request.limits, start: now)
        handle.transfer = self
        armTimer(at: now)
    }

    var timings: TransferTimings { state == .running ? handle?.timings ?? measured : measured }

    func cancel() {
        guard state != .ended else { return }
        becomeEnded()
        multi.remove(self)
    }

    func pause() {
        guard state != .ended else { return }
        isPaused = true
        deadlines.isPaused = true
    }

    func resume() {
        guard state != .ended, isPaused else { return }
        isPaused = false
        deadlines.isPaused = false
        deadlines.lastActivity = clock.now
        if isHeldByLibcurl { multi.resume(self) }
        // The timer may stand at the total limit, which is what counted during the pause.
        armTimer(at: clock.now)
    }

    // MARK: What the multi calls

    /// Becomes running, unless cancelled meanwhile. Returns the handle to run.
    func beginRunning() -> UnsafeMutableRawPointer? {
        guard state == .waiting, let handle else { return nil }
        state = .running
        hasRun = true
        return handle.easy
    }

    /// Ends the refusal of bytes, where it is still wanted. Returns the handle to let go on.
    func takePause() -> UnsafeMutableRawPointer? {
        guard state == .running, !isPaused, isHeldByLibcurl else { return nil }
        isHeldByLibcurl = false
        return handle?.easy
    }

    /// Gives the handle up, and remembers what it measured.
    func takeHandle() -> CurlHandle? {
        guard let taken = handle else { return nil }
        if hasRun { measured = taken.timings }
        taken.transfer = nil
        handle = nil
        return taken
    }

    /// libcurl has ended the transfer.
    func complete(_ code: CURLcode) {
        guard state == .running, let handle else { return }
        if let localFailure { return end(.failed(localFailure)) }
        if code == CURLE_OK, parser.isComplete { return end(.complete) }
        if code == CURLE_OK {
            // libcurl takes the end of the connection for the end of the head.
            let detail = "the connection was closed inside the head"
            return end(.failed(TransferFailure(.closedBeforeHead, detail: detail)))
        }
        var phase = deadlines.phase
        if phase == .receiving, !parser.isComplete { phase = .waiting }
        end(.failed(TransferFailure(code, phase: phase, words: handle.failureWords)))
    }

    /// Lets libcurl's handle go and tells the end.
    func end(_ outcome: TransferEnd) {
        guard state != .ended else { return }
        let receiver = receiver
        becomeEnded()
        multi.detach(self)
        receiver?.transferDidEnd(outcome)
    }

    // MARK: libcurl's callbacks

    /// `CURLOPT_PREREQFUNCTION`: the connection is there and the request about to be sent.
    func mayBeSent() -> Bool {
        let now = clock.now
        if deadlines.phase == .connecting { deadlines.phase = .waiting }
        guard let firstSent else {
            firstSent = now
            return true
        }
        if firstSent.duration(to: now) <= Self.resendWindow { return true }
        localFailure = TransferFailure(
            .closedBeforeHead,
            detail: "the connection was closed without a reply; not sent again after "
                + "\(firstSent.duration(to: now).wholeNanoseconds / 1_000_000) ms")
        return false
    }

    /// `CURLOPT_HEADERFUNCTION`. Returns `count`, or 0 to make libcurl give up.
    func receiveLine(_ bytes: UnsafeMutablePointer<CChar>?, count: Int) -> Int {
        guard state == .running else { return count }
        let line = UnsafeRawBufferPointer(start: bytes, count: count)
        do throws(TransferFailure) {
            let head = try parser.receive(line.bindMemory(to: UInt8.self).span)
            if parser.hasStatus, head != nil || deadlines.phase != .receiving { didReceive() }
            if let head { receiver?.transferDidReceive(head: head) }
            return count
        } catch {
            localFailure = error
            return 0
        }
    }

    /// `CURLOPT_WRITEFUNCTION`. Returns `count`, or the wish to be offered the bytes again.
    func receiveBody(_ bytes: UnsafeMutablePointer<CChar>?, count: Int) -> Int {
        guard state == .running else { return count }
        if isPaused {
            isHeldByLibcurl = true
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        deadlines.lastActivity = clock.now
        let body = UnsafeRawBufferPointer(start: bytes, count: count)
        receiver?.transferDidReceive(body.bindMemory(to: UInt8.self).span)
        return count
    }

    private func didReceive() {
        let now = clock.now
        deadlines.lastActivity = now
        guard deadlines.phase != .receiving else { return }
        deadlines.phase = .receiving
        // The idle limit may be nearer than what the timer stands at.
        armTimer(at: now)
    }

    // MARK: Time

    /// Sets the timer where it is not early enough; one that is too early looks again when it
    /// fires. Never ends the transfer itself: libcurl may be on the stack.
    private func armTimer(at now: Instant) {
        var instant = now
        if case .lookAgain(let later) = deadlines.verdict(now) { instant = later }
        handle?.timer.fire(by: instant)
    }

    /// The handle's timer has fired, at a deadline of this transfer or of an earlier one.
    func timerDidFire() {
        guard state != .ended else { return }
        let now = clock.now
        guard case .failed(let kind) = deadlines.verdict(now) else { return armTimer(at: now) }
        end(.failed(TransferFailure(kind, detail: Self.detail(kind, limits))))
    }

    private static func detail(_ kind: TransferFailure.Kind, _ limits: TransferLimits) -> String {
        switch kind {
        case .connectTimeout: "not connected within \(limits.connect)"
        case .firstByteTimeout: "no reply within \(limits.firstByte)"
        case .idleTimeout: "nothing received for \(limits.idle)"
        default: "not finished within \(limits.total)"
        }
    }

    private func becomeEnded() {
        state = .ended
        receiver = nil
    }
}
