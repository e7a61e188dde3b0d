// SPDX-License-Identifier: Apache-2.0
import Wire

/// One end of a connection in memory; the test is the other end.
final class MemorySocket: ByteSocket {
    var observer: (any SocketObserver)?
    let peer = "memory"

    /// What the client sent and the server has not read.
    private var inbox: [UInt8] = []
    /// What the server sent.
    private(set) var sent: [UInt8] = []
    /// Calls of `send` that took bytes.
    private(set) var sends = 0
    var onSend: () -> Void = {}
    private(set) var receives = 0
    /// Bytes the kernel takes before a send would block.
    var room = Int.max
    private(set) var isSendingShut = false
    private(set) var isClosed = false
    private(set) var isReset = false
    private var isEnded = false
    private var isBroken = false

    var unreadBytes: Int { inbox.count }
    var text: String { String(decoding: sent, as: UTF8.self) }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> SocketReceiveResult {
        receives += 1
        if isBroken { return .failed }
        guard !inbox.isEmpty else { return isEnded ? .endOfStream : .wouldBlock }
        let count = min(inbox.count, buffer.count)
        buffer.copyBytes(from: inbox[..<count])
        inbox.removeFirst(count)
        return .bytes(count)
    }

    func send(_ bytes: UnsafeRawBufferPointer) -> SocketSendResult {
        if isBroken || isSendingShut { return .failed }
        let count = min(room, bytes.count)
        guard count > 0 else { return .wouldBlock }
        sends += 1
        onSend()
        room -= count
        sent.append(contentsOf: bytes[..<count])
        return .bytes(count)
    }

    func shutdownSending() { isSendingShut = true }

    func reset() {
        isReset = true
        close()
    }

    func close() {
        isClosed = true
        observer = nil
    }

    // The client's side.

    func arrive(_ bytes: [UInt8]) {
        inbox += bytes
        observer?.socketIsReadable()
    }

    func arrive(_ text: String) { arrive(Array(text.utf8)) }

    /// FIN, told as a hang-up, and as readable where the test wants it.
    func hangUp(tellsReadable: Bool = false) {
        isEnded = true
        if tellsReadable { observer?.socketIsReadable() }
        observer?.socketHungUp()
    }

    func breakDown() {
        isBroken = true
        observer?.socketHungUp()
    }

    func makeRoom(_ bytes: Int) {
        room = bytes
        observer?.socketIsWritable()
    }

    func takeSent() -> String {
        defer { sent = [] }
        return text
    }
}
