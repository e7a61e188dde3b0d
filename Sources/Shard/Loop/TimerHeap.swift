// SPDX-License-Identifier: Apache-2.0
package import Wire

/// Pending timers in a binary heap, earliest first; equal deadlines in the order of insertion.
///
/// A timer's name is a slot and the slot's generation, so a cancelled timer leaves the heap at
/// once and a stale name finds nothing. Complexity: O(log n) to insert and to remove.
package struct TimerHeap<Action> {
    private struct Node {
        var deadline: Instant
        var sequence: UInt64
        var slot: Int

        func precedes(_ other: Node) -> Bool {
            deadline == other.deadline ? sequence < other.sequence : deadline < other.deadline
        }
    }

    private struct Slot {
        var position = 0
        var generation: UInt64 = 0
        var action: Action?
    }

    private var heap: [Node] = []
    private var slots: [Slot] = []
    private var freeSlots: [Int] = []
    private var nextSequence: UInt64 = 0

    /// A name is 24 bits of slot under 40 of generation: 16 million timers at a time, each slot
    /// used 10^12 times and then retired, so that no name ever comes back.
    private static var slotBits: UInt64 { 24 }
    private static var lastGeneration: UInt64 { 1 << 40 - 1 }

    /// A heap without timers.
    package init() {}

    /// How many timers are pending.
    package var count: Int { heap.count }

    /// The deadline of the next timer, or nil.
    package var earliest: Instant? { heap.first?.deadline }

    /// Puts a timer in and returns its name.
    package mutating func insert(_ action: Action, at deadline: Instant) -> TimerID {
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
        } else {
            slot = slots.count
            precondition(slot < 1 << Self.slotBits, "sixteen million pending timers")
            slots.append(Slot())
        }
        slots[slot].action = action
        heap.append(Node(deadline: deadline, sequence: nextSequence, slot: slot))
        nextSequence += 1
        siftUp(heap.count - 1)
        return TimerID(rawValue: slots[slot].generation << Self.slotBits | UInt64(slot))
    }

    /// Takes a timer out and returns its action, or nil where it has fired or was removed.
    @discardableResult
    package mutating func remove(_ timer: TimerID) -> Action? {
        let slot = Int(timer.rawValue & (1 << Self.slotBits - 1))
        guard slot < slots.count,
            slots[slot].generation == timer.rawValue >> Self.slotBits,
            slots[slot].action != nil
        else { return nil }
        return removeNode(at: slots[slot].position)
    }

    /// Takes out the next timer whose deadline is not after `now` and returns its action.
    package mutating func removeDue(_ now: Instant) -> Action? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        return removeNode(at: 0)
    }

    private mutating func removeNode(at position: Int) -> Action? {
        let slot = heap[position].slot
        let last = heap.removeLast()
        if position < heap.count {
            heap[position] = last
            slots[last.slot].position = position
            siftDown(position)
            siftUp(position)
        }
        defer { slots[slot].action = nil }
        if slots[slot].generation < Self.lastGeneration {
            slots[slot].generation += 1
            freeSlots.append(slot)
        }
        return slots[slot].action
    }

    private mutating func siftUp(_ start: Int) {
        var position = start
        let node = heap[position]
        while position > 0 {
            let parent = (position - 1) / 2
            guard node.precedes(heap[parent]) else { break }
            place(heap[parent], at: position)
            position = parent
        }
        place(node, at: position)
    }

    private mutating func siftDown(_ start: Int) {
        var position = start
        let node = heap[position]
        while true {
            var child = 2 * position + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            guard heap[child].precedes(node) else { break }
            place(heap[child], at: position)
            position = child
        }
        place(node, at: position)
    }

    private mutating func place(_ node: Node, at position: Int) {
        heap[position] = node
        slots[node.slot].position = position
    }
}
