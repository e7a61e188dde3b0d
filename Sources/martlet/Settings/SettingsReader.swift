// SPDX-License-Identifier: Apache-2.0
import Accounting
import Providers

/// Walks the settings file and collects everything that is wrong with it.
///
/// Each `read…` method returns nil after having said why. Unknown keys are errors everywhere.
struct SettingsReader {
    let file: String
    let surroundings: Surroundings
    let vendors: VendorTable
    let prices: PriceBook
    var diagnostics: [Diagnostic] = []

    init(file: String, surroundings: Surroundings, vendors: VendorTable, prices: PriceBook) {
        self.file = file
        self.surroundings = surroundings
        self.vendors = vendors
        self.prices = prices
    }

    /// Notes that what stands at `node` cannot stay.
    mutating func fail(_ node: YAMLNode, _ message: String, hint: String? = nil) {
        note(.error, node, message, hint)
    }

    /// Notes that what stands at `node` is odd, and goes on.
    mutating func warn(_ node: YAMLNode, _ message: String, hint: String? = nil) {
        note(.warning, node, message, hint)
    }

    private mutating func note(
        _ severity: Diagnostic.Severity, _ node: YAMLNode, _ message: String, _ hint: String?
    ) {
        diagnostics.append(
            Diagnostic(
                severity: severity, file: file, place: node.place, message: message, hint: hint))
    }

    /// The members of a mapping by key, without the unknown ones, which are errors.
    mutating func readMembers(
        of node: YAMLNode, in what: String, known: [String]
    ) -> [String: YAMLNode] {
        var members: [String: YAMLNode] = [:]
        for (key, value) in readPairs(of: node, in: what) {
            guard known.contains(key.text) else {
                let hint =
                    suggestion(for: key.text, among: known)
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
        of node: YAMLNode, in what: String
    ) -> [(key: (text: String, node: YAMLNode), value: YAMLNode)] {
        guard let members = node.members else {
            if !node.isEmpty { fail(node, "\(what) must be a mapping of keys to values") }
            return []
        }
        var pairs: [(key: (text: String, node: YAMLNode), value: YAMLNode)] = []
        for member in members {
            guard let text = member.key.text else {
                fail(member.key, "a key in \(what) must be a plain text")
                continue
            }
            guard !pairs.contains(where: { $0.key.text == text }) else {
                fail(member.key, "\"\(text)\" is written twice in \(what)")
                continue
            }
            pairs.append(((text, member.key), member.value))
        }
        return pairs
    }

    /// A path as seen from the directory of the settings file.
    func resolve(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return "\(file[..<slash])/\(path)"
    }

    /// A text with its `${…}` replaced.
    mutating func readText(_ node: YAMLNode, _ what: String) -> String? {
        readSubstitution(node, what)?.text
    }

    /// A text with its `${…}` replaced, not empty.
    mutating func readSubstitution(_ node: YAMLNode, _ what: String) -> Substitution? {
        guard let source = node.text, !node.isEmpty else {
            fail(node, "\(what) must be a text")
            return nil
        }
        do throws(Substitution.Failure) {
            let result = try Substitution(expanding: source, surroundings.variable)
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
