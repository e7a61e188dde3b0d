// SPDX-License-Identifier: Apache-2.0
import JSON

/// Chance edits of a valid text: the result is valid, and holds just what was asked for.
enum JSONEditProperties {
    static func check(_ input: FuzzInput) {
        guard let document = try? JSONDocument(parsing: input.payload) else { return }
        var editing = Editing(document: document, random: input.random)
        let expected = editing.edit(document.root)
        let result = editing.edits.applied(to: document.source.span)
        guard let edited = try? JSONDocument(parsing: result) else {
            fatalError("the edited text is not valid: \(String(decoding: result, as: UTF8.self))")
        }
        let canonical = Self.canonical(edited, edited.root)
        require(canonical == expected, "\(canonical) instead of \(expected)")
        if editing.edits.isEmpty { require(result == input.payload, "no edit changes the text") }
    }

    /// The text of a value without white space around its values.
    static func canonical(_ document: JSONDocument, _ node: JSONDocument.Node) -> String {
        switch document.kind(of: node) {
        case .object:
            let members = document.children(of: node).map { child in
                let key = document.key(of: child).map(document.text(of:)) ?? ""
                return "\(key):\(canonical(document, child))"
            }
            return "{\(members.joined(separator: ","))}"
        case .array:
            let elements = document.children(of: node).map { canonical(document, $0) }
            return "[\(elements.joined(separator: ","))]"
        default: return document.text(of: node)
        }
    }
}

/// Edits of one document, and what they should make of it.
private struct Editing {
    let document: JSONDocument
    var random: FuzzRandom
    var edits = JSONEdits()
    private var lastKey = 0

    init(document: JSONDocument, random: FuzzRandom) {
        self.document = document
        self.random = random
    }

    /// Edits a value, and returns its canonical text afterwards.
    mutating func edit(_ node: JSONDocument.Node) -> String {
        switch document.kind(of: node) {
        case .object: return editObject(node)
        case .array:
            let elements = document.children(of: node).map { editElement($0) }
            return "[\(elements.joined(separator: ","))]"
        default: return document.text(of: node)
        }
    }

    private mutating func editElement(_ node: JSONDocument.Node) -> String {
        switch random.pick(0...7) {
        case 0:
            // What is replaced as a whole may be edited inside as well, without effect.
            if random.pick(0...1) == 0 { _ = edit(node) }
            edits.replace(document.range(of: node), withString: "ü\"\n")
            return #""ü\"\n""#
        case 1:
            edits.replace(document.range(of: node), with: Array("[{}]".utf8))
            return "[{}]"
        default: return edit(node)
        }
    }

    private mutating func editObject(_ node: JSONDocument.Node) -> String {
        guard let place = document.place(of: node) else { fatalError("an object has no place") }
        var members: [String] = []
        for (index, child) in document.children(of: node).enumerated() {
            let value = editElement(child)
            if random.pick(0...3) == 0 {
                edits.removeMember(at: index, from: place)
            } else {
                members.append("\(document.key(of: child).map(document.text(of:)) ?? ""):\(value)")
            }
        }
        for _ in 0..<max(0, random.pick(0...6) - 4) {
            lastKey += 1
            let key = "added\(lastKey)"
            guard document.member(key, of: node) == nil else { continue }
            edits.addMember(key, Array("{\"a\":1}".utf8), to: place)
            members.append("\"\(key)\":{\"a\":1}")
        }
        return "{\(members.joined(separator: ","))}"
    }
}
