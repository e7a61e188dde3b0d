// SPDX-License-Identifier: Apache-2.0

/// How many calls of the last while there were, and how many of them failed.
///
/// Ten buckets share the time: what is older than the window is not counted, what is younger than
/// nine tenths of it is. Moments may come slightly out of order, as shards read their clocks.
struct FailureWindow: Sendable {
    private struct Bucket: Sendable {
        var calls = 0
        var failures = 0
    }

    private static let size = 10

    private let width: Duration
    private var buckets = [Bucket](repeating: Bucket(), count: size)
    private var current = 0
    /// When the current bucket ends; nil before the first call.
    private var end: Duration?
    private(set) var calls = 0
    private(set) var failures = 0

    init(_ length: Duration) { width = length / Self.size }

    mutating func count(isFailure: Bool, at now: Duration) {
        advance(to: now)
        buckets[current].calls += 1
        calls += 1
        guard isFailure else { return }
        buckets[current].failures += 1
        failures += 1
    }

    mutating func advance(to now: Duration) {
        guard var end else { return self.end = now + width }
        guard now >= end else { return }
        var steps = 0
        while now >= end, steps < Self.size {
            current = (current + 1) % Self.size
            calls -= buckets[current].calls
            failures -= buckets[current].failures
            buckets[current] = Bucket()
            end += width
            steps += 1
        }
        self.end = now < end ? end : now + width
    }

    mutating func clear() {
        for index in buckets.indices { buckets[index] = Bucket() }
        calls = 0
        failures = 0
    }
}
