// SPDX-License-Identifier: Apache-2.0
import Wire

/// Bytes on their way to one socket, in one piece of memory.
///
/// Memory: what a burst needed is given back once the queue is empty again.
package struct WriteQueue {
    /// An empty queue keeps at most this much memory.
    static let keptBytes = 8 * 1024

    /// Appended to by the serializer; the first `sent` bytes have left.
    private var bytes: [UInt8] = []
    private var sent = 0

    /// Makes an empty queue, which holds no memory.
    package init() {}

    /// Bytes that have not left.
    package var count: Int { bytes.count - sent }
    /// Whether all bytes have left.
    package var isEmpty: Bool { count == 0 }

    /// Memory held, for tests.
    package var capacity: Int { bytes.capacity }

    /// Lets `write` append at the end.
    package mutating func append(_ write: (inout [UInt8]) -> Void) {
        // Room at the front is reclaimed when it is at least what would have to be moved.
        if sent > 0, sent >= bytes.count - sent {
            bytes.removeFirst(sent)
            sent = 0
        }
        write(&bytes)
    }

    /// Hands the unsent bytes to `send`, which returns how many of them have left.
    package mutating func send(_ send: (UnsafeRawBufferPointer) -> Int) {
        let count = bytes.withUnsafeBytes { send(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
        sent += count
        guard sent == bytes.count else { return }
        sent = 0
        if bytes.capacity > Self.keptBytes {
            bytes = []
        } else {
            bytes.removeAll(keepingCapacity: true)
        }
    }
}
