// SPDX-License-Identifier: Apache-2.0
import CCurlShim
import Wire

/// The fields of a request as libcurl's list of lines.
///
/// A line `Name:` without a value keeps libcurl from adding that field itself.
final class RequestFieldList {
    private(set) var lines: UnsafeMutablePointer<curl_slist>?

    /// Fields that libcurl writes itself, from the URL and the body.
    private static let owned = [
        "host", "content-length", "transfer-encoding", "connection", "expect",
    ]
    /// Fields that libcurl would add where the request has none.
    private static let unwanted = ["accept", "accept-encoding", "content-type"]

    /// - Parameters:
    ///   - userAgent: Sent where the request names none. A line of the list costs libcurl less than
    ///     its own option for it, which it formats anew for each transfer (3,000 instructions).
    ///   - refusesExpect: Whether a body is so long that libcurl would ask before it sends it.
    ///   - isSigned: Whether libcurl signs the fields: it would sign those without a value, which it
    ///     does not send (7.88.1, measured). Then nothing is kept from being added.
    ///
    /// Throws: `.malformed` for a field that would break out of its line. It names the field and
    /// never shows its value.
    init(
        _ fields: HTTPFields, userAgent: String, refusesExpect: Bool, isSigned: Bool = false
    ) throws(TransferFailure) {
        var names: Set<String> = []
        for index in 0..<fields.count {
            let (name, value) = fields[index]
            guard Self.isName(name), value.utf8.allSatisfy(Self.isValueByte) else {
                throw TransferFailure(
                    .malformed,
                    detail: "request field \(index) has no name, or a byte that no field may hold")
            }
            let lowercased = name.lowercased()
            if Self.owned.contains(lowercased) { continue }
            names.insert(lowercased)
            // A semicolon is libcurl's way to write a field with an empty value.
            append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        if !names.contains("user-agent") { append("User-Agent: \(userAgent)") }
        if isSigned { return }
        // Each line is compared with a dozen names a transfer, so no needless ones.
        if refusesExpect { append("Expect:") }
        for name in Self.unwanted where !names.contains(name) { append("\(name):") }
    }

    deinit { curl_slist_free_all(lines) }

    private func append(_ line: String) {
        // Nil means no memory; what is there stays.
        if let longer = curl_slist_append(lines, line) { lines = longer }
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy {
                $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: ";")
            }
    }

    /// RFC 9110 §5.5: no CR, LF or NUL; other control bytes but TAB mean no good either.
    private static func isValueByte(_ byte: UInt8) -> Bool {
        (byte >= 0x20 && byte != 0x7F) || byte == 0x09
    }
}
