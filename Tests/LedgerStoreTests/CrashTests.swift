// SPDX-License-Identifier: Apache-2.0
import Foundation
import LedgerStore
import Testing

/// A real process, killed at a random moment, twenty times on one directory.
@Suite struct CrashTests {
    @Test func `all that was recorded before a kill is read back`() throws {
        let path = try makeTemporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var said: Set<String> = []
        for round in 0..<20 {
            let lines = try run(round: round, directory: path)
            let failures = lines.filter { $0.hasPrefix("! ") && !$0.hasPrefix("! torn record") }
            #expect(failures.isEmpty)
            said.formUnion(lines.filter { !$0.hasPrefix("! ") })
        }
        let disk = POSIXJournalDisk(path: DataDirectory.journalPath(in: path))
        // The lock went with its owner.
        let owner = try DataDirectory(path: path)
        _ = try JournalRepair(disk: disk).run()
        let read = try readAll(disk)
        #expect(said.count > 1_000)
        #expect(said.subtracting(read.ids).isEmpty)
        #expect(Set(read.ids).count == read.ids.count)
        // At most one record a kill was written and not yet said.
        #expect(Set(read.ids).subtracting(said).count <= 20)
        #expect(read.damage.isEmpty)
        withExtendedLifetime(owner) {}
    }

    /// The whole lines that the writer said until it was killed.
    private func run(round: Int, directory: String) throws -> [String] {
        let process = Process()
        let output = Pipe()
        process.executableURL = Self.writer
        process.arguments = [directory, "\(round)"]
        process.standardOutput = output
        try process.run()
        let pid = process.processIdentifier
        let delay = Double.random(in: 0.02...0.12)
        DispatchQueue.global().asyncAfter(deadline: .now() + delay) { kill(pid, SIGKILL) }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let whole = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return whole.dropLast().map { String(decoding: $0, as: UTF8.self) }
    }

    /// Built beside the test bundle.
    private static var writer: URL {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        return program.deletingLastPathComponent().appending(path: "JournalCrashWriter")
    }
}
