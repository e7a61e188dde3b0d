// SPDX-License-Identifier: Apache-2.0
package import Wire

/// The connections of one shard, and what they share.
///
/// Isolation: the shard that owns it.
package final class HTTPServer {
    /// How connections are treated.
    package let settings: ServerSettings
    let handler: any RequestHandler
    let timekeeper: any Timekeeper
    let flushScheduler: any FlushScheduler
    let willSend: () -> Void

    /// Every connection reads into this first, so that an idle one holds no buffer. Its bytes are
    /// used up, or copied, before the shard's next event.
    let receiveBuffer: UnsafeMutableRawBufferPointer
    var serializer = ResponseSerializer()
    /// Made for the first reply that is gzipped, then used for all.
    lazy var compressor = GzipCompressor()

    private var table: [ObjectIdentifier: Connection] = [:]
    private var whenEmpty: (() -> Void)?
    /// Whether `drain` was called: nothing is accepted any more.
    package private(set) var isDraining = false
    /// Connections that were closed at once because there were too many.
    package private(set) var refusedConnections = 0

    /// Makes a server; `handler` is held.
    ///
    /// - Parameter willSend: Called before each time that bytes leave, or that a connection's end
    ///   tells a client something: what must have happened by then happens in it.
    package init(
        settings: ServerSettings, handler: any RequestHandler, timekeeper: any Timekeeper,
        flushScheduler: any FlushScheduler, willSend: @escaping () -> Void = {}
    ) {
        self.settings = settings
        self.handler = handler
        self.timekeeper = timekeeper
        self.flushScheduler = flushScheduler
        self.willSend = willSend
        receiveBuffer = .allocate(byteCount: 64 * 1024, alignment: 16)
    }

    deinit { receiveBuffer.deallocate() }

    /// Open connections, lingering ones included.
    package var connections: Int { table.count }

    /// Connections whose request is being answered.
    package var busyConnections: Int { table.values.count { $0.isReplying } }

    /// Serves a socket that was accepted, or closes it: while draining, or when there are too many.
    package func accept(_ socket: any ByteSocket) {
        guard !isDraining, table.count < settings.maximumConnections else {
            refusedConnections += isDraining ? 0 : 1
            socket.close()
            return
        }
        let connection = Connection(socket: socket, server: self)
        table[ObjectIdentifier(connection)] = connection
        connection.start()
    }

    /// Closes idle connections now and the others after their current reply.
    ///
    /// `whenEmpty` is called once, when the last one has closed; at once where there is none.
    package func drain(whenEmpty: @escaping () -> Void = {}) {
        isDraining = true
        for connection in Array(table.values) { connection.beginDraining() }
        guard !table.isEmpty else { return whenEmpty() }
        self.whenEmpty = whenEmpty
    }

    /// Closes all connections now, telling observers that their clients have left.
    package func closeAll() {
        for connection in Array(table.values) { connection.leave() }
    }

    func forget(_ connection: Connection) {
        table[ObjectIdentifier(connection)] = nil
        guard table.isEmpty, let whenEmpty else { return }
        self.whenEmpty = nil
        whenEmpty()
    }
}
