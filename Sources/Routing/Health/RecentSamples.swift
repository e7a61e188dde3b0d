// SPDX-License-Identifier: Apache-2.0

/// The last few samples of something, and their median.
///
/// Few, so that a change is believed after half of them; the median, so that one odd sample is not.
/// Complexity: constant, and without allocation once it is full.
struct RecentSamples<Sample: Comparable & Sendable>: Sendable {
    private static var capacity: Int { 9 }

    /// The oldest is at `next` once it is full.
    private var ring: [Sample] = []
    private var sorted: [Sample] = []
    private var next = 0

    init() {}

    /// Nil where there is none; of an even number, the lower one of the middle.
    var median: Sample? { sorted.isEmpty ? nil : sorted[(sorted.count - 1) / 2] }

    mutating func record(_ sample: Sample) {
        if ring.count < Self.capacity {
            ring.append(sample)
        } else {
            if let oldest = sorted.firstIndex(of: ring[next]) { sorted.remove(at: oldest) }
            ring[next] = sample
            next = (next + 1) % Self.capacity
        }
        sorted.insert(sample, at: sorted.firstIndex { $0 > sample } ?? sorted.endIndex)
    }
}
