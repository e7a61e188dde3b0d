// SPDX-License-Identifier: Apache-2.0

/// A text with its `${NAME}` and `${NAME:-default}` replaced from the environment.
///
/// `$$` is a dollar sign; a dollar sign before anything else stands for itself. A default is used
/// where the variable is unset or empty, as in a shell, and is not expanded again.
package struct Substitution: Equatable {
    /// The text after replacement.
    package var text: String
    /// The variable, where the text was one `${NAME}` and nothing else.
    package var soleVariable: String?

    /// Why a text cannot be expanded.
    package enum Failure: Error, Equatable {
        case unset(String)
        case unterminated
        case invalidName(String)
    }

    /// Throws: `unset` for a variable without a value and a default; `unterminated` for a missing
    /// brace; `invalidName` for anything but letters, digits and underscores in it.
    package init(expanding source: String, _ lookUp: (String) -> String?) throws(Failure) {
        var result = ""
        var rest = source[...]
        var variables: [String] = []
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...].dropFirst()
            if rest.first == "$" {
                result += "$"
                rest = rest.dropFirst()
            } else if rest.first == "{" {
                guard let end = rest.firstIndex(of: "}") else { throw .unterminated }
                let inside = rest[..<end].dropFirst()
                let (name, fallback) = Self.split(inside)
                guard Self.isName(name) else { throw .invalidName(String(name)) }
                guard let value = lookUp(String(name)) ?? fallback else {
                    throw .unset(String(name))
                }
                variables.append(String(name))
                result += value
                rest = rest[end...].dropFirst()
            } else {
                result += "$"
            }
        }
        text = result + rest
        let isWhole = source.hasPrefix("${") && source.firstIndex(of: "}") == source.indices.last
        soleVariable = isWhole && variables.count == 1 ? variables.first : nil
    }

    private static func split(_ inside: Substring) -> (name: Substring, fallback: String?) {
        guard let colon = inside.firstIndex(of: ":") else { return (inside, nil) }
        let after = inside[colon...].dropFirst()
        guard after.first == "-" else { return (inside, nil) }
        return (inside[..<colon], String(after.dropFirst()))
    }

    private static func isName(_ name: Substring) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            byte == 0x5F || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte)
        }
    }
}
