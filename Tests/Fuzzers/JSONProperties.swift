// SPDX-License-Identifier: Apache-2.0
import JSON

/// One text of JSON, read in both ways that there are: they agree on what it is, where its values
/// are, and why it is none.
enum JSONProperties {
    static func check(_ input: FuzzInput) {
        let limits = limits(input.setting)
        let text = input.payload
        let outline = Result { () throws(JSONError) in
            try JSONOutline(scanning: text, limits: limits)
        }
        let document = Result { () throws(JSONError) in
            try JSONDocument(parsing: text, limits: limits)
        }
        switch (outline, document) {
        case (.success(let outline), .success(let document)):
            compare(outline, document)
            walk(document)
        case (.failure(let error), .success(let document)):
            require(error.kind == .rootNotAnObject, "only the outline refuses: \(error)")
            require(document.kind(of: document.root) != .object, "the root is an object")
            walk(document)
        case (.failure(let left), .failure(let right)):
            require(left == right || isOwn(right), "two reasons: \(left), \(right)")
        case (.success, .failure(let error)):
            require(isOwn(error), "only the document refuses: \(error)")
        }
    }

    private static func limits(_ setting: UInt8) -> JSONLimits {
        switch setting & 7 {
        case 0: JSONLimits(maximumDepth: Int(setting >> 3))
        case 1: JSONLimits(maximumNodeCount: Int(setting >> 3))
        case 2: JSONLimits(maximumByteCount: Int(setting))
        default: JSONLimits()
        }
    }

    /// Only documents count nodes.
    private static func isOwn(_ error: JSONError) -> Bool {
        if case .tooManyNodes = error.kind { true } else { false }
    }

    private static func compare(_ outline: JSONOutline, _ document: JSONDocument) {
        let text = document.source.span
        let root = document.root
        require(outline.range == document.range(of: root), "the root differs")
        require(outline.members.count == document.count(of: root), "the count differs")
        for (member, node) in zip(outline.members, document.children(of: root)) {
            let key = document.key(of: node)
            require(member.valueRange == document.range(of: node), "a value's place differs")
            require(member.keyRange == key.map(document.range(of:)), "a key's place differs")
            require(member.kind == document.kind(of: node), "a kind differs")
            require(outline.key(of: member, in: text) == document.string(key), "a key differs")
            let name = document.string(key) ?? ""
            require(outline[name, in: text] == member, "a look-up finds another member")
            require(document.member(name, of: root) == node, "a look-up finds another node")
        }
    }

    /// Each value is where its parent is, and is a text of its own.
    private static func walk(_ document: JSONDocument) {
        var pending = [document.root]
        var budget = 64
        while let node = pending.popLast() {
            let outer = document.range(of: node)
            var count = 0
            for child in document.children(of: node) {
                let inner = document.range(of: child)
                require(
                    outer.lowerBound < inner.lowerBound && inner.upperBound < outer.upperBound,
                    "a value is not inside of its parent")
                pending.append(child)
                count += 1
            }
            require(count == document.count(of: node), "the count is wrong")
            guard budget > 0 else { continue }
            budget -= 1
            let text = document.bytes(of: node).copy
            require((try? JSONDocument(parsing: text)) != nil, "a value alone is no text")
            if let string = document.string(node) { checkString(string) }
            if let number = document.integer(node) {
                require(Int(document.text(of: node)) == number, "a number differs")
            }
            if document.kind(of: node) == .number { checkFloat(document.text(of: node)) }
        }
    }

    /// The nearest float is that of the standard library.
    private static func checkFloat(_ text: String) {
        let bytes = Array(text.utf8)
        let wanted = Float(text).flatMap { $0.isFinite ? $0 : nil }
        let float = JSONText.float(bytes.span, 0..<bytes.count)
        require(float?.bitPattern == wanted?.bitPattern, "a float differs")
    }

    /// What is written is what is read.
    private static func checkString(_ string: String) {
        var writer = JSONWriter()
        writer.string(string)
        let document = try? JSONDocument(parsing: writer.finish())
        require(document?.string(document?.root) == string, "a string is not what was written")
        require(document?.isString(document?.root, string) == true, "a string is not itself")
    }
}
