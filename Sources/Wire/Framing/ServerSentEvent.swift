// SPDX-License-Identifier: Apache-2.0

/// One event or comment of an event stream, lent for as long as a call takes.
package struct ServerSentEvent: ~Escapable {
    /// Events and comments.
    package enum Kind: Sendable, Equatable {
        /// What a blank line ended, with at least one data line.
        case event
        /// A line that begins with a colon; `data` is what stands behind it.
        case comment
    }

    /// Whether it is an event or a comment.
    package let kind: Kind

    /// The `event` field; empty where there was none.
    package let name: Span<UInt8>

    /// The `data` lines, joined by line feeds.
    package let data: Span<UInt8>

    @_lifetime(copy name, copy data)
    init(_ kind: Kind, name: Span<UInt8>, data: Span<UInt8>) {
        self.kind = kind
        self.name = name
        self.data = data
    }

    /// Whether the `event` field is `other`.
    package func isNamed(_ other: String) -> Bool { name.holds(other) }

    /// Whether the data is `other`, such as `[DONE]`.
    package func isData(_ other: String) -> Bool { data.holds(other) }
}

/// Why an event stream is not read any further.
package enum ServerSentEventError: Error, Sendable, Equatable {
    /// A line, or the data of an event, is longer than the limit.
    case eventTooLarge(maximumBytes: Int)
}

extension Span<UInt8> {
    /// Whether the span's bytes are those of `text`.
    func holds(_ text: String) -> Bool {
        let wanted = text.utf8.span
        guard count == wanted.count else { return false }
        for offset in 0..<count where self[offset] != wanted[offset] { return false }
        return true
    }
}
