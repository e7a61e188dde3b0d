// SPDX-License-Identifier: Apache-2.0
package import Wire

/// The gateway's end of a simulated connection; the other end is a `SimulatedClient`.
///
/// Bytes travel in pieces of chance lengths, at the pace that the client's script gives.
package final class SimulatedSocket: ByteSocket {
    package weak var observer: (any SocketObserver)?
    package let peer = "simulated"

    private let random: SeededRandom
    /// What the client has sent and the gateway has not yet read.
    private var inbound: [UInt8] = []
    private var clientHasFinished = false
    private var isBroken = false
    /// How many bytes the client's receive window still takes.
    private var window: Int
    private(set) var isClosed = false
    private(set) var hasShutDown = false
    /// Told of bytes that left, and of the end of them.
    package var onSent: (([UInt8]) -> Void)?
    package var onEnd: (() -> Void)?
    /// Whether the gateway's process has died: nothing of it leaves any more.
    package var isProcessDead: () -> Bool = { false }

    package init(random: SeededRandom, window: Int) {
        self.random = random
        self.window = window
    }

    // MARK: The gateway's side

    package func receive(into buffer: UnsafeMutableRawBufferPointer) -> SocketReceiveResult {
        if isBroken || isClosed { return .failed }
        if inbound.isEmpty { return clientHasFinished ? .endOfStream : .wouldBlock }
        let most = min(buffer.count, inbound.count)
        let count = random.oneIn(3) ? random.pick(1...most) : most
        buffer.copyBytes(from: inbound[..<count])
        inbound.removeFirst(count)
        return .bytes(count)
    }

    package func send(_ bytes: UnsafeRawBufferPointer) -> SocketSendResult {
        if isBroken || isClosed || hasShutDown || isProcessDead() { return .failed }
        guard window > 0 else { return .wouldBlock }
        let most = min(bytes.count, window)
        let count = random.oneIn(4) ? random.pick(1...most) : most
        window -= count
        onSent?(Array(bytes[..<count]))
        return .bytes(count)
    }

    package func shutdownSending() {
        guard !hasShutDown, !isClosed else { return }
        hasShutDown = true
        onEnd?()
    }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        observer = nil
        if !hasShutDown { onEnd?() }
    }

    // MARK: The client's side

    package func deliver(_ bytes: [UInt8]) {
        guard !isClosed, !isBroken else { return }
        inbound += bytes
        observer?.socketIsReadable()
    }

    /// The client read: its window opens again.
    package func open(window more: Int) {
        let wasShut = window <= 0
        window += more
        if wasShut { observer?.socketIsWritable() }
    }

    /// The client closes in good order.
    package func finishFromClient() {
        guard !isClosed, !clientHasFinished else { return }
        clientHasFinished = true
        observer?.socketHungUp()
    }

    /// The client resets the connection.
    package func reset() {
        guard !isClosed, !isBroken else { return }
        isBroken = true
        observer?.socketHungUp()
    }
}
