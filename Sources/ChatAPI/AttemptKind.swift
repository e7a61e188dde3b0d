// SPDX-License-Identifier: Apache-2.0

/// Why a call was sent to a provider.
package enum AttemptKind: String, Sendable, CaseIterable {
    /// It is the call's first attempt.
    case first
    /// The one before failed, and this target had not been tried yet.
    case failover
    /// This target had failed before.
    case retry
    /// The one before was slow, and this one raced it to the first content.
    case hedge
    /// The stream of the one before broke off in its text, and this one goes on with it.
    case resume
}
