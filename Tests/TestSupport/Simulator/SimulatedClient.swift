// SPDX-License-Identifier: Apache-2.0
import Wire

/// One request that a simulated client sends.
package struct PlannedRequest: Sendable {
    /// Its name in the world: written into the prompt, so that the provider's script knows it.
    package var serial: Int
    package var isStream: Bool
    package var bytes: [UInt8]
}

/// What a simulated client does with its connection.
package struct ClientPlan: Sendable {
    package var requests: [PlannedRequest]
    /// Sends all requests without waiting for the answers.
    package var isPipelining = false
    /// Leaves at this time: by FIN, or by a reset.
    package var leavesAfter: Duration?
    package var leavesByReset = false
    /// Bytes of receive window, and how many of them open again each 10 ms.
    package var window = 1 << 20
    package var readsPerTick = 1 << 20
}

/// A client on a simulated connection, with an HTTP reading of its own.
package final class SimulatedClient {
    package let plan: ClientPlan
    package let socket: SimulatedSocket
    private let clock: VirtualClock
    private let random: SeededRandom
    private var received: [UInt8] = []
    private var sentRequests = 0
    /// When the last piece of what has been sent arrives.
    private var lastArrival = Instant(nanoseconds: 0)
    package private(set) var hasLeft = false
    package private(set) var isOver = false

    package init(plan: ClientPlan, clock: VirtualClock, random: SeededRandom) {
        self.plan = plan
        self.clock = clock
        self.random = random
        socket = SimulatedSocket(random: random, window: plan.window)
        socket.onSent = { [weak self] bytes in self?.take(bytes) }
        socket.onEnd = { [weak self] in self?.gatewayEnded() }
    }

    /// What came back, one for each request that was answered or begun to be.
    package var replies: [ObservedReply] { ObservedReply.readAll(received, isOver: isOver) }

    /// Begins to talk; called after the gateway has accepted the socket.
    package func begin() {
        sendNext()
        if plan.isPipelining { while sentRequests < plan.requests.count { sendNext() } }
        if let delay = plan.leavesAfter { clock.after(delay) { [weak self] in self?.leave() } }
        if plan.readsPerTick < plan.window { tick() }
    }

    private func sendNext() {
        guard sentRequests < plan.requests.count, !hasLeft, !isOver else { return }
        var rest = plan.requests[sentRequests].bytes[...]
        sentRequests += 1
        while !rest.isEmpty {
            let length = random.oneIn(3) ? random.pick(1...rest.count) : rest.count
            let piece = Array(rest.prefix(length))
            rest = rest.dropFirst(piece.count)
            lastArrival = max(lastArrival, clock.now)
            _ = clock.schedule(at: lastArrival) { [weak self] in
                guard let self, !self.hasLeft else { return }
                self.socket.deliver(piece)
            }
            lastArrival = lastArrival.advanced(by: .milliseconds(random.pick(0...20)))
        }
    }

    private func take(_ bytes: [UInt8]) {
        received += bytes
        if plan.readsPerTick >= plan.window {
            socket.open(window: bytes.count)
        }
        let done = replies.count { $0.isWhole }
        if !plan.isPipelining && done == sentRequests && sentRequests < plan.requests.count {
            clock.after(.milliseconds(random.pick(0...5))) { [weak self] in self?.sendNext() }
        } else if done == plan.requests.count {
            clock.after(.milliseconds(1)) { [weak self] in self?.leave() }
        }
    }

    private func gatewayEnded() {
        isOver = true
        clock.after(.milliseconds(1)) { [weak self] in self?.leave() }
    }

    private func leave() {
        guard !hasLeft else { return }
        hasLeft = true
        if plan.leavesByReset { socket.reset() } else { socket.finishFromClient() }
    }

    private func tick() {
        guard !hasLeft, !socket.isClosed else { return }
        socket.open(window: plan.readsPerTick)
        clock.after(.milliseconds(10)) { [weak self] in self?.tick() }
    }
}
