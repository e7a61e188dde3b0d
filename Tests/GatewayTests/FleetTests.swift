// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Gateway
import Routing
import Synchronization
import Testing

@Suite struct FleetTests {
    static let target = Target(provider: "p", model: "m")
    static let plan = Fleet.Plan(credentials: ["p": 2], targets: [target])

    static func failed(_ kind: UpstreamFailure.Kind, status: Int? = nil) -> AttemptOutcome {
        AttemptOutcome(.failed(.init(kind, status: status)))
    }

    static func call(_ slot: FleetSlot, _ outcome: AttemptOutcome, at now: Duration = .zero) {
        guard case .permitted(let permit) = slot.begin(at: now) else { return }
        slot.end(permit, outcome, at: now)
    }

    static func fleet(_ plan: Fleet.Plan = plan) -> Fleet {
        let fleet = Fleet()
        fleet.adopt(plan)
        return fleet
    }

    static func other(_ number: Int) -> Candidate {
        Candidate(Target(provider: "p", model: "model-\(number)"))
    }

    @Test func `a candidate has one slot`() {
        let fleet = Self.fleet()
        let slot = fleet.slot(for: Candidate(Self.target))
        #expect(fleet.slot(for: Candidate(Self.target)) === slot)
        #expect(fleet.slot(for: Candidate(Self.target, credential: 1)) !== slot)
    }

    @Test func `a refused credential holds up all targets that use it, and no others`() {
        let fleet = Self.fleet()
        Self.call(
            fleet.slot(for: Candidate(Self.target)), Self.failed(.authentication, status: 401))
        let sibling = fleet.slot(for: Self.other(1))
        #expect(sibling.condition(at: .zero).obstacle?.kind == .credentialRefused)
        guard case .held(let obstacle) = sibling.begin(at: .zero) else {
            Issue.record("the credential is refused")
            return
        }
        #expect(obstacle.until == .seconds(30))
        let second = fleet.slot(for: Candidate(Self.target, credential: 1))
        #expect(second.condition(at: .zero).obstacle == nil)
        #expect(sibling.report(at: .zero).condition.obstacle?.kind == .credentialRefused)
        Self.call(sibling, AttemptOutcome(.success), at: .seconds(30))
        #expect(fleet.slot(for: Candidate(Self.target)).condition(at: .seconds(30)).obstacle == nil)
    }

    @Test func `a call that its target holds up gives the credential's trial back`() {
        let fleet = Self.fleet()
        let slot = fleet.slot(for: Candidate(Self.target))
        for _ in 0..<5 { Self.call(slot, Self.failed(.server, status: 500), at: .seconds(28)) }
        let sibling = fleet.slot(for: Self.other(1))
        Self.call(sibling, Self.failed(.authentication, status: 401))
        guard case .held(let obstacle) = slot.begin(at: .seconds(30)) else {
            Issue.record("the breaker is open")
            return
        }
        #expect(obstacle.kind == .breakerOpen)
        guard case .permitted = sibling.begin(at: .seconds(30)) else {
            Issue.record("the trial was not given back")
            return
        }
    }

    @Test func `slots live through a reload, but for those of providers that are gone`() {
        let fleet = Self.fleet(.init(credentials: ["p": 2, "q": 1], targets: [Self.target]))
        let kept = fleet.slot(for: Candidate(Self.target))
        let second = fleet.slot(for: Candidate(Self.target, credential: 1))
        let gone = fleet.slot(for: Candidate(Target(provider: "q", model: "m")))
        for _ in 0..<5 { Self.call(kept, Self.failed(.server)) }
        fleet.adopt(.init(credentials: ["p": 1]))
        #expect(fleet.slot(for: Candidate(Self.target)) === kept)
        // What is behind its name may work by now.
        #expect(kept.condition(at: .zero).obstacle == nil)
        #expect(kept.condition(at: .zero).callsEnded == 5)
        #expect(fleet.report(at: .zero).map(\.candidate) == [Candidate(Self.target)])
        #expect(fleet.slot(for: second.candidate) !== second)
        #expect(fleet.slot(for: gone.candidate) !== gone)
        Self.call(gone, AttemptOutcome(.success))
    }

    @Test func `a reload gives a refused credential another chance`() {
        let fleet = Self.fleet()
        let slot = fleet.slot(for: Candidate(Self.target))
        Self.call(slot, Self.failed(.authentication, status: 401))
        #expect(slot.condition(at: .zero).obstacle != nil)
        fleet.adopt(Self.plan)
        #expect(slot.condition(at: .zero).obstacle == nil)
    }

    @Test func `a reload changes when breakers open`() {
        let fleet = Self.fleet()
        let slot = fleet.slot(for: Candidate(Self.target))
        var plan = Self.plan
        plan.breaker.consecutive = 2
        fleet.adopt(plan)
        for _ in 0..<2 { Self.call(slot, Self.failed(.server)) }
        #expect(slot.condition(at: .zero).obstacle?.kind == .breakerOpen)
    }

    @Test func `names that only clients know are bounded, and the idle ones go first`() {
        let fleet = Self.fleet()
        let configured = fleet.slot(for: Candidate(Self.target))
        let busy = fleet.slot(for: Self.other(0))
        guard case .permitted(let permit) = busy.begin(at: .zero) else { return }
        for number in 1...20_000 {
            let slot = fleet.slot(for: Self.other(number))
            Self.call(slot, Self.failed(.request, status: 404), at: .milliseconds(number))
            if number.isMultiple(of: 500) {
                #expect(fleet.report(at: .zero).count <= Fleet.mostOthers + 1)
            }
        }
        #expect(fleet.slot(for: Candidate(Self.target)) === configured)
        #expect(fleet.slot(for: Self.other(0)) === busy)
        let newest = fleet.slot(for: Self.other(20_000))
        #expect(newest.report(at: .zero).counts.ended == 1, "the newest was kept")
        busy.end(permit, AttemptOutcome(.success), at: .zero)
    }

    @Test func `where all are busy, a call is served all the same`() {
        let fleet = Self.fleet()
        let busy = (0..<Fleet.mostOthers).map { fleet.slot(for: Self.other($0)) }
        for slot in busy { _ = slot.begin(at: .zero) }
        let extra = fleet.slot(for: Self.other(Fleet.mostOthers))
        Self.call(extra, AttemptOutcome(.success))
        #expect(fleet.report(at: .zero).count == Fleet.mostOthers)
    }

    @Test func `shards tell each other, and no call is lost between them`() async {
        let fleet = Self.fleet()
        let calls = 2_000
        await withTaskGroup { group in
            for shard in 0..<4 {
                group.addTask {
                    let slot = fleet.slot(for: Candidate(Self.target, credential: shard % 2))
                    for turn in 0..<calls {
                        let outcome =
                            turn % 3 == 0
                            ? AttemptOutcome(.abandoned) : AttemptOutcome(.success)
                        Self.call(slot, outcome, at: .milliseconds(turn))
                    }
                }
            }
        }
        let reports = fleet.report(at: .zero)
        #expect(reports.map(\.counts.ended).reduce(0, +) == 4 * calls)
        #expect(reports.allSatisfy { $0.condition.callsInFlight == 0 })
        #expect(reports.map { "\($0.candidate)" } == ["p/m", "p/m#2"])
    }
}
