// SPDX-License-Identifier: Apache-2.0
import Providers

/// The beginning of a provider's URLs: scheme, host, perhaps a port and a path, and no more.
///
/// Shape: `https://api.openai.com/v1`, printable ASCII, no trailing slash. User names, queries and
/// fragments are refused: keys travel in headers (RFC 3986 §3).
package struct BaseURL: Equatable {
    package let text: String
    let host: String
    private let isEncrypted: Bool

    package init?(_ source: String) {
        var text = source[...]
        while text.hasSuffix("/") { text = text.dropLast() }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        if text.hasPrefix("https://") {
            isEncrypted = true
        } else if text.hasPrefix("http://") {
            isEncrypted = false
        } else {
            return nil
        }
        let rest = text.dropFirst(isEncrypted ? 8 : 7)
        guard !rest.contains(where: { "?#@\\\"<>{}|^`%".contains($0) }) else { return nil }
        let authority = rest.prefix { $0 != "/" }
        guard let host = Self.host(of: authority), !rest.contains("/../"), !rest.contains("//")
        else { return nil }
        self.host = host
        self.text = String(text)
    }

    /// Whether others can read what is sent there: plain `http` to another machine.
    var isReadableOnTheWay: Bool {
        !isEncrypted && host != "localhost" && host != "[::1]" && !host.hasPrefix("127.")
    }

    private static func host(of authority: Substring) -> String? {
        var host = authority
        if host.hasPrefix("[") {
            guard let bracket = host.firstIndex(of: "]") else { return nil }
            host = authority[...bracket]
        } else {
            host = authority.prefix { $0 != ":" }
        }
        let port = authority[host.endIndex...]
        if !port.isEmpty {
            guard port.first == ":", let number = UInt16(port.dropFirst()), number > 0 else {
                return nil
            }
        }
        return host.isEmpty || host == "[]" ? nil : host.lowercased()
    }
}

extension BaseURL {
    /// A placeholder whose value does not fit into a URL.
    struct MisfitValue: Error, Equatable { var placeholder: String }

    /// The row's address with each placeholder filled. A value may be a whole host with its scheme,
    /// as `DATABRICKS_HOST` is; anything beyond letters, digits, `.`, `-` and `_` is refused.
    static func filling(
        _ vendor: Vendor, with values: [String: String]
    ) throws(MisfitValue) -> BaseURL {
        var text = vendor.baseURL
        for (name, value) in values {
            var value = value[...]
            if value.hasPrefix("https://") { value = value.dropFirst(8) }
            while value.hasSuffix("/") { value = value.dropLast() }
            guard isPlain(value), value != "..", value != "." else {
                throw MisfitValue(placeholder: name)
            }
            text = text.replacing("{\(name)}", with: value)
        }
        // Google's location `global` is in paths, and in no host.
        text = text.replacing("://global-aiplatform.", with: "://aiplatform.")
        guard let url = BaseURL(text) else {
            throw MisfitValue(placeholder: values.keys.min() ?? "base_url")
        }
        return url
    }

    /// Whether a text has letters, digits, `.`, `-` and `_` alone, and one of them.
    static func isPlain(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                byte == 0x2D || byte == 0x2E || byte == 0x5F || (0x30...0x39).contains(byte)
                    || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            }
    }
}
