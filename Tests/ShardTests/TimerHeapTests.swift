// SPDX-License-Identifier: Apache-2.0
import Shard
import Testing
import Wire

struct TimerHeapTests {
    /// A timer as the oracle keeps it: in a plain array, sorted when asked.
    private struct Expected {
        var id: TimerID
        var deadline: Instant
        var value: Int
    }

    @Test(arguments: [1, 7, 42, 1_001, 65_537] as [UInt64])
    func `random insertions, removals and firings agree with a sorted array`(_ seed: UInt64) {
        var generator = SplitMix(state: seed)
        var heap = TimerHeap<Int>()
        var oracle: [Expected] = []
        var gone: [TimerID] = []
        var now: Int64 = 0
        for value in 0..<8_000 {
            switch generator.next() % 8 {
            case 0..<5:
                let deadline = Instant(nanoseconds: now + Int64(generator.next() % 200))
                let id = heap.insert(value, at: deadline)
                oracle.append(Expected(id: id, deadline: deadline, value: value))
            case 5 where !oracle.isEmpty:
                let victim = oracle.remove(at: Int(generator.next() % UInt64(oracle.count)))
                #expect(heap.remove(victim.id) == victim.value)
                gone.append(victim.id)
            case 6 where !gone.isEmpty:
                #expect(heap.remove(gone[Int(generator.next() % UInt64(gone.count))]) == nil)
            default:
                now += Int64(generator.next() % 40)
                let due = oracle.filter { $0.deadline.nanoseconds <= now }
                    .sorted { ($0.deadline, $0.value) < ($1.deadline, $1.value) }
                oracle.removeAll { $0.deadline.nanoseconds <= now }
                gone += due.map(\.id)
                var fired: [Int] = []
                while let value = heap.removeDue(Instant(nanoseconds: now)) { fired.append(value) }
                #expect(fired == due.map(\.value))
            }
            #expect(heap.count == oracle.count)
            #expect(heap.earliest == oracle.map(\.deadline).min())
        }
        #expect(Set(gone + oracle.map(\.id)).count == gone.count + oracle.count)
    }

    @Test func `equal deadlines fire in the order of insertion`() {
        var heap = TimerHeap<Int>()
        let instant = Instant(nanoseconds: 5)
        for value in 0..<100 { _ = heap.insert(value, at: instant) }
        var fired: [Int] = []
        while let value = heap.removeDue(instant) { fired.append(value) }
        #expect(fired == Array(0..<100))
    }

    @Test func `a name that was never given finds nothing`() {
        var heap = TimerHeap<Int>()
        #expect(heap.remove(TimerID(rawValue: .max)) == nil)
        #expect(heap.removeDue(.distantFuture) == nil)
    }
}

/// A small seeded generator.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
