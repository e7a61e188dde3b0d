// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// What a call asks of a model, as far as targets differ in it.
package struct CallNeeds: Sendable, Equatable {
    package var operation = CallOperation.chat
    package var capabilities: Capabilities = []
    package var isStream = false
    /// What it may consume: the input estimated from its bytes, the output from its limit or from
    /// what calls usually bring. Units: tokens.
    package var estimate = Usage()
    /// What names the conversation: the client's own session id, else a hash of the leading
    /// messages; nil where there is neither.
    package var conversation: UInt64?

    package init(operation: CallOperation = .chat) { self.operation = operation }
}

/// What models differ in, by the catalogue's names.
package struct Capabilities: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let tools = Capabilities(rawValue: 1 << 0)
    package static let vision = Capabilities(rawValue: 1 << 1)
    package static let jsonSchema = Capabilities(rawValue: 1 << 2)
    package static let audioInput = Capabilities(rawValue: 1 << 3)
    package static let audioOutput = Capabilities(rawValue: 1 << 4)
    package static let reasoning = Capabilities(rawValue: 1 << 5)
    package static let pdf = Capabilities(rawValue: 1 << 6)
    package static let prefill = Capabilities(rawValue: 1 << 7)

    private static let names: [(name: String, capability: Capabilities)] = [
        ("tools", .tools), ("vision", .vision), ("json_schema", .jsonSchema),
        ("audio_input", .audioInput), ("audio_output", .audioOutput), ("reasoning", .reasoning),
        ("pdf", .pdf), ("prefill", .prefill),
    ]

    /// The catalogue's names of all of them.
    package static var allNames: [String] { names.map(\.name) }

    /// The capabilities that routing knows of a list of the catalogue's names.
    package init(names: some Sequence<String>) {
        let wanted = Set(names)
        self = Self.names.reduce(into: []) { sum, entry in
            if wanted.contains(entry.name) { sum.insert(entry.capability) }
        }
    }

    /// The catalogue's names of what is in the set, in a fixed order.
    package var names: [String] { Self.names.filter { contains($0.capability) }.map(\.name) }
}
