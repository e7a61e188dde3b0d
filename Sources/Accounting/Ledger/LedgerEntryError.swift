// SPDX-License-Identifier: Apache-2.0
package import JSON

/// Why bytes are no ledger entry.
package enum LedgerEntryError: Error, Sendable, Equatable, CustomStringConvertible {
    case notJSON(JSONError)
    /// A field that every entry has is not there.
    case missing(field: String)
    /// A field's value is of another type than documented.
    case wrongType(field: String)
    /// A state or a source that this program does not know.
    case unknownValue(field: String, value: String)

    package var description: String {
        switch self {
        case .notJSON(let error): "not JSON: \(error.message)"
        case .missing(let field): "no \(field)"
        case .wrongType(let field): "\(field) is of the wrong type"
        case .unknownValue(let field, let value): "\(field) \(value) is not known"
        }
    }
}

/// The fields of one object of an entry, read strictly: what is there has the documented type.
struct EntryFields {
    private let document: JSONDocument
    private let node: JSONDocument.Node
    private let path: String

    /// The fields of the root, which has to be an object.
    init(_ document: JSONDocument) throws(LedgerEntryError) {
        try self.init(document, document.root, path: "")
    }

    private init(
        _ document: JSONDocument, _ node: JSONDocument.Node, path: String
    ) throws(LedgerEntryError) {
        guard document.kind(of: node) == .object else { throw .wrongType(field: path) }
        self.document = document
        self.node = node
        self.path = path
    }

    func string(_ key: String) throws(LedgerEntryError) -> String? {
        guard let value = document.member(key, of: node) else { return nil }
        guard let string = document.string(value) else { throw .wrongType(field: path + key) }
        return string
    }

    func integer(_ key: String) throws(LedgerEntryError) -> Int? {
        guard let value = document.member(key, of: node) else { return nil }
        guard let integer = document.integer(value) else { throw .wrongType(field: path + key) }
        return integer
    }

    func bool(_ key: String) throws(LedgerEntryError) -> Bool? {
        guard let value = document.member(key, of: node) else { return nil }
        guard let bool = document.bool(value) else { throw .wrongType(field: path + key) }
        return bool
    }

    /// A duration in whole microseconds.
    func duration(_ key: String) throws(LedgerEntryError) -> Duration? {
        try integer(key).map { .microseconds($0) }
    }

    /// A name from a closed list.
    func name<Name: RawRepresentable<String>>(
        _ key: String, as type: Name.Type
    ) throws(LedgerEntryError) -> Name {
        let text = try present(string(key), key)
        guard let name = Name(rawValue: text) else {
            throw .unknownValue(field: path + key, value: text)
        }
        return name
    }

    func strings(_ key: String) throws(LedgerEntryError) -> [String] {
        guard let array = try array(key) else { return [] }
        var strings: [String] = []
        for element in document.children(of: array) {
            guard let string = document.string(element) else { throw .wrongType(field: path + key) }
            strings.append(string)
        }
        return strings
    }

    func object(_ key: String) throws(LedgerEntryError) -> EntryFields {
        let value = try present(document.member(key, of: node), key)
        return try EntryFields(document, value, path: "\(path)\(key).")
    }

    func objects(_ key: String) throws(LedgerEntryError) -> [EntryFields] {
        guard let array = try array(key) else { return [] }
        var objects: [EntryFields] = []
        for element in document.children(of: array) {
            objects.append(try EntryFields(document, element, path: "\(path)\(key)."))
        }
        return objects
    }

    /// The value of a field that has to be there.
    func present<Value>(_ value: Value?, _ key: String) throws(LedgerEntryError) -> Value {
        guard let value else { throw .missing(field: path + key) }
        return value
    }

    private func array(_ key: String) throws(LedgerEntryError) -> JSONDocument.Node? {
        guard let value = document.member(key, of: node) else { return nil }
        guard document.kind(of: value) == .array else { throw .wrongType(field: path + key) }
        return value
    }
}
