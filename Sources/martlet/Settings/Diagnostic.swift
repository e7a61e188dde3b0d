// SPDX-License-Identifier: Apache-2.0

/// One thing that is wrong, or odd, with the settings.
///
/// Shape: `martlet.yaml:12:5: error: unknown key "lisen"; did you mean "listen"?`
package struct Diagnostic: Equatable, Sendable {
    /// Whether the settings can be served in spite of it.
    package enum Severity: String, Sendable { case error, warning }

    package var severity: Severity
    /// The file, or nil where no file is to blame: the environment, a built-in table.
    package var file: String?
    package var place: Place?
    /// What is wrong, without a full stop.
    package var message: String
    /// What to do about it, or nil.
    package var hint: String?

    init(
        severity: Severity, file: String? = nil, place: Place? = nil, message: String,
        hint: String? = nil
    ) {
        self.severity = severity
        self.file = file
        self.place = place
        self.message = message
        self.hint = hint
    }
}

/// A place in a text. Units: lines and columns from 1; a column is a Unicode scalar.
package struct Place: Equatable, Sendable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

extension Diagnostic: CustomStringConvertible {
    package var description: String {
        var text = ""
        if let file { text += "\(file):" }
        if let place { text += "\(place.line):\(place.column):" }
        if !text.isEmpty { text += " " }
        text += "\(severity.rawValue): \(message)"
        if let hint { text += "; \(hint)" }
        return text
    }
}
