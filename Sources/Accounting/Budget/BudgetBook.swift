// SPDX-License-Identifier: Apache-2.0

/// All budgets, what was spent of them and what is set aside.
///
/// Rules:
/// 1. An attempt is sent only after the most that it can cost was reserved, in all budgets that it
///    counts in or in none: where that is granted, spent and reserved together are within the limit.
/// 2. A reservation ends once: settled at the cost, or in full where the cost did not become known,
///    or released where nothing was consumed. What ended does not end again.
/// 3. The period in which the attempt was admitted pays, also where the attempt ends in a later one.
/// 4. What was spent is never hidden. Where an attempt costs more than was reserved, the budget is
///    charged all of it, and may stand above its limit by that difference: the reservation error.
/// 5. Rebuilt from the charges that were written down and the reservations without one, a book is the
///    one that it was, and those reservations are charged in full.
///
/// Time and ids are arguments. Units: microseconds since 1970.
/// Complexity: O(1) in the number of budgets, linear in those of the scopes of one call.
package struct BudgetBook: Sendable {
    private var lines: [BudgetScope: [BudgetLine]] = [:]
    private var open: [BudgetReservation.ID: OpenReservation] = [:]

    package init() {}

    /// Puts these budgets in the place of all; sums and reservations stay.
    ///
    /// Returns: the thresholds that are crossed by that.
    package mutating func replaceBudgets(
        with budgets: [Budget], at now: Int64
    ) -> [BudgetCrossing] {
        for scope in lines.keys {
            for index in lines[scope, default: []].indices {
                lines[scope, default: []][index].budget = nil
            }
        }
        var crossings: [BudgetCrossing] = []
        for budget in budgets {
            crossings += withLine(budget.id, at: now) { line in
                line.budget = budget
                return line.takeCrossings()
            }
        }
        return crossings
    }

    /// Counts a payment into the credit of a scope.
    ///
    /// Returns: the thresholds that are crossed by that, where money was taken back; nil where the
    /// payment was counted before, or where the scope has no credit.
    package mutating func topUp(
        _ topUp: TopUp, for scope: BudgetScope, at now: Int64
    ) -> [BudgetCrossing]? {
        guard standing(of: Budget.ID(scope, .credit), at: now) != nil else { return nil }
        return withLine(Budget.ID(scope, .credit), at: now) { line in
            guard line.budget?.add(topUp) == true else { return nil }
            return line.takeCrossings()
        }
    }

    /// How a budget stands; nil where there is none.
    package func standing(of id: Budget.ID, at now: Int64) -> BudgetStanding? {
        guard var line = lines[id.scope]?.first(where: { $0.id == id }), line.budget != nil else {
            return nil
        }
        line.rollOver(to: now)
        return line.standing()
    }

    /// The reservations that have not ended.
    package var openReservations: [BudgetReservation] { open.values.map(\.reservation) }

    /// Sets the most that an attempt can cost aside, in every budget of these scopes.
    ///
    /// An amount below zero is none. `id` names no reservation that is open.
    ///
    /// Throws: where one of the budgets has no room for it; then nothing is reserved.
    package mutating func reserve(
        _ amount: Picodollars, for scopes: [BudgetScope], id: BudgetReservation.ID, at now: Int64
    ) throws(BudgetRefusal) -> BudgetReservation {
        precondition(open[id] == nil, "An attempt reserves once.")
        let amount = max(amount, .zero)
        var shares: [BudgetShare] = []
        var markups: [Markup] = []
        var refusal: BudgetRefusal?
        forEachLimit(of: scopes, at: now) { line, budget in
            let charge = budget.markup.applied(to: amount)
            markups.append(budget.markup)
            shares.append(
                BudgetShare(budget: line.id, periodStart: line.periodStart, amount: charge))
            guard !line.hasRoom(for: charge) else { return }
            let standing = line.standing()
            if let refusal, refusal.standing.holdsLonger(than: standing) { return }
            refusal = BudgetRefusal(standing: standing, requested: charge)
        }
        if let refusal { throw refusal }
        for share in shares {
            withLine(share.budget, at: now) { $0.reserve(share.amount) }
        }
        let reservation = BudgetReservation(id: id, amount: amount, shares: shares)
        open[id] = OpenReservation(reservation: reservation, markups: markups)
        return reservation
    }

    /// Ends a reservation at what the attempt cost; below zero is nothing.
    ///
    /// Returns: nil where it has ended before, which changes nothing.
    package mutating func settle(
        _ id: BudgetReservation.ID, at cost: Picodollars
    ) -> BudgetSettlement? {
        end(id, basis: .actual, cost: max(cost, .zero))
    }

    /// Ends a reservation whose cost did not become known: all of it is charged. Otherwise as `settle`.
    package mutating func settleInFull(_ id: BudgetReservation.ID) -> BudgetSettlement? {
        end(id, basis: .reserved, cost: nil)
    }

    /// Ends a reservation of an attempt that consumed nothing.
    ///
    /// Returns: false where it has ended before.
    package mutating func release(_ id: BudgetReservation.ID) -> Bool {
        guard let reservation = open.removeValue(forKey: id) else { return false }
        for share in reservation.reservation.shares { _ = settle(share, charging: .zero) }
        return true
    }

    /// Counts an attempt at a model without a price, which nothing is reserved for.
    package mutating func countUnpriced(
        for scopes: [BudgetScope], id: BudgetReservation.ID, at now: Int64
    ) -> BudgetCharge {
        var shares: [BudgetShare] = []
        forEachLimit(of: scopes, at: now) { line, _ in
            line.countUnpriced()
            shares.append(
                BudgetShare(budget: line.id, periodStart: line.periodStart, amount: .zero))
        }
        return BudgetCharge(id: id, basis: .unpriced, shares: shares)
    }

    /// Ends a reservation; without a cost, at what was reserved.
    private mutating func end(
        _ id: BudgetReservation.ID, basis: BudgetCharge.Basis, cost: Picodollars?
    ) -> BudgetSettlement? {
        guard let ended = open.removeValue(forKey: id) else { return nil }
        var settlement = BudgetSettlement(
            charge: BudgetCharge(id: id, basis: basis, shares: []), crossings: [])
        for (share, markup) in zip(ended.reservation.shares, ended.markups) {
            var charged = share
            if let cost { charged.amount = markup.applied(to: cost) }
            settlement.charge.shares.append(charged)
            settlement.crossings += settle(share, charging: charged.amount)
        }
        return settlement
    }

    private mutating func settle(
        _ share: BudgetShare, charging amount: Picodollars
    ) -> [BudgetCrossing] {
        guard let index = lines[share.budget.scope]?.firstIndex(where: { $0.id == share.budget })
        else { return [] }
        return lines[share.budget.scope, default: []][index].settle(share, charging: amount)
    }

    /// Visits every budget of the scopes once, in its period.
    private mutating func forEachLimit(
        of scopes: [BudgetScope], at now: Int64, _ body: (inout BudgetLine, Budget) -> Void
    ) {
        for (place, scope) in scopes.enumerated() where !scopes[..<place].contains(scope) {
            guard let count = lines[scope]?.count else { continue }
            for index in 0..<count {
                lines[scope, default: []][index].rollOver(to: now)
                guard let budget = lines[scope]?[index].budget else { continue }
                body(&lines[scope, default: []][index], budget)
            }
        }
    }

    /// Lends the line of a budget, in its period, which is made where there is none.
    private mutating func withLine<Result>(
        _ id: Budget.ID, at now: Int64, _ body: (inout BudgetLine) -> Result
    ) -> Result {
        let found = lines[id.scope]?.firstIndex { $0.id == id }
        if found == nil { lines[id.scope, default: []].append(BudgetLine(id, at: now)) }
        let index = found ?? lines[id.scope, default: []].count - 1
        lines[id.scope, default: []][index].rollOver(to: now)
        return body(&lines[id.scope, default: []][index])
    }
}

extension BudgetBook {
    /// The book after a start, and what is to be written down of the attempts that a crash ended.
    ///
    /// - Parameters:
    ///   - charges: as the ledger has them, in any order; those of periods that are over may be left
    ///     out.
    ///   - reservations: those that were written down and not released. One that has a charge has
    ///     ended; the others are charged in full, in their own periods.
    package static func rebuilt(
        _ budgets: [Budget], charges: some Sequence<BudgetCharge>,
        reservations: some Sequence<BudgetReservation>, at now: Int64
    ) -> (book: BudgetBook, crashed: [BudgetSettlement]) {
        var book = BudgetBook()
        _ = book.replaceBudgets(with: budgets, at: now)
        var ended: Set<BudgetReservation.ID> = []
        for charge in charges where ended.insert(charge.id).inserted {
            book.replay(charge, at: now)
        }
        // What the charges cross has been told before.
        for budget in budgets { _ = book.withLine(budget.id, at: now) { $0.takeCrossings() } }
        var crashed: [BudgetSettlement] = []
        for reservation in reservations where ended.insert(reservation.id).inserted {
            let charge = BudgetCharge(
                id: reservation.id, basis: .crashed, shares: reservation.shares)
            book.replay(charge, at: now)
            let crossings = charge.shares.flatMap { share in
                book.withLine(share.budget, at: now) { $0.takeCrossings() }
            }
            crashed.append(BudgetSettlement(charge: charge, crossings: crossings))
        }
        return (book, crashed)
    }

    private mutating func replay(_ charge: BudgetCharge, at now: Int64) {
        for share in charge.shares {
            withLine(share.budget, at: now) {
                $0.replay(share, isUnpriced: charge.basis == .unpriced)
            }
        }
    }
}

/// A reservation that has not ended, and the markup of each share when it was made: a change in
/// between must not charge more than was reserved.
private struct OpenReservation {
    var reservation: BudgetReservation
    var markups: [Markup]
}

extension BudgetStanding {
    /// Whether this one begins anew later than another, or never does.
    fileprivate func holdsLonger(than other: BudgetStanding) -> Bool {
        (resetsAt ?? .max) >= (other.resetsAt ?? .max)
    }
}
