// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Routing
import Testing

/// Streams that broke off behind their commit point: who goes on, and that nobody else is asked.
@Suite struct ResumptionMachineTests {
    private let candidates = AttemptMachineTests.candidates

    @Test func `a text that breaks off is gone on with once`() {
        var trial = AttemptMachineTests.Trial(candidates) { $0.resume = .prefill }
        _ = trial.begin()
        #expect(trial.goOn(AttemptMachineTests.failure()) == nil)
        trial.machine.committed()
        #expect(trial.goOn(AttemptMachineTests.failure()) == .send(candidates[1], .resume))
        #expect(trial.budget.tokens == 9)
        trial.machine.committed()
        #expect(trial.goOn(AttemptMachineTests.failure()) == nil)
        #expect(
            trial.failed(AttemptMachineTests.failure()) == .giveUp(AttemptMachineTests.failure()))
    }

    @Test func `without the policy, and for what another try cannot help with, nobody goes on`() {
        var trial = AttemptMachineTests.Trial(candidates)
        _ = trial.begin()
        trial.machine.committed()
        #expect(trial.goOn(AttemptMachineTests.failure()) == nil)
        for failure in [
            AttemptMachineTests.failure(.never), AttemptMachineTests.failure(.elsewhere, .request),
            AttemptMachineTests.failure(.elsewhere, .server, .contentFilter),
            AttemptMachineTests.failure(.elsewhere, .authentication),
        ] {
            trial = AttemptMachineTests.Trial(candidates) { $0.resume = .prefill }
            _ = trial.begin()
            trial.machine.committed()
            #expect(trial.goOn(failure) == nil)
            #expect(trial.failed(failure) == .giveUp(failure))
        }
    }

    @Test func `who has failed, or cannot, does not go on`() {
        var trial = AttemptMachineTests.Trial(candidates) { $0.resume = .prefill }
        _ = trial.begin()
        _ = trial.failed(AttemptMachineTests.failure())
        trial.machine.committed()
        #expect(trial.goOn(AttemptMachineTests.failure(), where: { $0 != candidates[2] }) == nil)
        #expect(trial.goOn(AttemptMachineTests.failure()) == .send(candidates[2], .resume))
    }

    @Test func `one that cannot be asked is passed over, and then it is the failure`() {
        var trial = AttemptMachineTests.Trial(candidates) { $0.resume = .prefill }
        _ = trial.begin()
        trial.machine.committed()
        #expect(trial.goOn(AttemptMachineTests.failure()) == .send(candidates[1], .resume))
        #expect(trial.passedOver(until: .seconds(1)) == .send(candidates[2], .resume))
        #expect(trial.passedOver() == .giveUp(AttemptMachineTests.failure()))
    }

    @Test func `the one that lost a race may go on`() {
        var trial = AttemptMachineTests.Trial(Array(candidates.prefix(2))) {
            $0.resume = .prefill
            $0.hedge = HedgePolicy()
        }
        var hedges = RetryBudget()
        _ = trial.begin()
        #expect(trial.hedge(&hedges) == candidates[1])
        // The second one has content, and the first one is stopped.
        trial.running.removeFirst()
        trial.machine.committed()
        #expect(trial.goOn(AttemptMachineTests.failure()) == .send(candidates[0], .resume))
        #expect(trial.passedOver() == .giveUp(AttemptMachineTests.failure()))
    }
}
