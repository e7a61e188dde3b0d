// SPDX-License-Identifier: Apache-2.0

/// Who waits for room, so that no scope with many waiters keeps the others from their turns.
///
/// Scopes take turns; within one, who came first is first. A scope whose first waiter cannot be served
/// keeps its turn. Who waits holds for no longer than its deadline.
///
/// Complexity: linear in the waiters, whose number is bounded.
package struct FairQueue<Waiter: Sendable & Hashable>: Sendable {
    private struct Place: Sendable {
        var waiter: Waiter
        var deadline: Duration
    }

    /// How many may wait at most, and of each scope.
    package let capacity: Int
    package let capacityPerScope: Int
    package private(set) var count = 0
    private var waiting: [BudgetScope: [Place]] = [:]
    /// The scopes that have waiters, each once, the next one first.
    private var turns: [BudgetScope] = []

    package init(capacity: Int, capacityPerScope: Int) {
        self.capacity = capacity
        self.capacityPerScope = capacityPerScope
    }

    /// Puts a waiter behind the others of its scope.
    ///
    /// Returns: false where there is no room, or where it waits already.
    package mutating func enqueue(
        _ waiter: Waiter, for scope: BudgetScope, until deadline: Duration
    ) -> Bool {
        let others = waiting[scope] ?? []
        guard count < capacity, others.count < capacityPerScope, !contains(waiter) else {
            return false
        }
        if others.isEmpty { turns.append(scope) }
        waiting[scope, default: []].append(Place(waiter: waiter, deadline: deadline))
        count += 1
        return true
    }

    /// Takes the waiter whose turn it is, of those that can be served and whose deadline has not come.
    ///
    /// - Parameter canServe: asked of the first waiter of each scope, in their turns, until it is true.
    package mutating func dequeue(
        at now: Duration, where canServe: (Waiter, BudgetScope) -> Bool
    ) -> Waiter? {
        for scope in turns {
            guard let index = waiting[scope]?.firstIndex(where: { $0.deadline > now }),
                let waiter = waiting[scope]?[index].waiter, canServe(waiter, scope)
            else { continue }
            remove(at: index, of: scope)
            guard let turn = turns.firstIndex(of: scope) else { return waiter }
            // Its next turn comes after those of all others.
            turns.append(turns.remove(at: turn))
            return waiter
        }
        return nil
    }

    /// Removes one that does not wait any longer, such as a client that left.
    ///
    /// Returns: false where it does not wait.
    package mutating func remove(_ waiter: Waiter) -> Bool {
        for scope in turns {
            guard let index = waiting[scope]?.firstIndex(where: { $0.waiter == waiter }) else {
                continue
            }
            remove(at: index, of: scope)
            return true
        }
        return false
    }

    /// Removes all whose deadline has come.
    package mutating func removeExpired(at now: Duration) -> [Waiter] {
        var expired: [Waiter] = []
        for scope in turns {
            while let index = waiting[scope]?.firstIndex(where: { $0.deadline <= now }) {
                expired.append(remove(at: index, of: scope))
            }
        }
        return expired
    }

    /// When the next one is to be removed; nil where nobody waits.
    package var earliestDeadline: Duration? {
        waiting.values.flatMap { $0.map(\.deadline) }.min()
    }

    private func contains(_ waiter: Waiter) -> Bool {
        waiting.values.contains { $0.contains { $0.waiter == waiter } }
    }

    @discardableResult
    private mutating func remove(at index: Int, of scope: BudgetScope) -> Waiter {
        let waiter = waiting[scope, default: []].remove(at: index).waiter
        count -= 1
        if waiting[scope]?.isEmpty == true {
            waiting[scope] = nil
            turns.removeAll { $0 == scope }
        }
        return waiter
    }
}
