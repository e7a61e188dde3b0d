// SPDX-License-Identifier: Apache-2.0

/// A value of a YAML document, and where it stands.
///
/// Nothing is interpreted: a number or a Boolean is the text that was written.
package struct YAMLNode: Sendable, Equatable {
    /// What kind of node it is, and what is in it.
    package indirect enum Content: Sendable, Equatable {
        /// `isPlain` where it was written without quotes.
        case text(String, isPlain: Bool)
        case list([YAMLNode])
        /// In the order of the document; keys may repeat.
        case mapping([Member])
    }

    /// A key of a mapping with its value.
    package struct Member: Sendable, Equatable {
        package var key: YAMLNode
        package var value: YAMLNode
    }

    package var content: Content
    package var place: Place

    /// The text of a scalar, or nil.
    package var text: String? {
        if case .text(let text, _) = content { text } else { nil }
    }

    /// The elements of a list, or nil.
    package var list: [YAMLNode]? {
        if case .list(let elements) = content { elements } else { nil }
    }

    /// The members of a mapping, or nil.
    package var members: [Member]? {
        if case .mapping(let members) = content { members } else { nil }
    }

    /// The value of the first member with that key, or nil.
    package subscript(key: String) -> YAMLNode? {
        members?.first { $0.key.text == key }?.value
    }

    /// Whether nothing was written: `key:` alone, `~` or `null`.
    package var isEmpty: Bool {
        guard case .text(let text, isPlain: true) = content else { return false }
        return ["", "~", "null"].contains(text)
    }
}

/// Why a text is no YAML document.
package struct YAMLFailure: Error, Equatable {
    /// libyaml's words: `did not find expected node content`.
    package var problem: String
    package var place: Place
}
