// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Where the gateway listens.
///
/// Shape: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` or `unix:/run/martlet.sock`.
package enum ListenAddress: Hashable, Sendable {
    /// `host` is an IPv4 or IPv6 address without brackets.
    case tcp(host: String, port: Int)
    case unix(path: String)

    /// Nil for anything but the shapes above: names other than `localhost` are not looked up.
    package init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            // sun_path holds 108 bytes with its zero: unix(7).
            guard !path.isEmpty, path.utf8.count < 108 else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[colon...].dropFirst())
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard Self.isAddress(host, family: AF_INET6) else { return nil }
        } else if host == "localhost" {
            host = "127.0.0.1"
        } else {
            guard Self.isAddress(host, family: AF_INET) else { return nil }
        }
        self = .tcp(host: host, port: Int(port))
    }

    /// Whether only programs on this machine can reach it.
    package var isLocal: Bool {
        switch self {
        case .unix: true
        case .tcp(let host, _): host.hasPrefix("127.") || host == "::1"
        }
    }

    private static func port(_ text: Substring) -> UInt16? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt16(text) : nil
    }

    private static func isAddress(_ text: String, family: CInt) -> Bool {
        var storage = in6_addr()
        return inet_pton(family, text, &storage) == 1
    }
}

extension ListenAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tcp(let host, let port):
            host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
