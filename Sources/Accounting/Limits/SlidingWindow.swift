// SPDX-License-Identifier: Apache-2.0

/// The sum of what happened in the last 60 seconds: the second that is running and the 59 before it.
///
/// Complexity: 60 cells in whatever is done.
struct SlidingWindow: Sendable {
    static let seconds = 60

    private var cells = [Int](repeating: 0, count: SlidingWindow.seconds)
    /// The newest second that has a cell.
    private var newest: Int64 = 0

    /// Forgets what is older than a minute at this second; never goes back.
    mutating func advance(to second: Int64) {
        guard second > newest else { return }
        let first = max(newest + 1, second - Int64(Self.seconds) + 1)
        for passed in first...second { cells[Self.index(of: passed)] = 0 }
        newest = second
    }

    /// Adds an amount, below zero too, to a second; to one that is forgotten, nothing.
    mutating func add(_ amount: Int, at second: Int64) {
        guard second <= newest, second > newest - Int64(Self.seconds) else { return }
        cells[Self.index(of: second)] = max(0, cells[Self.index(of: second)] + amount)
    }

    /// All that is not forgotten.
    var sum: Int { cells.reduce(0, +) }

    /// The first second at which `amount` fits below `limit`; nil where it never does.
    func second(forFitting amount: Int, below limit: Int) -> Int64? {
        guard amount <= limit else { return nil }
        var rest = sum
        var second = newest
        while rest > limit - amount {
            // The oldest cell is forgotten next.
            second += 1
            rest -= cells[Self.index(of: second)]
        }
        return second
    }

    /// The first second at which all is forgotten: the newest one where nothing is left.
    var emptySecond: Int64 { second(forFitting: 0, below: 0) ?? newest }

    private static func index(of second: Int64) -> Int { Int(second % Int64(seconds)) }
}
