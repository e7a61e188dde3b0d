// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// A blocking socket on loopback, with a time limit of ten seconds on every call, for tests.
package final class PlainSocket: Sendable {
    package let descriptor: Int32

    package init(adopting descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        let length = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, length)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, length)
    }

    deinit { close(descriptor) }

    /// Connects to 127.0.0.1, or nil where nobody listens.
    package static func connect(port: UInt16) -> PlainSocket? {
        let socket = PlainSocket(adopting: Self.makeSocket(AF_INET))
        var address = Self.loopback(port)
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return code == 0 ? socket : nil
    }

    /// Begins to connect to 127.0.0.1 and returns at once.
    package static func connectWithoutWaiting(port: UInt16) -> PlainSocket {
        let socket = PlainSocket(adopting: Self.makeSocket(AF_INET))
        _ = clinux_adopt(socket.descriptor)
        var address = Self.loopback(port)
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = Glibc.connect(
                    socket.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return socket
    }

    /// Connects to a Unix-domain socket, or nil where nobody listens.
    package static func connect(path: String) -> PlainSocket? {
        var address = clinux_address()
        guard clinux_unix_address(path, &address) != 0 else { return nil }
        let socket = PlainSocket(adopting: Self.makeSocket(AF_UNIX))
        return clinux_connect(socket.descriptor, &address) == 0 ? socket : nil
    }

    /// Listens on a free port of 127.0.0.1.
    package static func listen() -> (socket: PlainSocket, port: UInt16) {
        let socket = PlainSocket(adopting: Self.makeSocket(AF_INET))
        var address = Self.loopback(0)
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(
                    bind(socket.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0)
            }
        }
        precondition(Glibc.listen(socket.descriptor, 128) == 0)
        var bound = clinux_address()
        _ = clinux_local_address(socket.descriptor, &bound)
        return (socket, clinux_port(&bound))
    }

    /// The next connection, or nil after the listening socket was shut down.
    package func accept() -> PlainSocket? {
        // Closed on exec, or a program that another test starts would keep the connection open.
        var peer = clinux_address()
        let connection = clinux_accept(descriptor, &peer)
        guard connection >= 0 else { return nil }
        _ = fcntl(connection, F_SETFL, 0)
        return PlainSocket(adopting: connection)
    }

    /// A port of 127.0.0.1 that was free a moment ago.
    package static func freePort() -> UInt16 { listen().port }

    @discardableResult
    package func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// What has come; empty at the end of the stream, after an error, or after ten seconds.
    package func read(atMost limit: Int = 65_536) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = max(0, recv(descriptor, buffer.baseAddress, limit, 0))
        }
    }

    /// Reads until `end` has come, or nothing more does.
    package func readText(until end: String) -> String {
        var bytes: [UInt8] = []
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if text.contains(end) { return text }
            let more = read()
            if more.isEmpty { return text }
            bytes += more
        }
    }

    /// Reads to the end of the stream.
    package func readAll() -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let more = read()
            if more.isEmpty { return bytes }
            bytes += more
        }
    }

    package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends `accept` and `read` on other threads.
    package func interrupt() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Makes the close a reset.
    package func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    private static func makeSocket(_ family: Int32) -> Int32 {
        socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}

/// Allows this process, and the programs it starts from now on, as many descriptors as it may have.
package func raiseDescriptorLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// Allows this process `count` descriptors at a time.
package func limitDescriptors(to count: Int) {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = rlim_t(count)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// How many descriptors this process has open.
package func openDescriptorCount() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // Without `.`, `..` and the folder itself.
    return count - 3
}
