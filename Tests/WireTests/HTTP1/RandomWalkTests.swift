// SPDX-License-Identifier: Apache-2.0
import Testing
import Wire

/// Random sequences of what a driver and a client can do, with the rules of `ConnectionMachine`
/// asserted after each step.
@Suite struct RandomWalkTests {
    static let fragments = [
        "GET / HTTP/1.1\r\n", "Host: a\r\n", "\r\n", "POST /p HTTP/1.1\r\nHost: a\r\n",
        "Content-Length: 3\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n", "3\r\nabc\r\n",
        "0\r\n\r\n", "Connection: close\r\n", "HEAD / HTTP/1.0\r\n\r\n", "Expect: 100-continue\r\n",
        "GET /x HTTP/1.1\r\nHost: b\r\n\r\n", "X: y\r\n", " ", "\n", "\u{0}", "f", ":",
    ]

    @Test(arguments: 0..<40)
    func `whatever happens, requests are served in turn and nothing after the close`(seed: Int) {
        var generator = SeededGenerator(state: UInt64(seed) &* 7919 &+ 1)
        for _ in 0..<50 { walk(using: &generator) }
    }

    private func walk(using generator: inout SeededGenerator) {
        var machine = ConnectionMachine(limits: HTTPLimits(), now: Instant(nanoseconds: 0))
        var unread: [UInt8] = []
        var now = Instant(nanoseconds: 0)
        var accepted = 0
        var ended = 0
        var isClosed = false
        for _ in 0..<60 {
            now = now.advanced(by: .milliseconds(Int.random(in: 0..<500, using: &generator)))
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<12:
                let index = Int.random(in: 0..<Self.fragments.count, using: &generator)
                unread += Array(Self.fragments[index].utf8)
                let step = machine.receive(unread.span, now: now)
                #expect(step.consumed >= 0 && step.consumed <= unread.count)
                unread.removeFirst(step.consumed)
                if isClosed || accepted > ended { #expect(step.consumed == 0) }
                switch step.event {
                case .needsBytes: break
                case .continueWanted: #expect(!isClosed && accepted == ended)
                case .request:
                    #expect(!isClosed && accepted == ended)
                    accepted += 1
                case .violation:
                    #expect(!isClosed && accepted == ended)
                    isClosed = true
                }
            case 12..<17 where accepted > ended:
                let framing = machine.beginReply(
                    status: 200, body: Bool.random(using: &generator) ? .pieces : .whole(count: 1))
                let after = machine.endReply(now: now)
                #expect(framing.persists == (after == .awaitRequest))
                ended += 1
                isClosed = isClosed || after == .close
            case 17 where accepted > ended:
                machine.abortReply()
                ended += 1
                isClosed = true
            case 18:
                let lateness = machine.passTime(now: now)
                if lateness != .notLate {
                    #expect(accepted == ended && !isClosed)
                    isClosed = true
                }
            case 19 where Int.random(in: 0..<10, using: &generator) == 0:
                if machine.beginDraining() { isClosed = true }
            default: break
            }
            let isReplying = machine.isReplying
            #expect(accepted - ended == (isReplying ? 1 : 0))
            let isDone = !machine.wantsBytes && machine.deadline == .distantFuture
            #expect(isDone || !isClosed)
        }
    }

    @Test(arguments: 0..<20)
    func `random bytes never crash the machine and are mostly refused`(seed: Int) {
        var generator = SeededGenerator(state: UInt64(seed) &+ 99)
        let valid = Array(
            ("POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5\r\nhello\r\n0\r\nT: x\r\n\r\n").utf8)
        for _ in 0..<500 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1..<5, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] = UInt8.random(in: 0...255, using: &generator)
            }
            let cut = Int.random(in: 1..<bytes.count, using: &generator)
            #expect(MachineHarness.tell(bytes, cuts: [cut]) == MachineHarness.tell(bytes))
        }
    }
}
