// SPDX-License-Identifier: Apache-2.0

/// The few things that the journal asks of a disk: one directory of flat files.
///
/// A protocol, so that a simulated disk can run full, write short and crash at every byte.
/// Isolation: any thread.
package protocol JournalDisk: Sendable {
    /// Creates an empty file to append to. Throws `EEXIST` where the name is taken.
    func create(_ name: String) throws(DiskFailure) -> any JournalFile

    /// Opens a file to read from and, for `.repair`, to truncate.
    func open(_ name: String, for purpose: OpenPurpose) throws(DiskFailure) -> any JournalFile

    /// The names of all files, in any order.
    func list() throws(DiskFailure) -> [String]

    /// Removes a file.
    func remove(_ name: String) throws(DiskFailure)
}

/// What an existing file is opened for.
package enum OpenPurpose: Sendable {
    case reading
    /// Reading, truncating and syncing.
    case repair
}

/// One open file of a `JournalDisk`. It closes when the last reference goes.
///
/// Isolation: any thread; one thread at a time appends and truncates, another may sync meanwhile.
package protocol JournalFile: AnyObject, Sendable {
    /// Appends a prefix of `bytes` with one system call and returns its length, at least 1.
    func append(_ bytes: Span<UInt8>) throws(DiskFailure) -> Int

    /// Cuts the file to `size` bytes.
    func truncate(to size: Int) throws(DiskFailure)

    /// Brings the bytes to the medium and, for a file that was created, its name.
    func sync() throws(DiskFailure)

    /// The size in bytes at this moment.
    func size() throws(DiskFailure) -> Int

    /// Up to `count` bytes from `offset`; fewer only at the end of the file.
    func read(at offset: Int, count: Int) throws(DiskFailure) -> [UInt8]
}

/// A file operation that failed.
package struct DiskFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was tried: `append`, `create` …
    package var operation: String
    /// On which file or directory.
    package var name: String
    /// `errno`.
    package var code: Int32
    /// The system's words for it.
    package var reason: String

    package init(operation: String, name: String, code: Int32, reason: String) {
        self.operation = operation
        self.name = name
        self.code = code
        self.reason = reason
    }

    /// Shape: `append 20261123T235839.123456Z-0.journal: No space left on device`.
    package var description: String { "\(operation) \(name): \(reason)" }
}
