// SPDX-License-Identifier: Apache-2.0

/// Starts `async` work that stays on one shard.
///
/// Isolation: called on the shard; the work runs on the same shard, after the current event, and
/// every `await` in it resumes there.
package protocol TaskStarter: AnyObject {
    func start(_ work: nonisolated(nonsending) @escaping () async -> Void)
}
