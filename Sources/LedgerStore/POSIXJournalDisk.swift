// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A directory of the file system as a `JournalDisk`.
package struct POSIXJournalDisk: JournalDisk {
    /// The directory's path.
    package let path: String

    /// A disk over an existing directory; nothing is opened or created here.
    package init(path: String) { self.path = path }

    package func create(_ name: String) throws(DiskFailure) -> any JournalFile {
        let flags = O_CREAT | O_EXCL | O_RDWR | O_APPEND | O_CLOEXEC
        return try POSIXJournalFile(directory: path, name: name, flags: flags, isNew: true)
    }

    package func open(
        _ name: String, for purpose: OpenPurpose
    ) throws(DiskFailure) -> any JournalFile {
        let access = purpose == .repair ? O_RDWR : O_RDONLY
        return try POSIXJournalFile(
            directory: path, name: name, flags: access | O_CLOEXEC, isNew: false)
    }

    package func list() throws(DiskFailure) -> [String] {
        guard let directory = opendir(path) else { throw DiskFailure("list", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw DiskFailure("list", path) }
        return names
    }

    package func remove(_ name: String) throws(DiskFailure) {
        guard unlink("\(path)/\(name)") == 0 else { throw DiskFailure("remove", name) }
    }
}

extension DiskFailure {
    /// The failure that `errno` tells of; made before anything else can change `errno`.
    init(_ operation: String, _ name: String) {
        let code = errno
        self.init(operation: operation, name: name, code: code, reason: Self.words(for: code))
    }

    private static func words(for code: Int32) -> String {
        // Not `strerror`, whose buffer is shared by all threads.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let start = buffer.baseAddress else { return "error \(code)" }
            guard strerror_r(code, start, buffer.count) == 0 else { return "error \(code)" }
            return String(cString: start)
        }
    }
}
