// SPDX-License-Identifier: Apache-2.0
package import Glibc
import Synchronization

/// The log: one line an event on standard error, key and value pairs, for people and for grep.
///
/// Shape: `2026-11-24T09:30:12.123Z info  listening address=http://127.0.0.1:8080 pid=17`.
/// Never prompts, never keys. Isolation: any thread; a line is one `write`.
package final class Log: Sendable {
    private let threshold: Atomic<Int>

    init(level: LogLevel = .info) { threshold = Atomic(level.rank) }

    /// Takes effect for the next line.
    func setLevel(_ level: LogLevel) { threshold.store(level.rank, ordering: .relaxed) }

    func debug(_ event: String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.debug, event, fields)
    }

    func info(_ event: String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.info, event, fields)
    }

    func warning(_ event: String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.warning, event, fields)
    }

    func error(_ event: String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.error, event, fields)
    }

    private func write(
        _ level: LogLevel, _ event: String, _ fields: KeyValuePairs<String, String>
    ) {
        guard level.rank >= threshold.load(ordering: .relaxed) else { return }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let line = Self.line(at: now, level, event, fields)
        // A log that cannot be written must not stop the traffic: the result is not looked at.
        var bytes = Array(line.utf8)
        _ = Glibc.write(STDERR_FILENO, &bytes, bytes.count)
    }

    /// The text of one line, with its line end.
    package static func line(
        at time: timespec, _ level: LogLevel, _ event: String,
        _ fields: KeyValuePairs<String, String>
    ) -> String {
        let name = level.rawValue
        var line = "\(timestamp(time)) \(name)\(String(repeating: " ", count: 7 - name.count)) "
        line += escaped(event)
        for (key, value) in fields { line += " \(key)=\(quoted(value))" }
        return line + "\n"
    }

    private static func timestamp(_ time: timespec) -> String {
        var seconds = time.tv_sec
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ number: some BinaryInteger, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date =
            "\(1900 + parts.tm_year)-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
        let clock =
            "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
        return "\(date)T\(clock).\(padded(time.tv_nsec / 1_000_000, 3))Z"
    }

    /// A value, in quotes where it holds more than one word.
    private static func quoted(_ value: String) -> String {
        let text = escaped(value)
        guard value.isEmpty || text.contains(where: { " \"=".contains($0) }) else { return text }
        return "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    /// The text without control characters, so that no value can forge a line.
    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if scalar.properties.generalCategory == .control {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
}
