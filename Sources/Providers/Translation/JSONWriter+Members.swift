// SPDX-License-Identifier: Apache-2.0
package import JSON

extension JSONWriter {
    /// Writes a member whose value is a number, as its text has it; nothing where it is nil.
    package mutating func member(_ name: String, decimalText text: String?) {
        guard let text else { return }
        key(name)
        decimal(text)
    }

    /// Writes a member as it came; nothing where it is nil.
    package mutating func member(_ name: String, raw value: JSONValue?) {
        guard let value else { return }
        key(name)
        raw(value)
    }

    /// Writes a member whose value is an array of strings; nothing where it is empty.
    package mutating func member(_ name: String, _ texts: [String]) {
        guard !texts.isEmpty else { return }
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
