// SPDX-License-Identifier: Apache-2.0
import Accounting
import Testing

@Suite struct BudgetBookTests {
    /// 2026-11-25T00:00:00Z, a Wednesday.
    private static let wednesday: Int64 = 1_795_564_800_000_000
    private static let day: Int64 = 86_400_000_000
    private let now = Self.wednesday + Self.day / 2

    private func book(_ budgets: [Budget]) -> BudgetBook {
        var book = BudgetBook()
        let crossings = book.replaceBudgets(with: budgets, at: now)
        #expect(crossings.isEmpty)
        return book
    }

    private func daily(_ limit: Int128, _ scope: BudgetScope = .key("k")) -> Budget {
        Budget(scope, .limit(Picodollars(rawValue: limit), each: .day), thresholds: [50, 80, 100])
    }

    @Test func `reserved money is nobody else's until it is settled`() throws {
        var book = book([daily(100)])
        let id = daily(0).id
        _ = try book.reserve(60, for: [.key("k")], id: .first("a"), at: now)
        let refusal = #expect(throws: BudgetRefusal.self) {
            try book.reserve(41, for: [.key("k")], id: .first("b"), at: now)
        }
        #expect(refusal?.standing.budget == id)
        #expect(refusal?.standing.spent == .zero)
        #expect(refusal?.standing.reserved == 60)
        #expect(refusal?.standing.limit == 100)
        #expect(refusal?.standing.remaining == 40)
        #expect(refusal?.standing.resetsAt == Self.wednesday + Self.day)
        #expect(refusal?.requested == 41)
        #expect(refusal?.isBeyondLimit == false)
        _ = try book.reserve(40, for: [.key("k")], id: .first("b"), at: now)
        let settlement = book.settle(.first("a"), at: 10)
        #expect(settlement?.charge.shares.map(\.amount) == [10])
        let isReleased = book.release(.first("b"))
        #expect(isReleased)
        #expect(book.standing(of: id, at: now)?.spent == 10)
        #expect(book.standing(of: id, at: now)?.reserved == .zero)
        #expect(book.openReservations.isEmpty)
    }

    @Test func `what has ended does not end again`() throws {
        var book = book([daily(100)])
        _ = try book.reserve(60, for: [.key("k")], id: .first("a"), at: now)
        let settlements = [
            book.settle(.first("a"), at: 10), book.settle(.first("a"), at: 10),
            book.settleInFull(.first("a")),
        ]
        let isReleased = book.release(.first("a"))
        #expect(settlements.map { $0 != nil } == [true, false, false])
        #expect(!isReleased)
        #expect(book.standing(of: daily(0).id, at: now)?.spent == 10)
    }

    @Test func `of several budgets all are charged or none`() throws {
        let team = Budget(.team("t"), .limit(50, each: .total))
        var book = book([daily(100), team])
        let scopes: [BudgetScope] = [.key("k"), .team("t"), .organisation("o"), .key("k")]
        let first = try book.reserve(50, for: scopes, id: .first("a"), at: now)
        #expect(first.shares.map(\.budget) == [daily(0).id, team.id])
        let refusal = #expect(throws: BudgetRefusal.self) {
            try book.reserve(1, for: scopes, id: .first("b"), at: now)
        }
        #expect(refusal?.standing.budget == team.id)
        #expect(refusal?.standing.resetsAt == nil)
        #expect(book.standing(of: daily(0).id, at: now)?.reserved == 50)
    }

    @Test func `of budgets without room the one that holds longest is told`() throws {
        let month = Budget(.route("r"), .limit(10, each: .month))
        var book = book([daily(5), month])
        let refusal = #expect(throws: BudgetRefusal.self) {
            try book.reserve(11, for: [.route("r"), .key("k")], id: .first("a"), at: now)
        }
        #expect(refusal?.standing.budget == month.id)
        #expect(refusal?.isBeyondLimit == true)
        #expect(
            CivilTime(microseconds: try #require(refusal?.standing.resetsAt)).text
                == "2026-12-01T00:00:00.000Z")
    }

    @Test func `a dearer attempt than was reserved is charged in whole`() throws {
        var book = book([daily(100)])
        _ = try book.reserve(90, for: [.key("k")], id: .first("a"), at: now)
        let ended = book.settle(.first("a"), at: 130)
        let settlement = try #require(ended)
        #expect(settlement.crossings.map(\.percent) == [50, 80, 100])
        let standing = try #require(book.standing(of: daily(0).id, at: now))
        #expect(standing.spent == 130)
        #expect(standing.remaining == .zero)
        #expect(throws: BudgetRefusal.self) {
            try book.reserve(0, for: [.key("k")], id: .first("b"), at: now)
        }
    }

    @Test func `the day of the admission pays, and the new day is untouched`() throws {
        var book = book([daily(100)])
        _ = try book.reserve(100, for: [.key("k")], id: .first("a"), at: now)
        let tomorrow = now + Self.day
        _ = try book.reserve(100, for: [.key("k")], id: .first("b"), at: tomorrow)
        let ended = book.settle(.first("a"), at: 85)
        let settlement = try #require(ended)
        #expect(settlement.charge.shares.map(\.periodStart) == [Self.wednesday])
        #expect(settlement.crossings.map(\.percent) == [50, 80])
        #expect(
            settlement.crossings.map(\.standing.periodStart) == [Self.wednesday, Self.wednesday])
        let standing = try #require(book.standing(of: daily(0).id, at: tomorrow))
        #expect(standing.spent == .zero)
        #expect(standing.reserved == 100)
    }

    @Test func `a clock that is set back begins no period again`() throws {
        var book = book([daily(100)])
        let tomorrow = now + Self.day
        _ = try book.reserve(100, for: [.key("k")], id: .first("a"), at: tomorrow)
        _ = book.settle(.first("a"), at: 100)
        #expect(throws: BudgetRefusal.self) {
            try book.reserve(1, for: [.key("k")], id: .first("b"), at: now)
        }
    }

    @Test func `a threshold is told once, and again after the limit was raised above it`() throws {
        var book = book([daily(100)])
        func spend(_ amount: Picodollars, _ id: String) throws -> [Int]? {
            _ = try book.reserve(amount, for: [.key("k")], id: .first(id), at: now)
            return book.settle(.first(id), at: amount)?.crossings.map(\.percent)
        }
        var told = try [spend(49, "a"), spend(1, "b"), spend(1, "c")]
        #expect(told == [[], [50], []])
        let raised = book.replaceBudgets(with: [daily(200)], at: now)
        told = try [spend(60, "d")]
        #expect(raised.isEmpty)
        #expect(told == [[50]])
        let lowered = book.replaceBudgets(with: [daily(110)], at: now)
        #expect(lowered.map(\.percent) == [80, 100])
        #expect(lowered.last?.standing.spent == 111)
    }

    @Test func `credit is charged with its markup, and each payment counts once`() throws {
        let credit = Budget(
            .team("t"), .credit(topUps: [], markup: Markup(basisPoints: 1_000)), thresholds: [100])
        var book = book([credit, daily(1_000)])
        let scopes: [BudgetScope] = [.team("t"), .key("k")]
        #expect(throws: BudgetRefusal.self) {
            try book.reserve(1, for: scopes, id: .first("a"), at: now)
        }
        let payment = TopUp(id: "p1", amount: 110)
        let payments = ["t", "t", "u"].map { book.topUp(payment, for: .team($0), at: now) }
        #expect(payments == [[], nil, nil])
        let reservation = try book.reserve(100, for: scopes, id: .first("b"), at: now)
        #expect(reservation.shares.map(\.amount) == [110, 100])
        // 55 × 1.1 = 60.5 picodollars: not less than that.
        let settlement = book.settle(.first("b"), at: 55)
        #expect(settlement?.charge.shares.map(\.amount) == [61, 55])
        #expect(book.standing(of: credit.id, at: now + 400 * Self.day)?.remaining == 49)
        let takenBack = book.topUp(
            TopUp(id: "p2", amount: Picodollars(rawValue: -60)), for: .team("t"), at: now)
        #expect(takenBack?.map(\.percent) == [100])
    }

    @Test func `a markup that changes in flight charges no more than was reserved`() throws {
        func credit(_ markup: Int) -> Budget {
            Budget(
                .team("t"),
                .credit(
                    topUps: [TopUp(id: "p", amount: 110)], markup: Markup(basisPoints: markup)))
        }
        var book = book([credit(1_000)])
        _ = try book.reserve(100, for: [.team("t")], id: .first("a"), at: now)
        _ = book.replaceBudgets(with: [credit(5_000)], at: now)
        let settlement = book.settle(.first("a"), at: 100)
        #expect(settlement?.charge.shares.map(\.amount) == [110])
    }

    @Test(arguments: [(0, 7, 7), (1, 1, 2), (10_000, 7, 14), (1, 10_000, 10_001), (-5, 9, 9)])
    func `a markup rounds up`(basisPoints: Int, amount: Int, charged: Int) {
        let markup = Markup(basisPoints: basisPoints)
        #expect(
            markup.applied(to: Picodollars(rawValue: Int128(amount)))
                == Picodollars(rawValue: Int128(charged)))
    }

    @Test func `amounts that do not fit are refused or stay the largest`() throws {
        let most = Picodollars(rawValue: .max)
        #expect(Markup.none.applied(to: most) == most)
        #expect(Markup(basisPoints: 1).applied(to: most) == most)
        let total = Budget(.key("k"), .limit(most, each: .total), thresholds: [1, 100, .max])
        var book = book([total])
        _ = try book.reserve(5, for: [.key("k")], id: .first("a"), at: now)
        #expect(throws: BudgetRefusal.self) {
            try book.reserve(most, for: [.key("k")], id: .first("b"), at: now)
        }
        let whole = book.settle(.first("a"), at: most)
        #expect(whole?.crossings.map(\.percent) == [1, 100])
        _ = try book.reserve(0, for: [.key("k")], id: .first("c"), at: now)
        let more = book.settle(.first("c"), at: 9)
        #expect(more?.charge.shares.map(\.amount) == [9])
        #expect(book.standing(of: total.id, at: now)?.spent == most)
    }

    @Test func `amounts below zero give nothing back`() throws {
        var book = book([daily(100)])
        let debt = Picodollars(rawValue: -50)
        let reservation = try book.reserve(debt, for: [.key("k")], id: .first("a"), at: now)
        #expect(reservation.amount == .zero)
        _ = book.settle(.first("a"), at: debt)
        #expect(book.standing(of: daily(0).id, at: now)?.spent == .zero)
    }

    @Test func `unpriced attempts are counted beside the sums`() {
        var book = book([daily(100)])
        let charge = book.countUnpriced(for: [.key("k")], id: .first("a"), at: now)
        #expect(charge.basis == .unpriced)
        #expect(book.standing(of: daily(0).id, at: now)?.unpriced == 1)
        let (rebuilt, _) = BudgetBook.rebuilt(
            [daily(100)], charges: [charge], reservations: [], at: now)
        #expect(rebuilt.standing(of: daily(0).id, at: now)?.unpriced == 1)
    }

    @Test func `a budget that is taken away and given back is not a fresh one`() throws {
        var book = book([daily(100)])
        _ = try book.reserve(90, for: [.key("k")], id: .first("a"), at: now)
        _ = book.replaceBudgets(with: [], at: now)
        #expect(book.standing(of: daily(0).id, at: now) == nil)
        _ = try book.reserve(500, for: [.key("k")], id: .first("b"), at: now)
        let unlimited = book.settle(.first("b"), at: 500)
        #expect(unlimited?.charge.shares.isEmpty == true)
        _ = book.settle(.first("a"), at: 90)
        _ = book.replaceBudgets(with: [daily(100)], at: now)
        #expect(book.standing(of: daily(0).id, at: now)?.remaining == 10)
    }

    @Test func `a crash charges in full what was in flight, and tells what that crosses`() throws {
        var book = book([daily(100)])
        _ = try book.reserve(55, for: [.key("k")], id: .first("a"), at: now)
        let ended = book.settle(.first("a"), at: 55)
        let settled = try #require(ended)
        let lost = try book.reserve(30, for: [.key("k")], id: .first("b"), at: now)
        let (rebuilt, crashed) = BudgetBook.rebuilt(
            [daily(100)], charges: [settled.charge, settled.charge], reservations: [lost, lost],
            at: now)
        #expect(crashed.map(\.charge.basis) == [.crashed])
        #expect(crashed.map(\.charge.shares) == [lost.shares])
        #expect(crashed.flatMap(\.crossings).map(\.percent) == [80])
        let standing = try #require(rebuilt.standing(of: daily(0).id, at: now))
        #expect(standing.spent == 85)
        #expect(standing.reserved == .zero)
    }
}

extension BudgetReservation.ID {
    fileprivate static func first(_ call: String) -> Self { Self(call: call, attempt: 0) }
}

extension Picodollars: ExpressibleByIntegerLiteral {
    /// That many picodollars.
    public init(integerLiteral value: Int64) { self.init(rawValue: Int128(value)) }
}
