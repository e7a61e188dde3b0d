// SPDX-License-Identifier: Apache-2.0
import LedgerStore
import Synchronization

/// A disk in memory that fails when it is told to.
final class ScriptedDisk: JournalDisk {
    struct State {
        var files: [String: [UInt8]] = [:]
        /// Bytes that still fit; nil for endless room.
        var room: Int?
        /// The most that one append takes.
        var longestAppend = Int.max
        var truncatesFail = false
        var createsFail = false
        var syncsFail = false
        var appends = 0
        var syncs: [String] = []
    }

    private let state = Mutex(State())

    /// Changes or reads the state.
    func with<Result: Sendable>(_ body: (inout sending State) -> sending Result) -> Result {
        state.withLock(body)
    }

    var files: [String: [UInt8]] { with { $0.files } }

    static let noSpace: Int32 = 28
    static let isThere: Int32 = 17
    static let notThere: Int32 = 2

    func create(_ name: String) throws(DiskFailure) -> any JournalFile {
        let code: Int32? = with { state in
            if state.createsFail { return Self.noSpace }
            if state.files[name] != nil { return Self.isThere }
            state.files[name] = []
            return nil
        }
        if let code { throw failure("create", name, code) }
        return ScriptedFile(disk: self, name: name)
    }

    func open(_ name: String, for purpose: OpenPurpose) throws(DiskFailure) -> any JournalFile {
        guard files[name] != nil else { throw failure("open", name, Self.notThere) }
        return ScriptedFile(disk: self, name: name)
    }

    func list() throws(DiskFailure) -> [String] { Array(files.keys) }

    func remove(_ name: String) throws(DiskFailure) { with { $0.files[name] = nil } }
}

func failure(_ operation: String, _ name: String, _ code: Int32) -> DiskFailure {
    DiskFailure(operation: operation, name: name, code: code, reason: "scripted \(code)")
}

final class ScriptedFile: JournalFile {
    private let disk: ScriptedDisk
    private let name: String

    init(disk: ScriptedDisk, name: String) {
        self.disk = disk
        self.name = name
    }

    func append(_ bytes: Span<UInt8>) throws(DiskFailure) -> Int {
        let copy = bytes.indices.map { bytes[$0] }
        let taken = disk.with { [name] state in
            state.appends += 1
            let count = min(copy.count, state.longestAppend, state.room ?? .max)
            state.room = state.room.map { $0 - count }
            state.files[name]?.append(contentsOf: copy[..<count])
            return count
        }
        guard taken > 0 else { throw failure("append", name, ScriptedDisk.noSpace) }
        return taken
    }

    func truncate(to size: Int) throws(DiskFailure) {
        let fails = disk.with { [name] state in
            if state.truncatesFail { return true }
            let count = state.files[name]?.count ?? 0
            state.files[name]?.removeLast(max(0, count - size))
            state.room = state.room.map { $0 + max(0, count - size) }
            return false
        }
        if fails { throw failure("truncate", name, 5) }
    }

    func sync() throws(DiskFailure) {
        let fails = disk.with { [name] state in
            state.syncs.append(name)
            return state.syncsFail
        }
        if fails { throw failure("sync", name, 5) }
    }

    func size() throws(DiskFailure) -> Int { disk.files[name]?.count ?? 0 }

    func read(at offset: Int, count: Int) throws(DiskFailure) -> [UInt8] {
        Array((disk.files[name] ?? []).dropFirst(offset).prefix(count))
    }
}

/// A schedule that never syncs by itself.
struct NoSync: SyncSchedule {
    func wasAppended(_ file: SyncedFile) {}
}
