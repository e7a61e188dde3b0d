// SPDX-License-Identifier: Apache-2.0
import Glibc
import LedgerStore

/// A disk that writes short, runs full for a while, and on which the process can die at any byte.
///
/// Isolation: the thread of the simulated world, which is the only one.
final class SimulatedDisk: JournalDisk, @unchecked Sendable {
    fileprivate let random: SeededRandom
    fileprivate var files: [String: [UInt8]] = [:]
    /// The append in which the process dies, or none.
    fileprivate var appendsUntilDeath: Int?
    fileprivate var isTroubled: Bool
    fileprivate(set) var isDead = false

    init(random: SeededRandom) {
        self.random = random
        isTroubled = random.oneIn(6)
        appendsUntilDeath = random.oneIn(4) ? random.pick(1...12) : nil
    }

    /// The machine comes up again: the disk works, with what was written before.
    func restart() {
        isDead = false
        isTroubled = false
        appendsUntilDeath = nil
    }

    func create(_ name: String) throws(DiskFailure) -> any JournalFile {
        try check("create", name)
        if files[name] != nil { throw failure("create", name, EEXIST) }
        files[name] = []
        return SimulatedFile(disk: self, name: name)
    }

    func open(_ name: String, for purpose: OpenPurpose) throws(DiskFailure) -> any JournalFile {
        try check("open", name)
        return SimulatedFile(disk: self, name: name)
    }

    func list() throws(DiskFailure) -> [String] {
        try check("list", "")
        return files.keys.sorted()
    }

    func remove(_ name: String) throws(DiskFailure) {
        try check("remove", name)
        files[name] = nil
    }

    fileprivate func check(_ operation: String, _ name: String) throws(DiskFailure) {
        if isDead { throw failure(operation, name, EIO) }
    }

    fileprivate func failure(_ operation: String, _ name: String, _ code: Int32) -> DiskFailure {
        DiskFailure(operation: operation, name: name, code: code, reason: "scripted")
    }
}

private final class SimulatedFile: JournalFile, @unchecked Sendable {
    private let disk: SimulatedDisk
    private let name: String

    init(disk: SimulatedDisk, name: String) {
        self.disk = disk
        self.name = name
    }

    func append(_ bytes: Span<UInt8>) throws(DiskFailure) -> Int {
        try disk.check("append", name)
        var count = bytes.count
        if let left = disk.appendsUntilDeath {
            disk.appendsUntilDeath = left - 1
            if left == 1 {
                write(bytes, disk.random.pick(0...count))
                disk.isDead = true
                throw disk.failure("append", name, EIO)
            }
        }
        if disk.isTroubled && disk.random.oneIn(3) { throw disk.failure("append", name, ENOSPC) }
        if disk.random.oneIn(10) { count = disk.random.pick(1...count) }
        write(bytes, count)
        return count
    }

    private func write(_ bytes: Span<UInt8>, _ count: Int) {
        for index in 0..<count { disk.files[name, default: []].append(bytes[index]) }
    }

    func truncate(to size: Int) throws(DiskFailure) {
        try disk.check("truncate", name)
        let excess = (disk.files[name]?.count ?? 0) - size
        if excess > 0 { disk.files[name]?.removeLast(excess) }
    }

    func sync() throws(DiskFailure) { try disk.check("sync", name) }

    func size() throws(DiskFailure) -> Int {
        try disk.check("size", name)
        return disk.files[name]?.count ?? 0
    }

    func read(at offset: Int, count: Int) throws(DiskFailure) -> [UInt8] {
        try disk.check("read", name)
        return Array((disk.files[name] ?? []).dropFirst(offset).prefix(count))
    }
}
