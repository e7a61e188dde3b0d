// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Changes to a request's bytes, member by member, and what they lose.
struct MistralChanges {
    /// What becomes of a member.
    enum Change {
        case keep
        /// It asks for nothing.
        case remove
        /// It is dropped, and said by this name.
        case lose(String)
        case rename(String)
        case replace([UInt8])
        /// Its value is another, and that is said by this name.
        case replaceAndSay([UInt8], String)
    }

    /// What may be `null`: a content by the description, the others as recorded.
    private static let nullable: Set<String> = [
        "content", "frequency_penalty", "presence_penalty", "stop",
    ]

    private let document: JSONDocument
    private(set) var edits = JSONEdits()
    private(set) var losses = LossReport()

    /// Nothing of the document is changed.
    init(_ document: JSONDocument) { self.document = document }

    /// Changes each member of an object by a rule. Those that are `null` go, but for some.
    mutating func members(
        of object: JSONValue,
        by rule: (_ name: String, _ value: JSONValue) throws(APIError) -> Change
    ) throws(APIError) {
        guard let place = document.place(of: object.node) else { return }
        for (index, child) in document.children(of: object.node).enumerated() {
            guard let key = document.key(of: child) else { continue }
            let name = document.string(key) ?? ""
            let value = JSONValue(document, child)
            let isGone = value.isNull && !Self.nullable.contains(name)
            switch isGone ? .remove : try rule(name, value) {
            case .keep: break
            case .remove: edits.removeMember(at: index, from: place)
            case .lose(let lost):
                edits.removeMember(at: index, from: place)
                losses.add(lost)
            case .rename(let new): edits.replace(document.range(of: key), withString: new)
            case .replace(let bytes): replace(value, with: bytes)
            case .replaceAndSay(let bytes, let lost):
                replace(value, with: bytes)
                losses.add(lost)
            }
        }
    }

    /// Puts JSON in the place of a value.
    mutating func replace(_ value: JSONValue, with bytes: [UInt8]) {
        edits.replace(document.range(of: value.node), with: bytes)
    }

    /// Adds a member to an object that has none of that name, or `null`.
    mutating func add(_ name: String, _ json: [UInt8], to object: JSONValue) {
        guard let place = document.place(of: object.node) else { return }
        edits.addMember(name, json, to: place)
    }
}
