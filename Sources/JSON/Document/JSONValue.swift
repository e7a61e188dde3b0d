// SPDX-License-Identifier: Apache-2.0

/// A value together with its document: for code that runs seldom and should read well.
package struct JSONValue: Sendable {
    /// The document that the value is in, with its own reference.
    package let document: JSONDocument
    /// The value in `document`.
    package let node: JSONDocument.Node

    /// The value `node` of `document`.
    package init(_ document: JSONDocument, _ node: JSONDocument.Node) {
        self.document = document
        self.node = node
    }

    /// The root of `document`.
    package init(_ document: JSONDocument) { self.init(document, document.root) }

    /// The root of the text `bytes`. Throws what `JSONDocument.parse` does.
    package init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        self.init(try JSONDocument(parsing: bytes, limits: limits))
    }

    /// What the value is.
    package var kind: JSONKind { document.kind(of: node) }

    /// The value of the object's member with this key.
    package subscript(_ key: String) -> JSONValue? { value(document.member(key, of: node)) }

    /// The element at `index` of the array.
    package subscript(_ index: Int) -> JSONValue? { value(document.element(index, of: node)) }

    /// The elements of an array; empty for another value.
    package var elements: [JSONValue] {
        kind == .array ? document.children(of: node).map { JSONValue(document, $0) } : []
    }

    /// The members of an object in the order of the text; empty for another value.
    package var members: [(key: String, value: JSONValue)] {
        guard kind == .object else { return [] }
        return document.children(of: node).map { child in
            (document.string(document.key(of: child)) ?? "", JSONValue(document, child))
        }
    }

    /// The string, unescaped; nil for another value.
    package var string: String? { document.string(node) }
    /// The whole number, exact; nil for another value.
    package var integer: Int? { document.integer(node) }
    /// The number as it is written; nil for another value.
    package var decimalText: String? { document.decimalText(node) }
    /// The Boolean; nil for another value.
    package var bool: Bool? { document.bool(node) }
    /// Whether the value is `null`.
    package var isNull: Bool { document.isNull(node) }

    /// The text of the value as it came.
    package var text: String { document.text(of: node) }

    private func value(_ node: JSONDocument.Node?) -> JSONValue? {
        node.map { JSONValue(document, $0) }
    }
}
