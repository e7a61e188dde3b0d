// SPDX-License-Identifier: Apache-2.0

/// Something that holds bytes back until the end of the current batch of events.
///
/// Isolation: the shard that owns it.
package protocol Flushable: AnyObject {
    /// Lets go of what was held back. May schedule itself again.
    func flush()
}

/// Ends batches of events.
///
/// Isolation: the shard that owns it.
package protocol FlushScheduler: AnyObject {
    /// Calls `target.flush()` once at the end of the current batch, in the order of the calls.
    func scheduleFlush(_ target: any Flushable)
}
