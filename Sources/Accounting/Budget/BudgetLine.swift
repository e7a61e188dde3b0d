// SPDX-License-Identifier: Apache-2.0

/// The sums of one budget in one period.
struct BudgetAccount: Sendable {
    var spent = Picodollars.zero
    var reserved = Picodollars.zero
    var unpriced = 0
    /// The thresholds that are crossed and have been told.
    var told: Set<Int> = []
}

/// One budget in a book: its period, and those before it in which attempts are still in flight.
struct BudgetLine: Sendable {
    let id: Budget.ID
    /// nil where it limits nothing any more. Its sums stay, for what is in flight, and so that a
    /// budget that is taken away and given back is not a fresh one.
    var budget: Budget?
    private(set) var periodStart: Int64
    private var current = BudgetAccount()
    private var past: [Int64: BudgetAccount] = [:]

    init(_ id: Budget.ID, at now: Int64) {
        self.id = id
        self.periodStart = id.term.period.start(of: now)
    }

    /// Begins the period that `now` lies in. A clock that is set back begins none again: a period
    /// that has ended stays so.
    mutating func rollOver(to now: Int64) {
        let start = id.term.period.start(of: now)
        guard start > periodStart else { return }
        if current.reserved > .zero { past[periodStart] = current }
        current = BudgetAccount()
        periodStart = start
    }

    /// The standing in the current period.
    func standing() -> BudgetStanding { standing(of: current, from: periodStart) }

    private func standing(of account: BudgetAccount, from start: Int64) -> BudgetStanding {
        BudgetStanding(
            budget: id, periodStart: start, limit: budget?.limit ?? .zero, spent: account.spent,
            reserved: account.reserved, unpriced: account.unpriced,
            resetsAt: id.term.period.end(of: start))
    }

    /// Whether so much may be reserved besides all that is spent and reserved.
    func hasRoom(for amount: Picodollars) -> Bool {
        guard let budget,
            let sum = Picodollars.sum(of: [current.spent, current.reserved, amount])
        else { return budget == nil }
        return sum <= budget.limit
    }

    /// Sets an amount aside that there is room for.
    mutating func reserve(_ amount: Picodollars) {
        current.reserved = current.reserved.saturatingSum(amount)
    }

    /// Charges the period that reserved, and gives back what it had reserved.
    ///
    /// Returns: what has been crossed by it.
    mutating func settle(_ reserved: BudgetShare, charging amount: Picodollars) -> [BudgetCrossing]
    {
        guard reserved.periodStart != periodStart else {
            current.settle(reserved.amount, charging: amount)
            return takeCrossings()
        }
        guard var account = past[reserved.periodStart] else { return [] }
        account.settle(reserved.amount, charging: amount)
        let crossings = takeCrossings(of: &account, from: reserved.periodStart)
        past[reserved.periodStart] = account.reserved > .zero ? account : nil
        return crossings
    }

    /// Counts a charge of the past. One of a period that is over changes nothing here.
    mutating func replay(_ share: BudgetShare, isUnpriced: Bool) {
        rollOver(to: share.periodStart)
        guard share.periodStart == periodStart else { return }
        if isUnpriced { countUnpriced() }
        current.spent = current.spent.saturatingSum(share.amount)
    }

    /// Counts an attempt that nothing can be charged for.
    mutating func countUnpriced() { current.unpriced += 1 }

    /// The thresholds of the current period that are crossed and were not told; now they are. One
    /// that is not crossed any more, because the limit was raised, may be told again.
    mutating func takeCrossings() -> [BudgetCrossing] {
        takeCrossings(of: &current, from: periodStart)
    }

    private func takeCrossings(
        of account: inout BudgetAccount, from start: Int64
    ) -> [BudgetCrossing] {
        guard let budget, !budget.thresholds.isEmpty || !account.told.isEmpty else { return [] }
        let limit = budget.limit
        let crossed = Set(budget.thresholds.filter { account.hasSpent($0, percentOf: limit) })
        let news = crossed.subtracting(account.told).sorted()
        account.told = crossed
        return news.map {
            BudgetCrossing(percent: $0, standing: standing(of: account, from: start))
        }
    }
}

extension BudgetAccount {
    fileprivate mutating func settle(_ reserved: Picodollars, charging amount: Picodollars) {
        self.reserved.rawValue -= reserved.rawValue
        spent = spent.saturatingSum(amount)
    }

    /// Nothing spent crosses nothing, not even of a limit of 0.
    fileprivate func hasSpent(_ percent: Int, percentOf limit: Picodollars) -> Bool {
        guard spent > .zero else { return false }
        // In full width: no limit is too large for its shares.
        let left = spent.rawValue.multipliedFullWidth(by: 100)
        let right = limit.rawValue.multipliedFullWidth(by: Int128(percent))
        return (left.high, left.low) >= (right.high, right.low)
    }
}

extension Picodollars {
    /// The sum, or the largest amount where it does not fit: what has been spent is never less than
    /// it was. Neither is negative.
    fileprivate func saturatingSum(_ other: Picodollars) -> Picodollars {
        adding(other) ?? Picodollars(rawValue: .max)
    }
}
