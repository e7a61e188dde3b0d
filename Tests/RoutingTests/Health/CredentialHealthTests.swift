// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Routing
import Testing

@Suite struct CredentialHealthTests {
    static func call(
        _ health: inout CredentialHealth, _ outcome: AttemptOutcome, at now: Duration
    ) {
        guard case .permitted(let permit) = health.begin(at: now) else { return }
        health.end(permit, outcome, at: now)
    }

    /// The times that it is left alone, of refusals one after the other.
    static func times(_ outcome: AttemptOutcome, _ count: Int) -> [Duration] {
        var health = CredentialHealth()
        var now = Duration.zero
        return (0..<count).map { _ in
            call(&health, outcome, at: now)
            let until = health.obstacle(at: now)?.until ?? now
            defer { now = until }
            return until - now
        }
    }

    @Test func `a refused credential rests for 30 s, doubling to 10 min`() {
        let times = Self.times(TargetHealthTests.failed(.authentication, status: 401), 7)
        #expect(times == [30, 60, 120, 240, 480, 600, 600].map { .seconds($0) })
    }

    @Test func `an account without quota rests for 1 min, doubling to 1 h`() {
        let outcome = TargetHealthTests.failed(.rateLimited, status: 429, isQuota: true)
        #expect(
            Self.times(outcome, 8)
                == [60, 120, 240, 480, 960, 1_920, 3_600, 3_600].map { .seconds($0) })
        #expect(
            Self.times(TargetHealthTests.failed(.rateLimited, status: 402), 1) == [.seconds(60)])
    }

    @Test(arguments: [
        TargetHealthTests.failed(.authentication, status: 403),
        TargetHealthTests.failed(.rateLimited, status: 429),
        TargetHealthTests.failed(.server, status: 500), TargetHealthTests.failed(.unreachable),
        TargetHealthTests.failed(.request, status: 400), AttemptOutcome(.abandoned),
        AttemptOutcome(.success),
    ])
    func `what is not about the credential leaves it alone`(outcome: AttemptOutcome) {
        var health = CredentialHealth()
        for _ in 0..<20 { Self.call(&health, outcome, at: .zero) }
        #expect(health.obstacle(at: .zero) == nil && health.isUntroubled)
    }

    @Test func `one call finds out whether it is good again`() throws {
        var health = CredentialHealth()
        Self.call(&health, TargetHealthTests.failed(.authentication, status: 401), at: .zero)
        #expect(health.obstacle(at: .seconds(29))?.kind == .credentialRefused)
        guard case .permitted(let trial) = health.begin(at: .seconds(30)) else {
            Issue.record("its time is over")
            return
        }
        #expect(health.obstacle(at: .seconds(30))?.kind == .probing)
        health.end(trial, AttemptOutcome(.success), at: .seconds(31))
        #expect(health.obstacle(at: .seconds(31)) == nil && health.isUntroubled)
    }

    @Test func `a credential that may be another one begins afresh, whatever is under way`() {
        var health = CredentialHealth()
        let refused = TargetHealthTests.failed(.authentication, status: 401)
        Self.call(&health, refused, at: .zero)
        guard case .permitted(let trial) = health.begin(at: .seconds(30)) else {
            Issue.record("its time is over")
            return
        }
        health.forgive()
        #expect(health.isUntroubled)
        health.end(trial, refused, at: .seconds(31))
        #expect(health.obstacle(at: .seconds(31)) == nil)
    }

    @Test func `a failed probe of the operator's holds calls until the next one`() {
        var health = CredentialHealth()
        health.probed(isAlive: false, for: .seconds(30), at: .zero)
        #expect(health.obstacle(at: .seconds(29))?.kind == .probeFailed)
        #expect(!health.isUntroubled)
        health.probed(isAlive: true, for: .seconds(30), at: .seconds(30))
        #expect(health.obstacle(at: .seconds(30)) == nil && health.isUntroubled)
    }
}
