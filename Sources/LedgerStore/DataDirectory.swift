// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The directory that one gateway keeps its data in, created and locked.
///
/// The lock is the kernel's (`flock` on `<path>/lock`): it goes with the process, however that
/// ends. Keep the value as long as anything is written. Isolation: any thread.
package final class DataDirectory: Sendable {
    package let path: String
    private let lock: Int32

    /// The journal's directory in it.
    package var journalPath: String { Self.journalPath(in: path) }

    /// The journal's directory in the data directory at `path`, for those who only read.
    package static func journalPath(in path: String) -> String { "\(path)/journal" }

    /// Creates what is missing (mode 0700) and takes the lock without waiting for it.
    package init(path: String) throws(DataDirectoryFailure) {
        self.path = path
        try Self.makeDirectories(path)
        try Self.makeDirectories(Self.journalPath(in: path))
        let lockPath = "\(path)/lock"
        lock = open(lockPath, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw .notUsable(DiskFailure("open", lockPath)) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let failure = DiskFailure("lock", lockPath)
            let owner = Self.owner(lock)
            close(lock)
            throw failure.code == EWOULDBLOCK
                ? .inUse(path: path, owner: owner) : .notUsable(failure)
        }
        Self.write(owner: getpid(), to: lock)
    }

    deinit { close(lock) }

    private static func makeDirectories(_ path: String) throws(DataDirectoryFailure) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += part
            if mkdir(prefix, 0o700) != 0, errno != EEXIST, errno != EISDIR {
                throw .notUsable(DiskFailure("create", prefix))
            }
            prefix += "/"
        }
    }

    /// The process id in the lock file: for people only, the lock itself does not need it.
    private static func owner(_ lock: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(lock, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count].prefix { $0 > 0x20 }, as: UTF8.self))
    }

    private static func write(owner: Int32, to lock: Int32) {
        let text = Array("\(owner)\n".utf8)
        _ = ftruncate(lock, 0)
        _ = pwrite(lock, text, text.count, 0)
    }
}

/// Why a data directory cannot be used.
package enum DataDirectoryFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Another process owns it.
    case inUse(path: String, owner: Int?)
    case notUsable(DiskFailure)

    /// A sentence for the operator, with what to do.
    package var description: String {
        switch self {
        case .inUse(let path, let owner):
            "the data directory \(path) is in use by another martlet"
                + (owner.map { " (process \($0))" } ?? "")
                + ": stop that one, or give this one a directory of its own with `data:`"
        case .notUsable(let failure):
            "the data directory cannot be used (\(failure)): "
                + "check its owner and its free space, or name another with `data:`"
        }
    }
}
