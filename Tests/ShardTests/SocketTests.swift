// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc
import LoopbackSupport
import Shard
import Synchronization
import Testing
import Wire

/// Sends back what comes, and keeps what cannot be sent at once.
private final class Echo: SocketObserver {
    private let socket: any ByteSocket
    private var backlog: [UInt8] = []
    private var sent = 0
    private var hasEnded = false

    init(_ socket: any ByteSocket) { self.socket = socket }

    func socketIsReadable() {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            switch buffer.withUnsafeMutableBytes({ socket.receive(into: $0) }) {
            case .bytes(let count): backlog += buffer[..<count]
            case .wouldBlock: return flush()
            case .endOfStream:
                hasEnded = true
                return flush()
            case .failed: return socket.close()
            }
        }
    }

    func socketIsWritable() { flush() }

    func socketHungUp() {}

    private func flush() {
        while sent < backlog.count {
            let rest = sent
            switch backlog.withUnsafeBytes({ socket.send(.init(rebasing: $0[rest...])) }) {
            case .bytes(let count): sent += count
            case .wouldBlock: return
            case .failed: return socket.close()
            }
        }
        backlog = []
        sent = 0
        if hasEnded { socket.close() }
    }
}

/// Only listens for the peer's leaving.
private final class Farewell: SocketObserver {
    private let socket: any ByteSocket
    private let onHangUp: () -> Void

    init(_ socket: any ByteSocket, onHangUp: @escaping () -> Void) {
        self.socket = socket
        self.onHangUp = onHangUp
    }

    func socketIsReadable() {}
    func socketIsWritable() {}
    func socketHungUp() {
        onHangUp()
        socket.close()
    }
}

@Suite(.timeLimit(.minutes(1)))
struct SocketTests {
    /// A folder for the sockets of one test.
    private static func temporaryPath() -> String {
        "/tmp/martlet-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
    }

    /// A shard that echoes on `socket`.
    private func echo(
        on socket: ListeningSocket, _ driver: Driver = .dispatchSource
    ) async throws -> Shard {
        let shard = try driver.makeShard()
        try await shard.run { shard in
            try shard.listen(on: socket) { accepted in
                accepted.observer = Echo(accepted)
            }
        }
        return shard
    }

    private func open(_ address: ListenAddress, shards: Int = 1) throws -> [ListeningSocket] {
        try ListeningSocket.open(address, shards: shards)
    }

    @Test(arguments: Driver.allCases)
    func `bytes come back, also more than the buffers hold`(_ driver: Driver) async throws {
        let socket = try open(.internet(host: "127.0.0.1", port: 0))[0]
        let shard = try await echo(on: socket, driver)
        guard case .internet(_, let port) = socket.address else { return }
        let client = try #require(PlainSocket.connect(port: port))
        client.write("hello")
        #expect(client.read() == Array("hello".utf8))
        // The client writes all before it reads any, so the echo's sends block.
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        async let writing = onOwnThread { client.write(bytes) }
        let received = await onOwnThread {
            usleep(50_000)
            var received: [UInt8] = []
            while received.count < bytes.count {
                let more = client.read()
                if more.isEmpty { break }
                received += more
            }
            return received
        }
        #expect(await writing)
        let isIntact = received == bytes
        #expect(isIntact)
        client.finishSending()
        #expect(client.readAll().isEmpty)
        await shard.shutdown()
    }

    @Test(arguments: [1, 3])
    func `a Unix-domain socket serves every shard, and its file goes`(_ count: Int) async throws {
        let path = Self.temporaryPath()
        var sockets = try open(.unix(path: path), shards: count)
        #expect(sockets.count == count)
        var shards: [Shard] = []
        for socket in sockets { shards.append(try await echo(on: socket)) }
        for _ in 0..<20 {
            let client = try #require(PlainSocket.connect(path: path))
            client.write("x")
            #expect(client.read() == [0x78])
        }
        #expect(throws: ListenFailure.addressInUse(.unix(path: path))) {
            try ListeningSocket.open(.unix(path: path), shards: 1)
        }
        for shard in shards { await shard.shutdown() }
        shards = []
        sockets = []
        #expect(access(path, F_OK) != 0)
    }

    @Test func `a stale socket file is replaced, another file is not`() async throws {
        let path = Self.temporaryPath()
        defer { unlink(path) }
        var address = clinux_address()
        #expect(clinux_unix_address(path, &address) != 0)
        let abandoned = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(clinux_bind(abandoned, &address) == 0)
        close(abandoned)
        var sockets = try open(.unix(path: path))
        // The optimizer would let the sockets go after their last use, and their file with them.
        withExtendedLifetime(sockets) { #expect(PlainSocket.connect(path: path) != nil) }
        sockets = []
        #expect(sockets.isEmpty)
        let file = try #require(fopen(path, "w"))
        fclose(file)
        #expect(throws: ListenFailure.pathIsNoSocket(.unix(path: path))) {
            try ListeningSocket.open(.unix(path: path), shards: 1)
        }
        #expect(access(path, F_OK) == 0)
    }

    @Test func `shards share a port, other servers do not get it`() async throws {
        let sockets = try open(.internet(host: "127.0.0.1", port: 0), shards: 2)
        #expect(Set(sockets.map(\.address)).count == 1)
        let address = sockets[0].address
        #expect(throws: ListenFailure.addressInUse(address)) {
            try ListeningSocket.open(address, shards: 2)
        }
        #expect(
            ListenFailure.addressInUse(address).description
                == "address in use: another process listens on \(address); "
                + "choose another `listen:`")
        let shards = [try await echo(on: sockets[0]), try await echo(on: sockets[1])]
        guard case .internet(_, let port) = address else { return }
        for _ in 0..<20 {
            let client = try #require(PlainSocket.connect(port: port))
            client.write("x")
            #expect(client.read() == [0x78])
        }
        for shard in shards { await shard.shutdown() }
    }

    @Test(arguments: [
        ("no-such-host.invalid", UInt16(1)), ("203.0.113.1", 1),
    ])
    func `an address that is not ours is a typed failure`(_ host: String, _ port: UInt16) {
        #expect(throws: ListenFailure.self) {
            try ListeningSocket.open(.internet(host: host, port: port), shards: 1)
        }
    }

    @Test func `a socket handed over by systemd is taken as it is`() async throws {
        let (listener, port) = PlainSocket.listen()
        let copy = clinux_duplicate(listener.descriptor)
        let sockets = try ListeningSocket.adopt(copy, shards: 2)
        let address = ListenAddress.internet(host: "127.0.0.1", port: port)
        #expect(sockets.map(\.address) == [address, address])
        let shards = [try await echo(on: sockets[0]), try await echo(on: sockets[1])]
        let client = try #require(PlainSocket.connect(port: port))
        client.write("x")
        #expect(client.read() == [0x78])
        for shard in shards { await shard.shutdown() }
        let file = Glibc.open("/dev/null", O_RDONLY)
        #expect(throws: ListenFailure.handedOverNoListener(descriptor: file)) {
            try ListeningSocket.adopt(file, shards: 1)
        }
        close(file)
        #expect(try ListeningSocket.handedOver(environment: [:], shards: 1).isEmpty)
        let others = ["LISTEN_PID": "1", "LISTEN_FDS": "1"]
        #expect(try ListeningSocket.handedOver(environment: others, shards: 1).isEmpty)
    }

    /// In a process of its own, whose descriptors run out.
    @Test func `without descriptors accepting pauses, says so once, and goes on`() async {
        await #expect(processExitsWith: .success) {
            let socket = try ListeningSocket.open(
                .internet(host: "127.0.0.1", port: 0), shards: 1)[0]
            guard case .internet(_, let port) = socket.address else { return }
            let shard = try Driver.dispatchSource.makeShard()
            let troubles = Mutex<[SystemFailure]>([])
            try await shard.run { shard in
                try shard.listen(
                    on: socket, onAccept: { $0.observer = Echo($0) },
                    onTrouble: { trouble in troubles.withLock { $0.append(trouble) } })
            }
            let client = try #require(PlainSocket.connect(port: port))
            client.write("x")
            #expect(client.read() == [0x78])
            var hoard: [Int32] = []
            limitDescriptors(to: openDescriptorCount() + 4)
            while true {
                let copy = clinux_duplicate(0)
                if copy < 0 { break }
                hoard.append(copy)
            }
            // Room for one more: the client's end takes it, and accepting fails, several times.
            close(hoard.removeLast())
            let second = PlainSocket.connectWithoutWaiting(port: port)
            usleep(350_000)
            #expect(troubles.withLock { $0 } == [SystemFailure("accept4", code: EMFILE)])
            for descriptor in hoard { close(descriptor) }
            _ = fcntl(second.descriptor, F_SETFL, 0)
            second.write("y")
            #expect(second.read() == [0x79])
            await shard.shutdown()
        }
    }

    @Test func `a peer that leaves is told, and accepting stops on demand`() async throws {
        let socket = try open(.internet(host: "127.0.0.1", port: 0))[0]
        guard case .internet(_, let port) = socket.address else { return }
        let shard = try Driver.dispatchSource.makeShard()
        let left = Mutex(0)
        let peers = Mutex<[String]>([])
        try await shard.run { shard in
            try shard.listen(on: socket) { accepted in
                peers.withLock { $0.append(accepted.peer) }
                accepted.observer = Farewell(accepted) { left.withLock { $0 += 1 } }
            }
        }
        do {
            let polite = try #require(PlainSocket.connect(port: port))
            polite.write("bytes that nobody reads")
            polite.finishSending()
            #expect(polite.readAll().isEmpty)
            let rude = try #require(PlainSocket.connect(port: port))
            rude.resetOnClose()
        }
        for _ in 0..<200 where left.withLock({ $0 }) < 2 { usleep(5_000) }
        #expect(left.withLock { $0 } == 2)
        #expect(peers.withLock { $0 }.allSatisfy { $0.hasPrefix("127.0.0.1:") })
        await shard.run { $0.stopAccepting() }
        await shard.shutdown()
    }

    @Test(arguments: [
        ("127.0.0.1:8080", ListenAddress.internet(host: "127.0.0.1", port: 8080)),
        ("[::1]:0", .internet(host: "::1", port: 0)),
        ("localhost:65535", .internet(host: "localhost", port: 65_535)),
        ("unix:/run/martlet.sock", .unix(path: "/run/martlet.sock")),
    ])
    func `addresses are read and written the same`(_ text: String, _ address: ListenAddress) throws
    {
        #expect(try ListenAddress(text) == address)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", "8080", ":8080", "host", "host:", "host:65536", "::1:80", "unix:", "a:-1",
    ])
    func `what is no address is refused`(_ text: String) {
        #expect(throws: ListenFailure.malformedAddress(text)) { try ListenAddress(text) }
    }
}
