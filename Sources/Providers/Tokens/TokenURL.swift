// SPDX-License-Identifier: Apache-2.0
package import Wire

/// A token endpoint: a whole URL, which the operator's key or settings name.
///
/// Shape: `https://oauth2.googleapis.com/token`, checked by the caller.
package struct TokenURL: Sendable, Equatable {
    /// As it was written.
    package let text: String
    /// Scheme and authority.
    package let endpoint: Endpoint
    /// The path from its first slash on; `/` where there is none.
    package let path: String

    package init(_ text: String) {
        self.text = text
        let authority = text.firstRange(of: "://")?.upperBound ?? text.startIndex
        let end = text[authority...].firstIndex(of: "/") ?? text.endIndex
        endpoint = Endpoint(baseURL: String(text[..<end]))
        path = end == text.endIndex ? "/" : String(text[end...])
    }
}
