// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization

/// When files that were appended to are brought to the medium.
///
/// Isolation: any thread.
package protocol SyncSchedule: Sendable {
    /// `file` was appended to. Asks for a sync soon; must not block.
    func wasAppended(_ file: SyncedFile)
}

/// A file with the mark that says whether a sync of it is on its way.
///
/// Isolation: any thread.
package final class SyncedFile: Sendable {
    /// The file itself.
    package let file: any JournalFile
    private let isWaiting = Atomic<Bool>(false)

    package init(_ file: any JournalFile) { self.file = file }

    /// Marks the file; true for the one caller that has to schedule the sync.
    package func markWaiting() -> Bool {
        // Most appends find the mark set: a load costs less than an exchange.
        if isWaiting.load(ordering: .acquiring) { return false }
        return !isWaiting.exchange(true, ordering: .acquiringAndReleasing)
    }

    /// Takes the mark away and syncs. What is appended from here on asks for the next sync.
    package func sync() throws(DiskFailure) {
        isWaiting.store(false, ordering: .sequentiallyConsistent)
        try file.sync()
    }
}

/// Syncs each file at most once an interval, on a queue of its own, and only after an append.
///
/// So a power failure costs at most the last interval and the sync itself. One for all writers.
package final class GroupSync: SyncSchedule {
    private let queue: DispatchQueue
    private let interval: DispatchTimeInterval
    private let report: @Sendable (DiskFailure) -> Void
    private let failed = Atomic<Int>(0)
    private let done = Atomic<Int>(0)

    /// - Parameters:
    ///   - intervalMilliseconds: how long appends are gathered.
    ///   - report: told of each sync that failed, on the queue of the syncs.
    package init(
        intervalMilliseconds: Int = 50, report: @escaping @Sendable (DiskFailure) -> Void
    ) {
        self.queue = DispatchQueue(label: "martlet.journal.sync")
        self.interval = .milliseconds(intervalMilliseconds)
        self.report = report
    }

    /// Syncs that failed so far.
    package var failureCount: Int { failed.load(ordering: .relaxed) }

    /// Syncs that succeeded so far.
    package var syncCount: Int { done.load(ordering: .relaxed) }

    package func wasAppended(_ file: SyncedFile) {
        guard file.markWaiting() else { return }
        queue.asyncAfter(deadline: .now() + interval) { self.sync(file) }
    }

    private func sync(_ file: SyncedFile) {
        do {
            try file.sync()
            done.wrappingAdd(1, ordering: .relaxed)
        } catch {
            failed.wrappingAdd(1, ordering: .relaxed)
            report(error)
        }
    }
}
