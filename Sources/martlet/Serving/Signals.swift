// SPDX-License-Identifier: Apache-2.0
import CLinux
import Dispatch
import Glibc

/// What the operator asks of a running gateway by signals.
enum OperatorOrder: Sendable {
    /// SIGHUP.
    case reload
    /// SIGTERM or SIGINT.
    case stop

    /// Nil for a signal that orders nothing.
    init?(signal number: UInt8) {
        switch Int32(number) {
        case SIGHUP: self = .reload
        case SIGTERM, SIGINT: self = .stop
        default: return nil
        }
    }
}

/// The orders of this process's operator, from its making on. Made once.
///
/// Not Dispatch's own signal sources: those begin to listen some time after they were activated,
/// and what comes before is lost. Here the handlers stand when the initialiser returns.
/// Isolation: orders arrive on a Dispatch queue. `@unchecked Sendable`: the source is made once,
/// on no queue yet, and then left alone.
final class OperatorOrders: @unchecked Sendable {
    /// To be read by one task at a time.
    let stream: AsyncStream<OperatorOrder>
    private let source: (any DispatchSourceRead)?

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: OperatorOrder.self)
        self.stream = stream
        let descriptor = clinux_redirect_signals([SIGHUP, SIGTERM, SIGINT], 3)
        guard descriptor >= 0 else {
            // Without a descriptor left, signals end the process, as they do by default.
            source = nil
            return
        }
        let queue = DispatchQueue(label: "martlet.signals")
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler {
            var number: UInt8 = 0
            while read(descriptor, &number, 1) == 1 {
                if let order = OperatorOrder(signal: number) { continuation.yield(order) }
            }
        }
        source.activate()
        self.source = source
    }
}
