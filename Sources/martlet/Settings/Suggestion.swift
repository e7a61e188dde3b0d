// SPDX-License-Identifier: Apache-2.0

/// The hint for a mistyped name: `did you mean "listen"?`, or nil where nothing is near.
package func suggestion(for name: String, among known: some Sequence<String>) -> String? {
    let limit = max(1, name.count / 3)
    let ranked = known.map {
        (distance: editDistance(name.lowercased(), $0.lowercased()), name: $0)
    }
    .filter { $0.distance <= limit }
    .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
    return ranked.map { "did you mean \"\($0.name)\"?" }
}

/// How many insertions, deletions, replacements and swaps of neighbours turn one into the other.
///
/// Complexity: O(n·m), for names. Source: Damerau–Levenshtein, optimal string alignment.
package func editDistance(_ first: String, _ second: String) -> Int {
    let first = Array(first), second = Array(second)
    var beforeLast: [Int] = []
    var last = Array(0...second.count)
    for row in first.indices {
        var current = [row + 1]
        for column in second.indices {
            let isSame = first[row] == second[column]
            var best = min(
                last[column] + (isSame ? 0 : 1), last[column + 1] + 1, current[column] + 1)
            if row > 0, column > 0, first[row] == second[column - 1],
                first[row - 1] == second[column]
            {
                best = min(best, beforeLast[column - 1] + 1)
            }
            current.append(best)
        }
        (beforeLast, last) = (last, current)
    }
    return last[second.count]
}
