// SPDX-License-Identifier: Apache-2.0
import Providers
import Yams

/// Walks the settings file and collects everything that is wrong with it.
///
/// Each `read…` method returns nil after having said why. Unknown keys are errors everywhere.
struct SettingsReader {
    let file: String
    let surroundings: Surroundings
    let vendors: VendorTable
    var diagnostics: [Diagnostic] = []

    init(file: String, surroundings: Surroundings, vendors: VendorTable) {
        self.file = file
        self.surroundings = surroundings
        self.vendors = vendors
    }

    /// Notes that what stands at `node` cannot stay.
    mutating func fail(_ node: Node, _ message: String, hint: String? = nil) {
        note(.error, node, message, hint)
    }

    /// Notes that what stands at `node` is odd, and goes on.
    mutating func warn(_ node: Node, _ message: String, hint: String? = nil) {
        note(.warning, node, message, hint)
    }

    private mutating func note(
        _ severity: Diagnostic.Severity, _ node: Node, _ message: String, _ hint: String?
    ) {
        let place = node.mark.map { Place(line: $0.line, column: $0.column) }
        diagnostics.append(
            Diagnostic(
                severity: severity, file: file, place: place, message: message, hint: hint))
    }

    /// The members of a mapping by key, without the unknown ones, which are errors.
    mutating func readMembers(
        of node: Node, in what: String, known: [String]
    ) -> [String: Node] {
        var members: [String: Node] = [:]
        for (key, value) in readPairs(of: node, in: what) {
            guard known.contains(key.text) else {
                let hint = suggestion(for: key.text, among: known)
                    ?? "known keys: \(known.sorted().joined(separator: ", "))"
                fail(key.node, "unknown key \"\(key.text)\" in \(what)", hint: hint)
                continue
            }
            members[key.text] = value
        }
        return members
    }

    /// The members of a mapping in its own order; an empty node has none.
    mutating func readPairs(
        of node: Node, in what: String
    ) -> [(key: (text: String, node: Node), value: Node)] {
        guard let mapping = node.mapping else {
            if !isEmpty(node) { fail(node, "\(what) must be a mapping of keys to values") }
            return []
        }
        return mapping.compactMap { key, value in
            guard let text = key.scalar?.string else {
                fail(key, "a key in \(what) must be a plain text")
                return nil
            }
            return ((text, key), value)
        }
    }

    /// A path as seen from the directory of the settings file.
    func resolve(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return "\(file[..<slash])/\(path)"
    }

    /// Whether nothing was written: `key:` alone, `~` or `null`.
    func isEmpty(_ node: Node) -> Bool {
        guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any else {
            return false
        }
        return ["", "~", "null"].contains(scalar.string)
    }

    /// A text with its `${…}` replaced.
    mutating func readText(_ node: Node, _ what: String) -> String? {
        readSubstitution(node, what)?.text
    }

    /// A text with its `${…}` replaced, not empty.
    mutating func readSubstitution(_ node: Node, _ what: String) -> Substitution? {
        guard let scalar = node.scalar, !isEmpty(node) else {
            fail(node, "\(what) must be a text")
            return nil
        }
        do throws(Substitution.Failure) {
            let result = try Substitution(expanding: scalar.string, surroundings.variable)
            if !result.text.isEmpty { return result }
            fail(node, "\(what) is empty")
        } catch {
            switch error {
            case .unset(let name):
                fail(
                    node, "$\(name) is not set",
                    hint: "set it, or give a default as in ${\(name):-value}")
            case .unterminated:
                fail(node, "\(what) has ${ without }", hint: "write $$ for a dollar sign")
            case .invalidName(let name):
                fail(node, "\"\(name)\" is no name of an environment variable")
            }
        }
        return nil
    }
}
