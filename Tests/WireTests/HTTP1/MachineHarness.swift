// SPDX-License-Identifier: Apache-2.0
import Wire

/// What a machine told while a test fed it.
enum Told: Equatable {
    case continueWanted
    case request(HTTPRequest)
    case violation(HTTPViolation)
}

/// Feeds a machine as a driver does, and answers each request at once.
struct MachineHarness: ~Copyable {
    var machine: ConnectionMachine
    var unread: [UInt8] = []
    var told: [Told] = []
    var now = Instant(nanoseconds: 0)
    var answers = true

    init(limits: HTTPLimits = HTTPLimits()) {
        machine = ConnectionMachine(limits: limits, now: now)
    }

    mutating func feed(_ text: String) { feed(Array(text.utf8)) }

    mutating func feed(_ bytes: [UInt8]) {
        unread += bytes
        run()
    }

    mutating func run() {
        while true {
            let bytes = unread
            let step = machine.receive(bytes.span, now: now)
            unread.removeFirst(step.consumed)
            switch step.event {
            case .needsBytes: return
            case .continueWanted: told.append(.continueWanted)
            case .violation(let violation): return told.append(.violation(violation))
            case .request(let request):
                told.append(.request(request))
                guard answers else { return }
                reply()
            }
        }
    }

    /// When the client is late; a copyable value, as `#expect` wants.
    var deadline: Instant { machine.deadline }

    mutating func passTime(to now: Instant) -> ConnectionMachine.Lateness {
        self.now = now
        return machine.passTime(now: now)
    }

    @discardableResult
    mutating func reply(status: Int = 200) -> ConnectionMachine.AfterReply {
        _ = machine.beginReply(status: status, body: .whole(count: 2))
        return machine.endReply(now: now)
    }

    /// What the machine tells about `bytes` in pieces that end at `cuts`.
    static func tell(
        _ bytes: [UInt8], cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()
    ) -> [Told] {
        var harness = MachineHarness(limits: limits)
        var start = 0
        for cut in cuts + [bytes.count] {
            harness.feed(Array(bytes[start..<cut]))
            start = cut
        }
        return harness.told
    }

    static func tell(_ text: String, limits: HTTPLimits = HTTPLimits()) -> [Told] {
        tell(Array(text.utf8), limits: limits)
    }
}

/// A linear congruential generator: seeds replay.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 31)
    }
}
