// SPDX-License-Identifier: Apache-2.0
import Accounting
import Testing

/// Random days of a gateway: attempts begin, end, outlive their periods and are lost in crashes.
@Suite struct BudgetBookPropertyTests {
    @Test func `no order of events overspends, loses money or leaves any reserved`() throws {
        for seed in 0..<5_000 as Range<UInt64> {
            var walk = BudgetWalk(seed: seed)
            for _ in 0..<25 { walk.step() }
            walk.finish()
            if let problem = walk.problem {
                Issue.record("seed \(seed): \(problem)")
                return
            }
        }
    }
}

/// A book beside a model of it that knows nothing but sums.
private struct BudgetWalk {
    /// One budget in one period, told apart by the name of the period.
    struct Place: Hashable {
        var budget: Budget.ID
        var period: String
    }

    struct Sums {
        var spent: Int128 = 0
        var reserved: Int128 = 0
        /// How much more than reserved its attempts have cost.
        var excess: Int128 = 0
    }

    struct Flight {
        var reservation: BudgetReservation
        var places: [(place: Place, amount: Int128, markup: Int128)]
    }

    private var generator: SeededGenerator
    private var now: Int64
    private var budgets: [Budget] = []
    private var book = BudgetBook()
    private var flights: [Flight] = []
    private var sums: [Place: Sums] = [:]
    private var told: [Place: Set<Int>] = [:]
    private var journal: [BudgetCharge] = []
    /// Reservations that have a charge in the journal.
    private var ended: [BudgetReservation] = []
    private var serial = 0
    private(set) var problem: String?

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        // Around new year, and around a February with and without a leap day.
        let days: [Int64] = [20_452, 20_512, 20_088, 21_243]
        now = (days.randomElement(using: &generator) ?? 0) * 86_400_000_000
        let scopes: [BudgetScope] = [
            .key("a"), .key("b"), .team("t"), .organisation("o"), .route("r"), .target("p/m"),
        ]
        for scope in scopes {
            for period in BudgetPeriod.allCases
            where Int.random(in: 0..<3, using: &generator) == 0 {
                let limit = Picodollars(rawValue: Int128.random(in: 0...2_000, using: &generator))
                budgets.append(
                    Budget(scope, .limit(limit, each: period), thresholds: [50, 80, 100]))
            }
        }
        budgets.append(
            Budget(
                .team("t"),
                .credit(
                    topUps: [TopUp(id: "first", amount: 1_000)],
                    markup: Markup(basisPoints: Int.random(in: 0...3_000, using: &generator)))))
        _ = book.replaceBudgets(with: budgets, at: now)
    }

    mutating func step() {
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<9: reserve()
        case 9..<15: endOne()
        case 15..<17: now += Int64.random(in: 0..<(40 * 86_400_000_000), using: &generator)
        case 17: now += Int64.random(in: 0..<86_400_000_000, using: &generator)
        case 18: topUp()
        default: crash()
        }
        if Int.random(in: 0..<8, using: &generator) == 0 { compare() }
    }

    mutating func finish() {
        while !flights.isEmpty { endOne() }
        compare()
        if sums.values.contains(where: { $0.reserved != 0 }) { problem = "the model is wrong" }
        for budget in budgets where book.standing(of: budget.id, at: now)?.reserved != .zero {
            problem = "\(budget.id) has money reserved at the end"
        }
        if !book.openReservations.isEmpty { problem = "reservations are open at the end" }
    }

    private mutating func reserve() {
        let key: BudgetScope = Bool.random(using: &generator) ? .key("a") : .key("b")
        var scopes = [key, .team("t"), .organisation("o")]
        if Bool.random(using: &generator) { scopes.append(.route("r")) }
        if Bool.random(using: &generator) { scopes.append(.target("p/m")) }
        scopes.shuffle(using: &generator)
        let amount = Int128.random(in: 0...400, using: &generator)
        serial += 1
        let id = BudgetReservation.ID(call: "\(serial)", attempt: 0)
        let places = budgets.filter { scopes.contains($0.scope) }.map { budget in
            let markup = Int128(budget.markup.basisPoints)
            return (
                place: place(of: budget.id), amount: Self.marked(amount, markup), markup: markup
            )
        }
        let isFull = places.contains { place in
            let sum = sums[place.place] ?? Sums()
            return sum.spent + sum.reserved + place.amount > limit(place.place.budget)
        }
        do throws(BudgetRefusal) {
            let reservation = try book.reserve(
                Picodollars(rawValue: amount), for: scopes, id: id, at: now)
            if isFull { problem = "granted without room" }
            for place in places { sums[place.place, default: Sums()].reserved += place.amount }
            flights.append(Flight(reservation: reservation, places: places))
        } catch {
            if !isFull { problem = "refused with room: \(error)" }
            let standing = error.standing
            let needed = standing.spent.rawValue + standing.reserved.rawValue
            if needed + error.requested.rawValue <= standing.limit.rawValue {
                problem = "the refusal tells of room"
            }
            if let reset = standing.resetsAt, reset <= now { problem = "the reset has passed" }
        }
    }

    private mutating func endOne() {
        guard let index = flights.indices.randomElement(using: &generator) else { return }
        let flight = flights.remove(at: index)
        let id = flight.reservation.id
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<2:
            if !book.release(id) { problem = "not released" }
            end(flight) { _ in 0 }
        case 2:
            record(book.settleInFull(id), ofFlight: flight) { $0.amount }
        default:
            // One in ten costs more than what was reserved.
            let most = flight.reservation.amount.rawValue
            let isDearer = Int.random(in: 0..<10, using: &generator) == 0
            let cost = Int128.random(in: 0...(isDearer ? most * 2 + 10 : most), using: &generator)
            let settlement = book.settle(id, at: Picodollars(rawValue: cost))
            record(settlement, ofFlight: flight) { Self.marked(cost, $0.markup) }
        }
        if book.settle(id, at: 1) != nil || book.release(id) { problem = "ended twice" }
    }

    private mutating func record(
        _ settlement: BudgetSettlement?, ofFlight flight: Flight,
        cost: ((place: Place, amount: Int128, markup: Int128)) -> Int128
    ) {
        guard let settlement else { return problem = "not settled" }
        journal.append(settlement.charge)
        ended.append(flight.reservation)
        end(flight, cost: cost)
        take(settlement.crossings)
        for share in flight.places { compareTold(of: share.place) }
    }

    private mutating func end(
        _ flight: Flight, cost: ((place: Place, amount: Int128, markup: Int128)) -> Int128
    ) {
        for share in flight.places {
            let amount = cost(share)
            sums[share.place, default: Sums()].reserved -= share.amount
            sums[share.place, default: Sums()].spent += amount
            sums[share.place, default: Sums()].excess += max(0, amount - share.amount)
        }
    }

    /// Each threshold is told once a period, and only where it is true.
    private mutating func take(_ crossings: [BudgetCrossing]) {
        for crossing in crossings {
            let budget = crossing.standing.budget
            let place = Place(
                budget: budget, period: Self.name(budget, crossing.standing.periodStart))
            let spent = sums[place]?.spent ?? 0
            if spent * 100 < limit(budget) * Int128(crossing.percent) {
                problem = "\(crossing.percent) % of \(budget) are not spent"
            }
            if !told[place, default: []].insert(crossing.percent).inserted {
                problem = "\(crossing.percent) % of \(budget) are told twice"
            }
        }
    }

    private mutating func topUp() {
        let payment = TopUp(
            id: "\(serial)", amount: Picodollars(rawValue: .random(in: 0...300, using: &generator)))
        serial += 1
        guard let index = budgets.firstIndex(where: { $0.id.term == .credit }),
            case .credit(let topUps, let markup) = budgets[index].allowance
        else { return }
        budgets[index].allowance = .credit(topUps: topUps + [payment], markup: markup)
        if book.topUp(payment, for: .team("t"), at: now) != [] { problem = "no top-up" }
    }

    private mutating func crash() {
        let lost = flights
        flights = []
        journal.shuffle(using: &generator)
        let (rebuilt, crashed) = BudgetBook.rebuilt(
            budgets, charges: journal,
            reservations: (ended + lost.map(\.reservation)).shuffled(using: &generator), at: now)
        book = rebuilt
        for flight in lost { end(flight) { $0.amount } }
        if crashed.count != lost.count { problem = "\(crashed.count) of \(lost.count) are lost" }
        journal += crashed.map(\.charge)
        ended += lost.map(\.reservation)
        take(crashed.flatMap(\.crossings))
    }

    /// The book and the model say the same of every budget, and no budget is overspent by more than
    /// its attempts have cost more than was reserved for them.
    private mutating func compare() {
        for budget in budgets {
            guard let standing = book.standing(of: budget.id, at: now) else {
                return problem = "\(budget.id) is gone"
            }
            let sum = sums[place(of: budget.id)] ?? Sums()
            if standing.spent.rawValue != sum.spent || standing.reserved.rawValue != sum.reserved {
                problem = problem ?? "\(standing) is not \(sum)"
            }
            if sum.spent + sum.reserved > budget.limit.rawValue + sum.excess {
                problem = problem ?? "\(standing) is overspent"
            }
            compareTold(of: place(of: budget.id))
        }
    }

    /// All that is crossed was told, and nothing else.
    private mutating func compareTold(of place: Place) {
        guard let budget = budgets.first(where: { $0.id == place.budget }) else { return }
        let spent = sums[place]?.spent ?? 0
        let percents = budget.thresholds.filter {
            spent > 0 && spent * 100 >= budget.limit.rawValue * Int128($0)
        }
        if told[place, default: []] != Set(percents) {
            problem = problem ?? "of \(place) \(told[place] ?? []) was told"
        }
    }

    private func limit(_ id: Budget.ID) -> Int128 {
        budgets.first { $0.id == id }?.limit.rawValue ?? 0
    }

    private func place(of id: Budget.ID) -> Place {
        Place(budget: id, period: Self.name(id, now))
    }

    /// The name of a period, from the date's text and the days since a Monday.
    private static func name(_ id: Budget.ID, _ moment: Int64) -> String {
        switch id.term {
        case .credit, .each(.total): "ever"
        case .each(.day): String(CivilTime(microseconds: moment).dayText)
        case .each(.month): String(CivilTime(microseconds: moment).dayText.prefix(7))
        // 1969-12-29 was a Monday.
        case .each(.week): "\((moment / 86_400_000_000 + 3) / 7)"
        }
    }

    private static func marked(_ amount: Int128, _ basisPoints: Int128) -> Int128 {
        (amount * (10_000 + basisPoints) + 9_999) / 10_000
    }
}
