// SPDX-License-Identifier: Apache-2.0
import Accounting
import Testing

@Suite struct FairQueueTests {
    private func filled(
        _ waiters: [(Int, String)], capacity: Int = 100, perScope: Int = 100
    ) -> (queue: FairQueue<Int>, isTaken: [Bool]) {
        var queue = FairQueue<Int>(capacity: capacity, capacityPerScope: perScope)
        let isTaken = waiters.map {
            queue.enqueue($0.0, for: .key($0.1), until: .seconds(10 + $0.0))
        }
        return (queue, isTaken)
    }

    private func drained(_ queue: FairQueue<Int>) -> [Int] {
        var queue = queue
        var order: [Int] = []
        while let next = queue.dequeue(at: .zero, where: { _, _ in true }) { order.append(next) }
        return order
    }

    @Test func `scopes take turns, and each is served in its order`() {
        let (queue, _) = filled([(1, "a"), (2, "a"), (3, "a"), (4, "b"), (5, "c"), (6, "b")])
        #expect(drained(queue) == [1, 4, 5, 2, 6, 3])
    }

    @Test func `it is bounded, in all and for each scope`() {
        let waiters = [(1, "a"), (2, "a"), (3, "a"), (4, "b"), (4, "b"), (5, "c")]
        let (queue, isTaken) = filled(waiters, capacity: 3, perScope: 2)
        #expect(isTaken == [true, true, false, true, false, false])
        #expect(queue.count == 3)
    }

    @Test func `a waiter that is there already is not there twice`() {
        #expect(filled([(1, "a"), (1, "b")]).isTaken == [true, false])
    }

    @Test func `who cannot be served keeps the turn and holds up nobody`() {
        var (queue, _) = filled([(1, "a"), (2, "b"), (3, "b")])
        let other = queue.dequeue(at: .zero) { _, scope in scope == .key("b") }
        let nobody = queue.dequeue(at: .zero) { _, _ in false }
        #expect(other == 2)
        #expect(nobody == nil)
        #expect(drained(queue) == [1, 3])
    }

    @Test func `nobody waits beyond the deadline`() {
        var (queue, _) = filled([(1, "a"), (2, "b"), (3, "a")])
        #expect(queue.earliestDeadline == .seconds(11))
        // Those whose deadline has come are passed over, removed or not.
        var copy = queue
        let next = copy.dequeue(at: .seconds(11)) { _, scope in scope == .key("a") }
        #expect(next == 3)
        let expired = queue.removeExpired(at: .seconds(12))
        #expect(expired.sorted() == [1, 2])
        #expect(queue.count == 1)
        #expect(drained(queue) == [3])
    }

    @Test func `who leaves makes room`() {
        var (queue, _) = filled([(1, "a"), (2, "b")], capacity: 2)
        let isGone = [queue.remove(1), queue.remove(1)]
        let isTaken = queue.enqueue(3, for: .key("b"), until: .seconds(1))
        #expect(isGone == [true, false])
        #expect(isTaken)
        #expect(drained(queue) == [2, 3])
    }

    /// However many others wait, nobody is passed over; nobody is lost, and nobody is served twice.
    @Test func `random crowds are served fairly and wholly`() {
        for seed in 0..<300 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let scopes = Int.random(in: 1...6, using: &generator)
            let waiters = (0..<60).map { waiter in
                (waiter, "\(Int.random(in: 0..<scopes, using: &generator))")
            }
            let (queue, _) = filled(waiters)
            let order = drained(queue)
            #expect(order.sorted() == Array(0..<60))
            var last: [String: Int] = [:]
            for (turn, waiter) in order.enumerated() {
                let scope = waiters[waiter].1
                // Between two turns of one scope no other has two.
                let since = order[((last[scope] ?? -1) + 1)..<turn].map { waiters[$0].1 }
                #expect(Set(since).count == since.count)
                last[scope] = turn
            }
        }
    }
}
