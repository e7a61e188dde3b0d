// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// A server on a free port of 127.0.0.1 that runs a script for each connection, on threads of its
/// own, for tests of odd behaviour.
package final class LoopbackServer: Sendable {
    package let port: UInt16
    private let listener: PlainSocket
    private let accepted = Atomic<Int>(0)

    /// - Parameter script: Gets each connection and its number, from 0. The connection closes when
    ///   it returns.
    package init(_ script: @escaping @Sendable (PlainSocket, Int) -> Void) {
        let (listener, port) = PlainSocket.listen()
        self.listener = listener
        self.port = port
        Self.thread { [self] in
            while let connection = self.listener.accept() {
                let number = accepted.add(1, ordering: .relaxed).oldValue
                Self.thread { script(connection, number) }
            }
        }
    }

    /// How many connections came.
    package var connectionCount: Int { accepted.load(ordering: .relaxed) }

    package var baseURL: String { "http://127.0.0.1:\(port)" }

    package func stop() { listener.interrupt() }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Threads of their own, since a script blocks.
    private static func thread(_ body: @escaping @Sendable () -> Void) {
        var identifier = pthread_t()
        let context = Unmanaged.passRetained(Box(body)).toOpaque()
        pthread_create(
            &identifier, nil,
            { context in
                if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, context)
        pthread_detach(identifier)
    }
}
