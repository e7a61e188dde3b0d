// SPDX-License-Identifier: Apache-2.0

/// A stack whose first elements live in borrowed memory, the rest in an array.
///
/// An `Array` asks at each change whether it is shared; in the scanner's loop that is a call and
/// a spill of all registers for every key. Here it is asked only past the borrowed memory.
@safe
struct SmallStack<let window: Int, Element: BitwiseCopyable> {
    private(set) var count = 0
    /// Room for `window` elements, uninitialized from `count` on. Each access is preceded by a
    /// comparison with `window`.
    private let first: UnsafeMutablePointer<Element>
    private var overflow: [Element] = []

    /// An empty stack in `memory`, which has room for `window` elements and outlives the stack.
    @unsafe
    init(in memory: UnsafeMutableBufferPointer<Element>) {
        guard let start = memory.baseAddress, memory.count >= window else {
            preconditionFailure("less memory than the window")
        }
        unsafe first = start
    }

    @inline(__always)
    mutating func push(_ element: Element) {
        if count < window {
            unsafe (first + count).initialize(to: element)
        } else {
            overflow.append(element)
        }
        count &+= 1
    }

    /// The last element, taken off.
    @inline(__always)
    mutating func pop() -> Element {
        let element = self[count &- 1]
        removeAll(from: count &- 1)
        return element
    }

    /// Removes the elements from `index` on, which is not above `count`.
    @inline(__always)
    mutating func removeAll(from index: Int) {
        if count > window { Self.shorten(&overflow, to: max(index, window) - window) }
        count = index
    }

    @inline(never)
    private static func shorten(_ array: inout [Element], to count: Int) {
        array.removeLast(array.count - count)
    }

    @inline(__always)
    subscript(_ index: Int) -> Element {
        precondition(index >= 0 && index < count)
        return index < window ? unsafe first[index] : overflow[index - window]
    }
}
