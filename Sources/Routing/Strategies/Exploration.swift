// SPDX-License-Identifier: Apache-2.0

/// Every tenth decision goes to one that is not the best: that may have changed.
struct Exploration {
    private static let interval: UInt64 = 10
    let isDue: Bool
    /// The turn of an inner route: those of the decisions that explore and of those that do not are
    /// counted apart, so that an inner route explores in a tenth of either.
    let innerTurn: UInt64

    init(turn: UInt64) {
        isDue = turn % Self.interval == Self.interval - 1
        innerTurn = isDue ? turn / Self.interval : turn - turn / Self.interval
    }

    /// The one of which nothing was learnt for the longest time, but for the first; nil where it is
    /// not the turn for that.
    func stalest(of contenders: [Contender]) -> Int? {
        guard isDue else { return nil }
        return contenders.indices.dropFirst().min {
            let (one, other) = (contenders[$0].lastSample, contenders[$1].lastSample)
            guard let other else { return false }
            return one.map { $0 < other } ?? true
        }
    }
}
