// SPDX-License-Identifier: Apache-2.0
package import Wire

/// Targets that wait for the end of the current batch, each once, in the order they came.
///
/// Isolation: the shard that owns it.
package final class FlushQueue: FlushScheduler {
    private var targets: [any Flushable] = []
    private var scheduled: Set<ObjectIdentifier> = []

    /// An empty queue.
    package init() {}

    /// Whether nobody waits.
    package var isEmpty: Bool { targets.isEmpty }

    /// Flushes `target` at the end of the batch, once, however often it is scheduled before.
    package func scheduleFlush(_ target: any Flushable) {
        // A multi is scheduled for each of its transfers: cheaper than to look it up in the set.
        if let last = targets.last, last === target { return }
        guard scheduled.insert(ObjectIdentifier(target)).inserted else { return }
        targets.append(target)
    }

    /// Flushes what was scheduled before the call; returns whether anything was.
    @discardableResult
    package func flushAll() -> Bool {
        guard !targets.isEmpty else { return false }
        var batch: [any Flushable] = []
        swap(&batch, &targets)
        scheduled.removeAll(keepingCapacity: true)
        for target in batch { target.flush() }
        if targets.isEmpty {
            // The array goes back, with its capacity.
            batch.removeAll(keepingCapacity: true)
            swap(&batch, &targets)
        }
        return true
    }
}
