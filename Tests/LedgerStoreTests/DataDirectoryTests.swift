// SPDX-License-Identifier: Apache-2.0
import Accounting
import Foundation
import LedgerStore
import Synchronization
import Testing

@Suite struct DataDirectoryTests {
    @Test func `one process owns a directory, and the next is told what to do`() throws {
        let root = try makeTemporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: root) }
        let path = root + "/deep/er"
        var first: DataDirectory? = try DataDirectory(path: path)
        #expect(first?.journalPath == path + "/journal")
        let expected = DataDirectoryFailure.inUse(path: path, owner: Int(getpid()))
        #expect(throws: expected) { try DataDirectory(path: path) }
        #expect(expected.description.contains(path))
        #expect(expected.description.contains("data:"))
        first = nil
        first = try DataDirectory(path: path)
        withExtendedLifetime(first) {}
    }

    @Test func `a directory that cannot be made is named`() throws {
        let path = try makeTemporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data().write(to: URL(filePath: path + "/file"))
        do {
            _ = try DataDirectory(path: path + "/file/data")
            Issue.record("made")
        } catch {
            #expect(error.description.contains(path + "/file"))
        }
    }

    @Test func `a real disk reads, truncates, lists and refuses as the scripted one`() throws {
        let path = try makeTemporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let disk = POSIXJournalDisk(path: path)
        let file = try disk.create("a.journal")
        #expect(throws: DiskFailure.self) { try disk.create("a.journal") }
        #expect(try file.append(Array(0..<100).span) == 100)
        try file.truncate(to: 60)
        #expect(try file.append(Array(100..<110).span) == 10)
        try file.sync()
        try file.sync()
        #expect(try file.size() == 70)
        let reader = try disk.open("a.journal", for: .reading)
        #expect(try reader.read(at: 58, count: 100) == [58, 59] + Array(100..<110))
        #expect(try reader.read(at: 70, count: 10) == [])
        #expect(throws: DiskFailure.self) { try reader.truncate(to: 0) }
        #expect(try disk.list() == ["a.journal"])
        try disk.remove("a.journal")
        #expect(try disk.list() == [])
        #expect(throws: DiskFailure.self) { try disk.open("a.journal", for: .reading) }
        #expect(throws: DiskFailure.self) { try POSIXJournalDisk(path: path + "/none").list() }
    }

    @Test func `appends are synced in groups, and only when there are any`() async throws {
        let disk = ScriptedDisk()
        let schedule = GroupSync(intervalMilliseconds: 20) { _ in }
        let writer = JournalWriter(
            disk: disk, writerID: "0", schedule: schedule, clock: { monday })
        for number in 0..<100 { try writer.record(makeEntry(number)) }
        try await eventually { schedule.syncCount > 0 }
        try await Task.sleep(for: .milliseconds(100))
        let first = schedule.syncCount
        // A slow machine may spread the appends over a few intervals.
        #expect((1...20).contains(first))
        try await Task.sleep(for: .milliseconds(100))
        #expect(schedule.syncCount == first)
        try writer.record(makeEntry(100))
        try await eventually { schedule.syncCount == first + 1 }
    }

    @Test func `a sync that fails is counted and told`() async throws {
        let disk = ScriptedDisk()
        disk.with { $0.syncsFail = true }
        let told = Mutex<[String]>([])
        let schedule = GroupSync(intervalMilliseconds: 1) { failure in
            told.withLock { $0.append(failure.description) }
        }
        let writer = JournalWriter(
            disk: disk, writerID: "0", schedule: schedule, clock: { monday })
        try writer.record(makeEntry(0))
        try await eventually { schedule.failureCount == 1 }
        #expect(told.withLock { $0 } == ["sync 20261123T000000.000000Z-0.journal: scripted 5"])
    }

    private func eventually(_ condition: () -> Bool) async throws {
        for _ in 0..<500 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
        try #require(condition())
    }
}

/// A directory that no other test has.
func makeTemporaryDirectory() throws -> String {
    let url = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url.path(percentEncoded: false)
}
