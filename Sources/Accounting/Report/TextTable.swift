// SPDX-License-Identifier: Apache-2.0

/// Rows of text under headings, in columns.
package struct TextTable {
    package enum Alignment: Equatable { case left, right }

    private let headings: [(text: String, alignment: Alignment)]
    private var rows: [[String]] = []

    package init(_ headings: [(text: String, alignment: Alignment)]) { self.headings = headings }

    /// Adds a row with one cell a heading; control characters are shown as `?`.
    package mutating func add(_ cells: [String]) {
        rows.append(cells.map { String($0.map(Self.printable)) })
    }

    /// The lines, each ended, without blanks at their ends. Columns are two blanks apart.
    package var text: String {
        let lines = [headings.map(\.text)] + rows
        let widths = headings.indices.map { column in
            lines.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return lines.map { line(of: $0, widths) + "\n" }.joined()
    }

    private func line(of cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() where column < widths.count {
            let blanks = String(repeating: " ", count: widths[column] - cell.count)
            if column > 0 { line += "  " }
            line += headings[column].alignment == .left ? cell + blanks : blanks + cell
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// A client chooses the names of models: none of them may steer the operator's terminal.
    private static func printable(_ character: Character) -> Character {
        let isControl = character.unicodeScalars.contains {
            $0.properties.generalCategory == .control || $0.properties.generalCategory == .format
        }
        return isControl ? "?" : character
    }
}
