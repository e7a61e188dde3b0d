// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// An address as the kernel knows it.
struct SocketAddress {
    private var raw = clinux_address()

    /// Nil where the path is longer than the kernel allows.
    init?(unixPath: String) {
        guard clinux_unix_address(unixPath, &raw) != 0 else { return nil }
    }

    private init() {}

    /// The address that `descriptor` is bound to.
    static func local(of descriptor: Int32) -> SocketAddress {
        var address = SocketAddress()
        _ = clinux_local_address(descriptor, &address.raw)
        return address
    }

    /// Accepts one connection. Returns its descriptor, or -1 with `errno`.
    static func accept(from listener: Int32) -> (descriptor: Int32, peer: SocketAddress) {
        var address = SocketAddress()
        let descriptor = clinux_accept(listener, &address.raw)
        return (descriptor, address)
    }

    /// The first address of a host. Blocks where the host is a name, so only at start-up.
    static func resolve(_ address: ListenAddress) throws(ListenFailure) -> SocketAddress {
        guard case .internet(let host, let port) = address else {
            throw .unknownHost(address, reason: "not an internet address")
        }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var entries: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &entries)
        defer { freeaddrinfo(entries) }
        var resolved = SocketAddress()
        guard code == 0, let entries, clinux_copy_address(entries, &resolved.raw) != 0 else {
            throw .unknownHost(address, reason: String(cString: gai_strerror(code)))
        }
        resolved.port = port
        return resolved
    }

    var family: Int32 { Int32(raw.storage.ss_family) }

    var port: UInt16 {
        get { withUnsafePointer(to: raw) { clinux_port($0) } }
        set { clinux_set_port(&raw, newValue) }
    }

    func bind(_ descriptor: Int32) -> Bool {
        withUnsafePointer(to: raw) { clinux_bind(descriptor, $0) == 0 }
    }

    func connect(_ descriptor: Int32) -> Bool {
        withUnsafePointer(to: raw) { clinux_connect(descriptor, $0) == 0 }
    }

    var listenAddress: ListenAddress {
        guard let host else { return .unix(path: path) }
        return .internet(host: host, port: port)
    }

    /// Shape: `203.0.113.9:5123`, `[2001:db8::1]:5123`, `unix`.
    var peerDescription: String {
        host == nil ? "unix" : listenAddress.description
    }

    private var host: String? {
        let capacity = Int(INET6_ADDRSTRLEN)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            guard let text = buffer.baseAddress,
                withUnsafePointer(to: raw, { clinux_host($0, text, socklen_t(capacity)) }) != 0
            else { return nil }
            return String(cString: text)
        }
    }

    private var path: String {
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        return withUnsafeBytes(of: raw.storage) { storage in
            String(decoding: storage[offset...].prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
