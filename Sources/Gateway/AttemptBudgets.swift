// SPDX-License-Identifier: Apache-2.0
import Routing

/// What the calls of one shard share of extra attempts.
///
/// Isolation: the shard.
final class AttemptBudgets {
    var retries = RetryBudget()
    var hedges = RetryBudget()

    /// A call begins: its route's shares of extra attempts come in.
    func deposit(for policy: RoutePolicy) {
        retries.deposit(policy.retries.budgetShare)
        if let hedge = policy.hedge { hedges.deposit(hedge.budgetShare) }
    }
}
