// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// A socket that listens, for one shard. Closed when the last holder lets go.
///
/// Opened before a shard starts, so that a wrong configuration is told before anything runs.
package final class ListeningSocket: Sendable {
    /// Where it listens, with the port that the kernel chose where port 0 was asked for.
    package let address: ListenAddress
    let descriptor: Int32
    /// Whether the sockets of several shards are one socket, so that each connection wakes one.
    let isShared: Bool
    /// The file of a Unix-domain socket, removed with the last of its sockets.
    private let file: UnixSocketFile?

    /// Connections the kernel holds for a shard that is busy; capped by `net.core.somaxconn`.
    private static let backlog: Int32 = 4_096

    private init(
        _ descriptor: Int32, at address: ListenAddress, isShared: Bool, file: UnixSocketFile? = nil
    ) {
        self.descriptor = descriptor
        self.address = address
        self.isShared = isShared
        self.file = file
    }

    deinit { close(descriptor) }

    /// Opens `address` once for each of `shards` shards.
    ///
    /// Internet addresses get a socket a shard by `SO_REUSEPORT`, so that the kernel spreads the
    /// connections; a Unix-domain socket is one, shared. A stale socket file, one that nobody
    /// listens on, is replaced. Throws: what is in the way, and what to do about it.
    package static func open(
        _ address: ListenAddress, shards: Int
    ) throws(ListenFailure) -> [ListeningSocket] {
        switch address {
        case .internet:
            return try openInternet(address, count: shards)
        case .unix(let path):
            return try openUnix(address, path: path, count: shards)
        }
    }

    /// The sockets that systemd handed over, by `LISTEN_FDS` and `LISTEN_PID`, each once for each
    /// shard; empty where there are none. To be asked once a process.
    ///
    /// Source: sd_listen_fds(3). Throws: `.handedOverNoListener`, `.system`.
    package static func handedOver(
        environment: [String: String], shards: Int
    ) throws(ListenFailure) -> [[ListeningSocket]] {
        guard environment["LISTEN_PID"].flatMap(Int32.init) == getpid(),
            let count = environment["LISTEN_FDS"].flatMap(Int32.init), count > 0, count < 1_024
        else { return [] }
        var sockets: [[ListeningSocket]] = []
        for descriptor in 3..<3 + count {
            sockets.append(try adopt(descriptor, shards: shards))
        }
        return sockets
    }

    /// Takes over a descriptor that listens already.
    package static func adopt(
        _ descriptor: Int32, shards: Int
    ) throws(ListenFailure) -> [ListeningSocket] {
        guard clinux_option(descriptor, SOL_SOCKET, SO_ACCEPTCONN) == 1,
            clinux_option(descriptor, SOL_SOCKET, SO_TYPE) == Int32(SOCK_STREAM.rawValue)
        else { throw .handedOverNoListener(descriptor: descriptor) }
        let address = SocketAddress.local(of: descriptor).listenAddress
        guard clinux_adopt(descriptor) == 0 else { throw .system(address, .last("fcntl")) }
        clinux_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        return try share(descriptor, at: address, count: shards, file: nil)
    }

    private static func openInternet(
        _ address: ListenAddress, count: Int
    ) throws(ListenFailure) -> [ListeningSocket] {
        var resolved = try SocketAddress.resolve(address)
        // SO_REUSEPORT lets two processes of one user split the connections of one port without a
        // word. So the address is first bound without it, which fails where anybody listens.
        let probe = try bound(resolved, address, isPortShared: false)
        if resolved.port == 0 { resolved.port = SocketAddress.local(of: probe).port }
        close(probe)
        let actual = resolved.listenAddress
        var sockets: [ListeningSocket] = []
        for _ in 0..<count {
            let descriptor = try bound(resolved, actual, isPortShared: true)
            sockets.append(ListeningSocket(descriptor, at: actual, isShared: false))
            // Accepted sockets inherit it, which saves a call a connection.
            clinux_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
            guard listen(descriptor, backlog) == 0 else {
                throw failure(actual, .last("listen"))
            }
        }
        return sockets
    }

    private static func bound(
        _ socketAddress: SocketAddress, _ address: ListenAddress, isPortShared: Bool
    ) throws(ListenFailure) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(socketAddress.family, kind, 0)
        guard descriptor >= 0 else { throw failure(address, .last("socket")) }
        clinux_set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        if isPortShared { clinux_set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) }
        if socketAddress.family == AF_INET6 {
            // `[::]` means IPv6; who wants both families lists both addresses.
            clinux_set_option(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1)
        }
        guard socketAddress.bind(descriptor) else {
            let reason = SystemFailure.last("bind")
            close(descriptor)
            throw failure(address, reason)
        }
        return descriptor
    }

    private static func openUnix(
        _ address: ListenAddress, path: String, count: Int
    ) throws(ListenFailure) -> [ListeningSocket] {
        guard let socketAddress = SocketAddress(unixPath: path) else { throw .pathTooLong(address) }
        try UnixSocketFile.removeStale(path: path, socketAddress, address)
        let descriptor = try bound(socketAddress, address, isPortShared: false)
        guard listen(descriptor, backlog) == 0 else {
            let reason = SystemFailure.last("listen")
            close(descriptor)
            throw failure(address, reason)
        }
        let file = UnixSocketFile(path: path)
        return try share(descriptor, at: address, count: count, file: file)
    }

    /// One socket for each shard, all the same one. Takes over `descriptor`.
    private static func share(
        _ descriptor: Int32, at address: ListenAddress, count: Int, file: UnixSocketFile?
    ) throws(ListenFailure) -> [ListeningSocket] {
        let isShared = count > 1
        var sockets = [ListeningSocket(descriptor, at: address, isShared: isShared, file: file)]
        while sockets.count < count {
            let copy = clinux_duplicate(descriptor)
            guard copy >= 0 else { throw .system(address, .last("fcntl")) }
            sockets.append(ListeningSocket(copy, at: address, isShared: isShared, file: file))
        }
        return sockets
    }

    static func failure(_ address: ListenAddress, _ reason: SystemFailure) -> ListenFailure {
        switch reason.code {
        case EADDRINUSE: .addressInUse(address)
        case EACCES, EPERM: .notPermitted(address)
        default: .system(address, reason)
        }
    }
}
