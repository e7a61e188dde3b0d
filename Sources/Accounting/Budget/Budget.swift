// SPDX-License-Identifier: Apache-2.0

/// What a scope may spend.
package struct Budget: Sendable, Equatable {
    /// What a budget is told apart by: a scope has at most one of each term.
    package struct ID: Sendable, Hashable {
        package var scope: BudgetScope
        package var term: Term

        package init(_ scope: BudgetScope, _ term: Term) {
            self.scope = scope
            self.term = term
        }
    }

    /// When what was spent is forgotten.
    package enum Term: Sendable, Hashable {
        case each(BudgetPeriod)
        /// Never: prepaid credit is used up.
        case credit
    }

    /// How much there is to spend.
    package enum Allowance: Sendable, Equatable {
        case limit(Picodollars, each: BudgetPeriod)
        /// What was paid in, against which calls are charged with a markup.
        case credit(topUps: [TopUp], markup: Markup)
    }

    package var scope: BudgetScope
    package var allowance: Allowance
    /// Shares of the limit, in percent, whose crossing is told once.
    package var thresholds: [Int]

    package init(_ scope: BudgetScope, _ allowance: Allowance, thresholds: [Int] = []) {
        self.scope = scope
        self.allowance = allowance
        self.thresholds = thresholds
    }

    /// What it is told apart by.
    package var id: ID {
        switch allowance {
        case .limit(_, let period): ID(scope, .each(period))
        case .credit: ID(scope, .credit)
        }
    }

    /// The most that may be spent in a period; of credit, all that was paid in. Payments whose sum
    /// does not fit allow nothing.
    package var limit: Picodollars {
        switch allowance {
        case .limit(let limit, _): limit
        case .credit(let topUps, _): Picodollars.sum(of: topUps.map(\.amount)) ?? .zero
        }
    }

    /// What calls are charged on top of their cost: only credit has one.
    package var markup: Markup {
        guard case .credit(_, let markup) = allowance else { return .none }
        return markup
    }

    /// Adds a payment; false where it is known already, or where there is no credit.
    mutating func add(_ topUp: TopUp) -> Bool {
        guard case .credit(var topUps, let markup) = allowance,
            !topUps.contains(where: { $0.id == topUp.id })
        else { return false }
        topUps.append(topUp)
        allowance = .credit(topUps: topUps, markup: markup)
        return true
    }
}

extension Budget.Term {
    /// The period whose end begins the budget anew; credit lasts as `total` does.
    package var period: BudgetPeriod {
        switch self {
        case .each(let period): period
        case .credit: .total
        }
    }
}

/// A payment into prepaid credit; below zero, one that was taken back.
package struct TopUp: Sendable, Equatable {
    /// So that no payment counts twice.
    package var id: String
    package var amount: Picodollars

    package init(id: String, amount: Picodollars) {
        self.id = id
        self.amount = amount
    }
}

/// What is charged on top of what a call costs.
package struct Markup: Sendable, Equatable {
    /// Units: hundredths of a percent of the cost; not below zero.
    package var basisPoints: Int

    package init(basisPoints: Int) { self.basisPoints = max(0, basisPoints) }

    package static let none = Markup(basisPoints: 0)

    /// The amount with the markup, rounded up to the next picodollar, so that more costs never less;
    /// what does not fit is the largest amount. `amount` is not negative.
    package func applied(to amount: Picodollars) -> Picodollars {
        let whole: Int128 = 10_000
        let (product, overflow) = amount.rawValue.multipliedReportingOverflow(
            by: whole + Int128(basisPoints))
        if overflow {
            guard basisPoints > 0 else { return amount }
            return Picodollars(rawValue: .max)
        }
        let (quotient, rest) = product.quotientAndRemainder(dividingBy: whole)
        return Picodollars(rawValue: quotient + (rest > 0 ? 1 : 0))
    }
}
