// SPDX-License-Identifier: Apache-2.0

/// One thing that is wrong, or odd, with the settings.
///
/// Shape: `martlet.yaml:12:5: error: unknown key "lisen"; did you mean "listen"?`
struct Diagnostic: Equatable, Sendable {
    enum Severity: String, Sendable { case error, warning }

    var severity: Severity
    /// The file, or nil where no file is to blame: the environment, a built-in table.
    var file: String?
    var place: Place?
    /// What is wrong, without a full stop.
    var message: String
    /// What to do about it, or nil.
    var hint: String?
}

/// A place in a text. Units: lines and columns from 1; a column is a Unicode scalar.
struct Place: Equatable, Sendable {
    var line: Int
    var column: Int
}

extension Diagnostic: CustomStringConvertible {
    var description: String {
        var text = ""
        if let file { text += "\(file):" }
        if let place { text += "\(place.line):\(place.column):" }
        if !text.isEmpty { text += " " }
        text += "\(severity.rawValue): \(message)"
        if let hint { text += "; \(hint)" }
        return text
    }
}
