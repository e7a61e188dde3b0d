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
        startThread { [self] in
            while let connection = self.listener.accept() {
                let number = accepted.add(1, ordering: .relaxed).oldValue
                startThread { script(connection, number) }
            }
        }
    }

    /// How many connections came.
    package var connectionCount: Int { accepted.load(ordering: .relaxed) }

    package var baseURL: String { "http://127.0.0.1:\(port)" }

    package func stop() { listener.interrupt() }
}

/// Runs blocking work on a thread of its own. The cooperative pool has as many threads as the
/// machine has cores, and tests that block them would wait for each other.
package func onOwnThread<Value: Sendable>(
    _ body: @escaping @Sendable () -> Value
) async -> Value {
    await withCheckedContinuation { continuation in
        startThread { continuation.resume(returning: body()) }
    }
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func startThread(_ body: @escaping @Sendable () -> Void) {
    var identifier = pthread_t()
    let context = Unmanaged.passRetained(ThreadBody(body)).toOpaque()
    pthread_create(
        &identifier, nil,
        { context in
            if let context { Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().body() }
            return nil
        }, context)
    pthread_detach(identifier)
}
