// SPDX-License-Identifier: Apache-2.0

/// A pattern of names of models and routes: `*` stands for any text, `/` and nothing among it; every
/// other character stands for itself.
package struct NameGlob: Sendable, Hashable {
    package let pattern: String

    package init(_ pattern: String) { self.pattern = pattern }

    /// Whether the whole name is what the pattern says.
    ///
    /// Complexity: the product of both lengths at worst.
    package func matches(_ name: String) -> Bool {
        let pattern = Array(pattern.utf8)
        let name = Array(name.utf8)
        var at = 0
        var next = 0
        // The last star, and where in the name what follows it was tried.
        var star: (pattern: Int, name: Int)?
        while next < name.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                star = (at, next)
                at += 1
            } else if at < pattern.count, pattern[at] == name[next] {
                at += 1
                next += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                at = last.pattern + 1
                next = last.name + 1
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
