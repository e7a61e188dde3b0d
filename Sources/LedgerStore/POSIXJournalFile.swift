// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// One descriptor. All its state but `isNameDurable` is the kernel's, so any thread may use it.
final class POSIXJournalFile: JournalFile {
    private let directory: String
    private let name: String
    private let descriptor: Int32
    /// False until the directory that holds a new file's name was synced.
    private let isNameDurable: Atomic<Bool>

    init(directory: String, name: String, flags: Int32, isNew: Bool) throws(DiskFailure) {
        let operation = isNew ? "create" : "open"
        // Usage is private: nobody but the owner reads it.
        let descriptor = retrying { open("\(directory)/\(name)", flags, 0o600) }
        guard descriptor >= 0 else { throw DiskFailure(operation, name) }
        self.directory = directory
        self.name = name
        self.descriptor = Int32(descriptor)
        self.isNameDurable = Atomic(!isNew)
    }

    deinit { close(descriptor) }

    func append(_ bytes: Span<UInt8>) throws(DiskFailure) -> Int {
        let count = bytes.withUnsafeBytes { buffer in
            retrying { write(descriptor, buffer.baseAddress, buffer.count) }
        }
        guard count > 0 else { throw DiskFailure("append", name) }
        return count
    }

    func truncate(to size: Int) throws(DiskFailure) {
        guard retrying({ ftruncate(descriptor, off_t(size)) }) == 0 else {
            throw DiskFailure("truncate", name)
        }
    }

    func sync() throws(DiskFailure) {
        guard retrying({ fdatasync(descriptor) }) == 0 else { throw DiskFailure("sync", name) }
        guard !isNameDurable.load(ordering: .relaxed) else { return }
        try syncDirectory()
        isNameDurable.store(true, ordering: .relaxed)
    }

    private func syncDirectory() throws(DiskFailure) {
        let handle = retrying { open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard handle >= 0 else { throw DiskFailure("sync", directory) }
        defer { close(handle) }
        guard retrying({ fsync(handle) }) == 0 else { throw DiskFailure("sync", directory) }
    }

    func size() throws(DiskFailure) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw DiskFailure("size", name) }
        return Int(status.st_size)
    }

    func read(at offset: Int, count: Int) throws(DiskFailure) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let target = UnsafeMutableRawBufferPointer(buffer)
                    .dropFirst(filled)
                let piece = UnsafeMutableRawBufferPointer(rebasing: target)
                let got = retrying {
                    pread(descriptor, piece.baseAddress, piece.count, off_t(offset + filled))
                }
                if got < 0 { code = errno }
                if got <= 0 { return }
                filled += got
            }
        }
        guard code == 0 else {
            errno = code
            throw DiskFailure("read", name)
        }
        return bytes
    }
}

/// The result of a system call that is called again as long as a signal interrupts it.
func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
