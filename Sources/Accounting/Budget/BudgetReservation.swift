// SPDX-License-Identifier: Apache-2.0

/// Money that is set aside for one attempt until its cost is known.
///
/// It is to be written down before the attempt is sent, so that a crash does not forget it.
package struct BudgetReservation: Sendable, Equatable {
    /// One attempt of one call. An attempt has one reservation, each further one its own.
    package struct ID: Sendable, Hashable {
        package var call: String
        package var attempt: Int

        package init(call: String, attempt: Int) {
            self.call = call
            self.attempt = attempt
        }
    }

    package var id: ID
    /// The most that the attempt can cost.
    package var amount: Picodollars
    /// The same in every budget that it counts in, with that one's markup.
    package var shares: [BudgetShare]

    package init(id: ID, amount: Picodollars, shares: [BudgetShare]) {
        self.id = id
        self.amount = amount
        self.shares = shares
    }
}

/// An amount in one budget.
package struct BudgetShare: Sendable, Equatable {
    package var budget: Budget.ID
    /// The period in which the attempt was admitted: it pays, whenever the attempt ends.
    package var periodStart: Int64
    package var amount: Picodollars

    package init(budget: Budget.ID, periodStart: Int64, amount: Picodollars) {
        self.budget = budget
        self.periodStart = periodStart
        self.amount = amount
    }
}

/// What an attempt was charged, once and for all: what the ledger keeps of it, and what a book is
/// rebuilt from. Later changes of prices and markups do not change it.
package struct BudgetCharge: Sendable, Equatable {
    /// Why it is this amount.
    package enum Basis: String, Sendable, CaseIterable {
        /// The cost of the attempt, known or estimated.
        case actual
        /// The cost never became known, and all that was reserved is charged.
        case reserved
        /// The process ended before the attempt did, and all that was reserved is charged.
        case crashed
        /// Nothing says what the model costs, and it was allowed all the same: nothing is charged.
        case unpriced
    }

    package var id: BudgetReservation.ID
    package var basis: Basis
    package var shares: [BudgetShare]

    package init(id: BudgetReservation.ID, basis: Basis, shares: [BudgetShare]) {
        self.id = id
        self.basis = basis
        self.shares = shares
    }
}

/// How a budget stands at a moment.
package struct BudgetStanding: Sendable, Equatable {
    package var budget: Budget.ID
    /// Units: microseconds since 1970, as of `resetsAt`.
    package var periodStart: Int64
    package var limit: Picodollars
    /// May be above the limit by the reservation error, or where the limit was lowered.
    package var spent: Picodollars
    package var reserved: Picodollars
    /// Attempts of the period that nothing could be charged for.
    package var unpriced: Int
    /// When the budget begins anew; nil where it does not.
    package var resetsAt: Int64?

    /// What may still be reserved; never below zero.
    package var remaining: Picodollars {
        let used = spent.adding(reserved) ?? Picodollars(rawValue: .max)
        return used < limit ? Picodollars(rawValue: limit.rawValue - used.rawValue) : .zero
    }
}

/// Why nothing was reserved: the budget that holds longest of those without room.
package struct BudgetRefusal: Error, Sendable, Equatable {
    package var standing: BudgetStanding
    /// What the attempt would have reserved there.
    package var requested: Picodollars

    /// Whether it does not fit into an untouched budget either, so that waiting does not help.
    package var isBeyondLimit: Bool { requested > standing.limit }
}

/// A share of a limit that has been spent.
package struct BudgetCrossing: Sendable, Equatable {
    package var percent: Int
    package var standing: BudgetStanding
}

/// What the end of an attempt did to the budgets.
package struct BudgetSettlement: Sendable, Equatable {
    package var charge: BudgetCharge
    /// Thresholds that were crossed by it, each told once.
    package var crossings: [BudgetCrossing]
}
