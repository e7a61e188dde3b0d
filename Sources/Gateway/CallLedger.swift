// SPDX-License-Identifier: Apache-2.0
package import Accounting
package import Wire

/// The ledger of one shard: what happened in a batch of events is written down with one write.
///
/// Whoever sends to clients calls `flush` before each send, so that no byte of an answer leaves
/// before its call is written down; the end of the batch writes the rest.
/// Isolation: the shard that owns it.
package final class CallLedger: Flushable {
    private let sink: any LedgerSink
    private let flushes: any FlushScheduler
    private let report: (String) -> Void
    private var waiting: [LedgerEntry] = []

    /// - Parameter report: Told of each call that could not be written down.
    package init(
        sink: any LedgerSink, flushes: any FlushScheduler, report: @escaping (String) -> Void
    ) {
        self.sink = sink
        self.flushes = flushes
        self.report = report
    }

    /// Takes the entry of a call whose answer is queued next.
    ///
    /// Returns: whether the answer may leave. Where the policy is to serve all the same, this is
    /// known at once; else the entry is written down now.
    package func record(_ entry: consuming LedgerEntry, policy: LedgerFailurePolicy) -> Bool {
        switch policy {
        case .serve:
            if waiting.isEmpty { flushes.scheduleFlush(self) }
            waiting.append(entry)
            return true
        case .refuse:
            flush()
            do throws(LedgerFailure) {
                try sink.record(entry)
                return true
            } catch {
                tell(UnwrittenEntry(entry: entry, failure: error))
                return false
            }
        }
    }

    /// Writes down what waits.
    package func flush() {
        if waiting.isEmpty { return }
        for unwritten in sink.record(all: waiting) { tell(unwritten) }
        waiting.removeAll(keepingCapacity: true)
    }

    private func tell(_ unwritten: UnwrittenEntry) {
        report(
            "call \(unwritten.entry.id) is not in the ledger: \(unwritten.failure.detail)")
    }
}
