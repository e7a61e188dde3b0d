// SPDX-License-Identifier: Apache-2.0

/// Where a server listens.
///
/// Shape: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `unix:/run/martlet.sock`.
package enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A host's name or numeric address, and a port; port 0 lets the kernel choose one.
    case internet(host: String, port: UInt16)
    /// A path in the file system.
    case unix(path: String)

    /// Reads an address as the configuration writes it. Throws: `.malformedAddress`.
    package init(_ text: String) throws(ListenFailure) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            guard !path.isEmpty else { throw .malformedAddress(text) }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { throw .malformedAddress(text) }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw .malformedAddress(text)
        }
        guard !host.isEmpty else { throw .malformedAddress(text) }
        self = .internet(host: String(host), port: port)
    }

    /// The address as the configuration writes it.
    package var description: String {
        switch self {
        case .internet(let host, let port):
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// Why a server cannot listen. Each says what to do about it.
package enum ListenFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case malformedAddress(String)
    case addressInUse(ListenAddress)
    case notPermitted(ListenAddress)
    case unknownHost(ListenAddress, reason: String)
    case pathTooLong(ListenAddress)
    /// Something other than a socket is at the path. It is left alone.
    case pathIsNoSocket(ListenAddress)
    /// A descriptor from systemd that is no listening stream socket.
    case handedOverNoListener(descriptor: Int32)
    case system(ListenAddress, SystemFailure)

    /// What is wrong, and what to do about it.
    package var description: String {
        switch self {
        case .malformedAddress(let text):
            "cannot read the address `\(text)`; write `127.0.0.1:8080`, `[::1]:8080` or "
                + "`unix:/run/martlet.sock`"
        case .addressInUse(let address):
            "address in use: another process listens on \(address); choose another `listen:`"
        case .notPermitted(let address):
            "not permitted to listen on \(address); choose a port from 1024 up or a folder you may "
                + "write to, or let systemd hand the socket over"
        case .unknownHost(let address, let reason):
            "cannot find the host of \(address) (\(reason)); use a numeric address"
        case .pathTooLong(let address):
            "the path of \(address) is longer than the 107 bytes Linux allows; choose a shorter one"
        case .pathIsNoSocket(let address):
            "\(address) exists and is no socket; move it away or choose another path"
        case .handedOverNoListener(let descriptor):
            "descriptor \(descriptor) of LISTEN_FDS is no listening stream socket; check "
                + "`ListenStream=` in the systemd socket unit"
        case .system(let address, let failure):
            "cannot listen on \(address): \(failure)"
        }
    }
}
