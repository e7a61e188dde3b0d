// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// The file of a Unix-domain socket that this process made. Removed when the last holder lets go,
/// unless somebody else has put another one in its place meanwhile.
final class UnixSocketFile: Sendable {
    private let path: String
    private let identity: Identity?

    private struct Identity: Equatable {
        var device: UInt
        var node: UInt
    }

    init(path: String) {
        self.path = path
        identity = Self.identity(of: path)
    }

    deinit {
        if let identity, identity == Self.identity(of: path) { unlink(path) }
    }

    /// Removes the file at `path` where it is a socket that nobody listens on.
    static func removeStale(
        path: String, _ socketAddress: SocketAddress, _ address: ListenAddress
    ) throws(ListenFailure) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .pathIsNoSocket(address) }
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let probe = socket(AF_UNIX, kind, 0)
        guard probe >= 0 else { throw .system(address, .last("socket")) }
        defer { close(probe) }
        if socketAddress.connect(probe) { throw .addressInUse(address) }
        switch errno {
        case ECONNREFUSED:
            guard unlink(path) == 0 || errno == ENOENT else {
                throw ListeningSocket.failure(address, .last("unlink"))
            }
        case ENOENT: return
        // EAGAIN: somebody listens and is busy.
        default: throw .addressInUse(address)
        }
    }

    private static func identity(of path: String) -> Identity? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return Identity(device: UInt(status.st_dev), node: UInt(status.st_ino))
    }
}
