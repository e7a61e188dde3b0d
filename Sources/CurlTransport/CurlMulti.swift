// SPDX-License-Identifier: Apache-2.0
import CCurlShim
import Shard
import Wire

/// A multi handle of libcurl on the shard's loop, with its connections.
///
/// 1. libcurl is entered from `socketIsReady` and from `flush`, never from a transfer's methods.
/// 2. What a receiver orders while libcurl is on the stack (start, cancel, resume) is written down
///    and done by `flush`, at the end of the same batch of events.
/// 3. Receivers hear of heads and bodies inside libcurl, of ends outside of it.
final class CurlMulti: Flushable {
    /// libcurl walks over all active transfers of a multi for some of its work: a plain call beside
    /// 2,000 parked streams of one multi costs five times as much. From 16 to 64 it does not show.
    static let capacity = 32

    private(set) var activeCount = 0
    /// When the last transfer ended; meaningless while there are any.
    private(set) var idleSince: Instant
    private let handle: UnsafeMutableRawPointer
    private let loop: ShardLoop
    private let sockets: CurlSocketTable
    private let position: Int
    private unowned let owner: CurlTransport

    private var starting: [CurlTransfer] = []
    private var removals: [CurlTransfer] = []
    private var resumptions: [CurlTransfer] = []
    private var isInsideLibcurl = false

    /// When libcurl wants to be called; `isDue` where that is at once.
    private var deadline = Instant.distantFuture
    private var isDue = false
    private var timer: TimerID?
    private var timerDeadline = Instant.distantFuture

    /// Times that libcurl may ask to be called at once, in one batch.
    private static let maximumRounds = 16

    /// Nil where there is no memory.
    init?(at position: Int, loop: ShardLoop, sockets: CurlSocketTable, owner: CurlTransport) {
        guard let handle = curl_multi_init() else { return nil }
        self.handle = handle
        self.loop = loop
        self.sockets = sockets
        self.position = position
        self.owner = owner
        idleSince = loop.clock.now
        // Twice the transfers: two providers in turns find their idle connections. Below the
        // concurrency, connections would be closed and opened for each request (120 µs).
        ccurl_multi_set_long(handle, CURLMOPT_MAXCONNECTS, Self.capacity * 2)
        ccurl_multi_set_long(handle, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        setCallbacks()
    }

    /// Closes all connections. No transfer may be left.
    func close() {
        if let timer { loop.clock.cancel(timer) }
        curl_multi_cleanup(handle)
    }

    var isFull: Bool { activeCount >= Self.capacity }

    /// Takes a transfer in; libcurl gets it at the end of the batch.
    func start(_ transfer: CurlTransfer) {
        activeCount += 1
        starting.append(transfer)
        loop.transfers.scheduleFlush(self)
    }

    /// Lets a transfer go, whose receiver hears nothing any more.
    func remove(_ transfer: CurlTransfer) {
        if isInsideLibcurl {
            removals.append(transfer)
            loop.transfers.scheduleFlush(self)
        } else {
            detach(transfer)
        }
    }

    /// Lets libcurl read on for a transfer at the end of the batch.
    func resume(_ transfer: CurlTransfer) {
        resumptions.append(transfer)
        loop.transfers.scheduleFlush(self)
    }

    func socketIsReady(_ descriptor: Int32, _ events: Int32) {
        act(descriptor, events)
        loop.transfers.scheduleFlush(self)
    }

    func flush() {
        while let transfer = removals.popLast() { detach(transfer) }
        addStarting()
        continueResumed()
        if deadline != .distantFuture, deadline <= loop.clock.now {
            deadline = .distantFuture
            isDue = true
        }
        for _ in 0..<Self.maximumRounds where isDue {
            isDue = false
            act(CURL_SOCKET_TIMEOUT, 0)
        }
        while let transfer = removals.popLast() { detach(transfer) }
        reap()
        if isDue { loop.transfers.scheduleFlush(self) }
        armTimer()
    }

    private func addStarting() {
        guard !starting.isEmpty else { return }
        var batch: [CurlTransfer] = []
        swap(&batch, &starting)
        for transfer in batch {
            guard let easy = transfer.beginRunning() else { continue }
            isInsideLibcurl = true
            let code = curl_multi_add_handle(handle, easy)
            isInsideLibcurl = false
            if code != CURLM_OK {
                let detail = "libcurl takes no transfer: \(code.rawValue)"
                transfer.end(.failed(TransferFailure(.connect, detail: detail)))
            }
        }
    }

    private func continueResumed() {
        guard !resumptions.isEmpty else { return }
        var batch: [CurlTransfer] = []
        swap(&batch, &resumptions)
        for transfer in batch {
            guard let easy = transfer.takePause() else { continue }
            isInsideLibcurl = true
            // Hands over what it had held back, through the body's callback.
            curl_easy_pause(easy, CURLPAUSE_CONT)
            isInsideLibcurl = false
        }
    }

    private func act(_ descriptor: Int32, _ events: Int32) {
        var running: Int32 = 0
        isInsideLibcurl = true
        curl_multi_socket_action(handle, descriptor, events, &running)
        isInsideLibcurl = false
    }

    private func reap() {
        var code = CURLE_OK
        while let easy = ccurl_next_ended(handle, &code) {
            CurlHandle.transfer(ccurl_context(easy))?.complete(code)
        }
    }

    /// Takes a transfer out of libcurl. Before its end this closes its connection (HTTP/2: resets
    /// its stream).
    func detach(_ transfer: CurlTransfer) {
        guard let curlHandle = transfer.takeHandle() else { return }
        if transfer.hasRun {
            isInsideLibcurl = true
            curl_multi_remove_handle(handle, curlHandle.easy)
            isInsideLibcurl = false
        }
        activeCount -= 1
        if activeCount == 0 { idleSince = loop.clock.now }
        owner.didDetach(curlHandle, from: position)
    }

    private func setCallbacks() {
        ccurl_multi_set_callbacks(
            handle,
            { _, descriptor, what, context, _ in
                guard let context else { return 0 }
                let multi = Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue()
                multi.sockets.update(descriptor, what, for: multi)
                return 0
            },
            { _, milliseconds, context in
                guard let context else { return 0 }
                Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue()
                    .setTimeout(milliseconds)
                return 0
            },
            Unmanaged.passUnretained(self).toOpaque())
    }

    /// libcurl's `CURLMOPT_TIMERFUNCTION`. It changes its mind several times a transfer, mostly to
    /// "now" and back, so nothing is scheduled before the end of the batch.
    private func setTimeout(_ milliseconds: Int) {
        isDue = milliseconds == 0
        deadline =
            milliseconds > 0
            ? loop.clock.now.advanced(by: .milliseconds(milliseconds)) : .distantFuture
        if isDue, !isInsideLibcurl { loop.transfers.scheduleFlush(self) }
    }

    /// A timer that is too early stays: it looks again when it fires.
    private func armTimer() {
        guard deadline < timerDeadline else { return }
        if let timer { loop.clock.cancel(timer) }
        timerDeadline = deadline
        timer = loop.clock.schedule(at: deadline) { [unowned self] in
            timer = nil
            timerDeadline = .distantFuture
            loop.transfers.scheduleFlush(self)
        }
    }
}
