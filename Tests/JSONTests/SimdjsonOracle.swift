// SPDX-License-Identifier: Apache-2.0
import CSimdjson
import JSON

/// simdjson's DOM parser: what it accepts, and what it reads there.
final class SimdjsonOracle {
    private let oracle: OpaquePointer

    init?(maximumDepth: Int) {
        guard let oracle = simdjson_oracle_make(maximumDepth) else { return nil }
        self.oracle = oracle
    }

    deinit { simdjson_oracle_free(oracle) }

    func verdict(on bytes: [UInt8]) -> simdjson_oracle_verdict {
        bytes.withUnsafeBufferPointer {
            simdjson_oracle_parse(oracle, $0.baseAddress, $0.count)
        }
    }

    /// The last accepted text in the form that `JSONDump` has.
    var dump: [UInt8] {
        var length = 0
        let bytes = simdjson_oracle_dump(oracle, &length)
        return Array(UnsafeBufferPointer(start: bytes, count: length))
    }
}

/// A document in the form of `simdjson_oracle_dump`.
struct JSONDump {
    private(set) var bytes: [UInt8] = []

    init(_ document: JSONDocument) { append(document, document.root) }

    private mutating func append(_ document: JSONDocument, _ node: JSONDocument.Node) {
        switch document.kind(of: node) {
        case .object:
            bytes.append(UInt8(ascii: "{"))
            for child in document.children(of: node) {
                if let key = document.key(of: child) { append(document, key) }
                append(document, child)
            }
            bytes.append(UInt8(ascii: "}"))
        case .array:
            bytes.append(UInt8(ascii: "["))
            for child in document.children(of: node) { append(document, child) }
            bytes.append(UInt8(ascii: "]"))
        case .string:
            var content: [UInt8] = []
            document.appendString(node, to: &content)
            append("s", UInt64(content.count))
            bytes.append(contentsOf: content)
        case .number: appendNumber(document.text(of: node))
        case .true: bytes.append(UInt8(ascii: "t"))
        case .false: bytes.append(UInt8(ascii: "f"))
        case .null: bytes.append(UInt8(ascii: "n"))
        }
    }

    /// As simdjson reads numbers: whole ones as integers where they fit, others as doubles.
    private mutating func appendNumber(_ text: String) {
        let isWhole = !text.contains { ".eE".contains($0) }
        if isWhole, let value = Int64(text) {
            append("i", UInt64(bitPattern: value))
        } else if isWhole, let value = UInt64(text) {
            append("u", value)
        } else {
            append("d", (Double(text) ?? .nan).bitPattern)
        }
    }

    private mutating func append(_ tag: Unicode.Scalar, _ value: UInt64) {
        bytes.append(UInt8(ascii: tag))
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}
