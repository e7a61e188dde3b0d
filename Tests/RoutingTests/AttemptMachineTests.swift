// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Routing
import Testing

@Suite struct AttemptMachineTests {
    static func failure(_ retry: UpstreamFailure.Retry) -> UpstreamFailure {
        UpstreamFailure(
            kind: .server, retry: retry,
            error: APIError(status: 502, kind: .upstream, code: "x", message: "x"), detail: "x")
    }
    let targets = (0..<3).map { Target(provider: "p\($0)", model: "m") }

    @Test func `each candidate is tried once, in order, and then it gives up`() {
        var machine = AttemptMachine(candidates: targets)
        #expect(machine.begin() == .send(targets[0]))
        #expect(machine.failed(Self.failure(.elsewhere)) == .send(targets[1]))
        #expect(machine.failed(Self.failure(.elsewhere)) == .send(targets[2]))
        #expect(machine.failed(Self.failure(.elsewhere)) == .giveUp(Self.failure(.elsewhere)))
    }

    @Test func `a failure that is the client's own is not tried elsewhere`() {
        var machine = AttemptMachine(candidates: targets)
        _ = machine.begin()
        #expect(machine.failed(Self.failure(.never)) == .giveUp(Self.failure(.never)))
    }

    @Test func `nothing is tried after the commit point`() {
        var machine = AttemptMachine(candidates: targets)
        _ = machine.begin()
        machine.committed()
        #expect(machine.failed(Self.failure(.elsewhere)) == .giveUp(Self.failure(.elsewhere)))
    }

    @Test func `a target that cannot be asked is passed over`() {
        var machine = AttemptMachine(candidates: targets)
        _ = machine.begin()
        #expect(machine.passedOver() == .send(targets[1]))
        #expect(machine.failed(Self.failure(.elsewhere)) == .send(targets[2]))
        #expect(machine.passedOver() == .giveUp(Self.failure(.elsewhere)))
    }

    @Test func `where no target can be asked, there is nothing to tell but that`() {
        var machine = AttemptMachine(candidates: targets)
        _ = machine.begin()
        #expect(machine.passedOver() == .send(targets[1]))
        #expect(machine.passedOver() == .send(targets[2]))
        #expect(machine.passedOver() == nil)
    }

    @Test(arguments: 0..<200)
    func `a random walk never sends twice to a target nor after giving up`(seed: Int) {
        var machine = AttemptMachine(candidates: targets)
        var sent: [Target] = []
        var action = machine.begin()
        var isCommitted = false
        var generator = SystemRandomNumberGenerator()
        while case .send(let target) = action {
            #expect(!sent.contains(target) && !isCommitted)
            sent.append(target)
            isCommitted = Int.random(in: 0..<3, using: &generator) == 0
            if isCommitted { machine.committed() }
            let retry: UpstreamFailure.Retry = Bool.random(using: &generator) ? .never : .elsewhere
            action = machine.failed(Self.failure(retry))
            if retry == .never || isCommitted { #expect(action == .giveUp(Self.failure(retry))) }
        }
        #expect(machine.failed(Self.failure(.elsewhere)) == .giveUp(Self.failure(.elsewhere)))
    }
}
