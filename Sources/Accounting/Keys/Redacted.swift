// SPDX-License-Identifier: Apache-2.0

/// A value that cannot be printed by accident: interpolation, `print`, `dump` and `Mirror` all show
/// `[redacted]`.
package protocol Redacted: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{}

extension Redacted {
    package var description: String { "[redacted]" }
    package var debugDescription: String { "[redacted]" }
    package var customMirror: Mirror { Mirror(self, children: [:], displayStyle: .struct) }
}
