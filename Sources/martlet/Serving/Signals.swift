// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Glibc

/// What the operator asks of a running gateway by signals.
enum OperatorOrder: Sendable {
    /// SIGHUP.
    case reload
    /// SIGTERM or SIGINT.
    case stop
}

/// The orders of this process's operator, from its making on.
///
/// Isolation: the signals are taken from their usual handlers and arrive on a Dispatch queue.
/// `@unchecked Sendable`: the sources are made once and then left alone.
final class OperatorOrders: @unchecked Sendable {
    /// To be read by one task at a time.
    let stream: AsyncStream<OperatorOrder>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: OperatorOrder.self)
        self.stream = stream
        let queue = DispatchQueue(label: "martlet.signals")
        let signals: [(Int32, OperatorOrder)] = [
            (SIGHUP, .reload), (SIGTERM, .stop), (SIGINT, .stop),
        ]
        sources = signals.map { number, order in
            // A source sees a signal only where it does not end the process first.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { continuation.yield(order) }
            source.activate()
            return source
        }
    }
}
