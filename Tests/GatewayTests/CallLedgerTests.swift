// SPDX-License-Identifier: Apache-2.0
import Accounting
import Gateway
import Simulator
import Testing
import Wire

@Suite struct CallLedgerTests {
    /// Gathers what is scheduled, and flushes when the test says so.
    private final class Flushes: FlushScheduler {
        var targets: [any Flushable] = []
        func scheduleFlush(_ target: any Flushable) { targets.append(target) }
    }

    private let sink = RecordingLedger()
    private let flushes = Flushes()

    private func entry(_ id: String) -> LedgerEntry {
        LedgerEntry(id: id, timeMicroseconds: 0, operation: "chat.completions")
    }

    @Test func `entries wait for the end of the batch, or for a send before it`() {
        let ledger = CallLedger(sink: sink, flushes: flushes, report: { _ in })
        #expect(ledger.record(entry("a"), policy: .serve))
        #expect(ledger.record(entry("b"), policy: .serve))
        #expect(sink.entries.isEmpty)
        #expect(flushes.targets.count == 1)
        ledger.flush()
        #expect(sink.entries.map(\.id) == ["a", "b"])
        #expect(ledger.record(entry("c"), policy: .serve))
        #expect(flushes.targets.count == 2)
        for target in flushes.targets { target.flush() }
        #expect(sink.entries.map(\.id) == ["a", "b", "c"])
    }

    @Test func `where an unwritten call may not be served, it is written before the answer`() {
        var reports: [String] = []
        let ledger = CallLedger(sink: sink, flushes: flushes, report: { reports.append($0) })
        #expect(ledger.record(entry("a"), policy: .serve))
        #expect(ledger.record(entry("b"), policy: .refuse))
        #expect(sink.entries.map(\.id) == ["a", "b"])
        sink.mustFail = { true }
        #expect(!ledger.record(entry("c"), policy: .refuse))
        #expect(reports.count == 1)
        #expect(reports.first?.hasPrefix("call c is not in the ledger: ") == true)
    }

    @Test func `each call that a batch could not write is told, once`() {
        var reports: [String] = []
        let ledger = CallLedger(sink: sink, flushes: flushes, report: { reports.append($0) })
        var count = 0
        sink.mustFail = {
            count += 1
            return count == 2
        }
        for id in ["a", "b", "c"] { _ = ledger.record(entry(id), policy: .serve) }
        ledger.flush()
        ledger.flush()
        #expect(sink.entries.map(\.id) == ["a", "c"])
        #expect(reports.count == 1 && reports.first?.contains("call b ") == true)
    }
}
