// SPDX-License-Identifier: Apache-2.0

/// One accepted, non-blocking byte stream.
///
/// The owner drives it: it reads until `wouldBlock`, and is told through its `observer` when there
/// is more. Isolation: the shard that accepted it.
package protocol ByteSocket: AnyObject {
    /// Who is told about readiness. Set once, before the first event can arrive.
    var observer: (any SocketObserver)? { get set }

    /// The peer's address for logs, `203.0.113.9:5123` or `unix`.
    var peer: String { get }

    /// Whether a read that does not fill its buffer has taken all there was, so that the next event
    /// comes when there is more. True for a plain socket in epoll; false for TLS, say.
    var isDrainedByShortRead: Bool { get }

    /// Reads what is there into `buffer`, which is not empty.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> SocketReceiveResult

    /// Sends a prefix of `bytes`, which are not empty.
    func send(_ bytes: UnsafeRawBufferPointer) -> SocketSendResult

    /// Sends FIN: the peer reads end-of-stream, this side can go on reading.
    func shutdownSending()

    /// Closes the socket and forgets the observer. Safe to call twice.
    func close()

    /// Closes as `close` does, but so that the peer sees a broken connection instead of an end of
    /// stream (TCP: RST, by a linger time of zero). What was not sent yet is lost.
    func reset()
}

extension ByteSocket {
    /// False: reads go on until `wouldBlock`.
    package var isDrainedByShortRead: Bool { false }

    /// Closes: for sockets that know no reset.
    package func reset() { close() }
}

/// What a read gave.
package enum SocketReceiveResult: Sendable, Equatable {
    case bytes(Int)
    case wouldBlock
    /// The peer sent FIN: it will send nothing more, and may still read.
    case endOfStream
    /// Reset, timed out, or otherwise broken.
    case failed
}

/// What a send took.
package enum SocketSendResult: Sendable, Equatable {
    case bytes(Int)
    case wouldBlock
    case failed
}

/// What happens to a socket.
package protocol SocketObserver: AnyObject {
    /// Bytes or an end of stream can be read. Edge-triggered: read until `wouldBlock`.
    func socketIsReadable()
    /// A send that would have blocked can go on.
    func socketIsWritable()
    /// The peer closed its side or the connection broke, whether or not unread bytes remain.
    func socketHungUp()
}
