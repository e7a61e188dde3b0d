// SPDX-License-Identifier: Apache-2.0

/// A credential that cannot be printed by accident.
///
/// Interpolation, `print`, `dump` and `Mirror` all show `[redacted]`; only `reveal()` gives the text.
/// There is no `Codable` conformance, so that it cannot be encoded either.
package struct Secret: Sendable, Hashable {
    private let text: String

    /// Wraps a credential as it was read, already trimmed of the line end of its file.
    package init(_ text: String) { self.text = text }

    /// The credential itself. Call it where the bytes of a header are written, nowhere else.
    package func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "[redacted]" }
    package var debugDescription: String { "[redacted]" }
    package var customMirror: Mirror { Mirror(self, children: [:], displayStyle: .struct) }
}
