// SPDX-License-Identifier: Apache-2.0
import CCurlShim
package import Shard
package import Wire

/// Carries requests to providers by libcurl, on one shard's loop.
///
/// A transfer's path: an idle handle is taken, the options that differ are set, and the first multi
/// with room takes it; libcurl gets it at the end of the batch. Handles, multis and connections are
/// made on demand and let go after a minute without use.
///
/// A request sent on an idle connection that the provider had closed already is sent again by
/// libcurl, on another connection, where this shows within a second and before any byte of a reply.
/// Later than that it fails as `.closedBeforeHead` and nothing is sent twice.
///
/// Isolation: the shard of the loop. Not to be used after `close`.
package final class CurlTransport: Transport {
    private let loop: ShardLoop
    private let userAgent: String
    private let sockets: CurlSocketTable
    /// Resolved names and TLS sessions, for all multis of the shard. Without locks: one shard.
    private let share: UnsafeMutableRawPointer?
    private var urls = ParsedURLCache()
    private var multis: [CurlMulti?] = []
    /// No multi before this position has room.
    private var firstWithRoom = 0
    private var idleHandles: [CurlHandle] = []
    private var activeCount = 0
    /// The most transfers at a time since the last sweep: what the next minute may need.
    private var recentPeak = 0
    private var sweepTimer: TimerID?
    private var isClosed = false

    private let idleLimit: Duration

    /// - Parameters:
    ///   - userAgent: Sent where a message has none: `martlet/0.1.0`.
    ///   - idleLimit: How long connections, multis and handles are kept without use, and up to a
    ///     quarter longer.
    package init(loop: ShardLoop, userAgent: String, idleLimit: Duration = .seconds(60)) {
        precondition(CurlLibrary.resolvesAsynchronously, "this libcurl resolves names in line")
        self.loop = loop
        self.userAgent = userAgent
        self.idleLimit = idleLimit
        sockets = CurlSocketTable(poll: loop.poll)
        share = curl_share_init()
        ccurl_share(share, CURL_LOCK_DATA_DNS)
        ccurl_share(share, CURL_LOCK_DATA_SSL_SESSION)
    }

    deinit { close() }

    /// Starts a transfer at the end of the current batch; see `Transport`. A request that cannot be
    /// sent at all (its URL, a field) fails there too, as `.resolve` or `.malformed`.
    package func start(
        _ request: TransferRequest, receiver: any TransferReceiver
    ) -> any Transfer {
        guard !isClosed else { return reject(receiver, .connect, "the transport is closed") }
        guard let handle = takeHandle(), let multi = multiWithRoom() else {
            return reject(receiver, .connect, "no memory for libcurl")
        }
        do throws(TransferFailure) {
            try handle.prepare(request, urls: &urls)
        } catch {
            idleHandles.append(handle)
            return reject(receiver, error.kind, error.detail)
        }
        activeCount += 1
        recentPeak = max(recentPeak, activeCount)
        let transfer = CurlTransfer(
            request, receiver: receiver, handle: handle, multi: multi, clock: loop.clock)
        multi.start(transfer)
        scheduleSweep()
        return transfer
    }

    /// Closes all connections. Transfers must have ended or been cancelled.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        if let sweepTimer { loop.clock.cancel(sweepTimer) }
        for multi in multis { multi?.close() }
        multis = []
        idleHandles = []
        curl_share_cleanup(share)
    }

    /// A handle is free again.
    func didDetach(_ handle: CurlHandle, from position: Int) {
        activeCount -= 1
        firstWithRoom = min(firstWithRoom, position)
        idleHandles.append(handle)
    }

    private func takeHandle() -> CurlHandle? {
        idleHandles.popLast()
            ?? CurlHandle(
                sockets: sockets, share: share, userAgent: userAgent, clock: loop.clock)
    }

    /// First fit, so that few multis carry all, their connections stay warm, and the others fall
    /// idle.
    private func multiWithRoom() -> CurlMulti? {
        while firstWithRoom < multis.count {
            guard let multi = multis[firstWithRoom] else { break }
            if !multi.isFull { return multi }
            firstWithRoom += 1
        }
        let multi = CurlMulti(at: firstWithRoom, loop: loop, sockets: sockets, owner: self)
        if firstWithRoom == multis.count {
            multis.append(multi)
        } else {
            multis[firstWithRoom] = multi
        }
        return multi
    }

    private func reject(
        _ receiver: any TransferReceiver, _ kind: TransferFailure.Kind, _ detail: String
    ) -> any Transfer {
        let rejection = RejectedTransfer(receiver, TransferFailure(kind, detail: detail))
        loop.transfers.scheduleFlush(rejection)
        return rejection
    }

    private func scheduleSweep() {
        guard sweepTimer == nil else { return }
        sweepTimer = loop.clock.schedule(at: loop.clock.now.advanced(by: idleLimit / 4)) {
            [unowned self] in
            sweepTimer = nil
            sweep()
        }
    }

    /// Lets go of what has not been used for a while. libcurl itself closes idle connections only
    /// when the same multi opens another one.
    private func sweep() {
        let now = loop.clock.now
        for (position, multi) in multis.enumerated() {
            guard let multi, multi.activeCount == 0,
                multi.idleSince.duration(to: now) >= idleLimit
            else { continue }
            multi.close()
            multis[position] = nil
            firstWithRoom = min(firstWithRoom, position)
        }
        while let last = multis.last, last == nil { multis.removeLast() }
        firstWithRoom = min(firstWithRoom, multis.count)
        let surplus = idleHandles.count + activeCount - recentPeak
        if surplus > 0 { idleHandles.removeFirst(min(surplus, idleHandles.count)) }
        recentPeak = activeCount
        if !multis.isEmpty || !idleHandles.isEmpty { scheduleSweep() }
    }
}

/// A transfer that failed before libcurl had it. It tells so at the end of the batch.
private final class RejectedTransfer: Transfer, Flushable {
    private var receiver: (any TransferReceiver)?
    private let failure: TransferFailure

    init(_ receiver: any TransferReceiver, _ failure: TransferFailure) {
        self.receiver = receiver
        self.failure = failure
    }

    var timings: TransferTimings { TransferTimings() }
    func cancel() { receiver = nil }
    func pause() {}
    func resume() {}

    func flush() {
        let receiver = receiver
        self.receiver = nil
        receiver?.transferDidEnd(.failed(failure))
    }
}
