// SPDX-License-Identifier: Apache-2.0
import ChatAPI

/// A model of Vertex AI: whose it is, and its path below the project.
///
/// Shape: `gemini-2.5-pro`, `claude-opus-4-1@20250805`, or with the publisher before it:
/// `google/…`, `anthropic/…`, `publishers/google/models/…`.
struct VertexModel {
    enum Publisher: String { case google, anthropic }

    /// Nil for a publisher whose format is not spoken here.
    let publisher: Publisher?
    /// As it stands in the path, not yet checked.
    let name: Substring

    init(_ model: String) {
        var name = model[...]
        if name.hasPrefix("publishers/") { name = name.dropFirst("publishers/".count) }
        guard let slash = name.firstIndex(of: "/") else {
            publisher = name.hasPrefix("claude") ? .anthropic : .google
            self.name = name
            return
        }
        publisher = Publisher(rawValue: String(name[..<slash]))
        name = name[name.index(after: slash)...]
        if name.hasPrefix("models/") { name = name.dropFirst("models/".count) }
        self.name = name
    }

    /// `/publishers/google/models/gemini-2.5-pro`. Throws: a 400 for a name that is a step in a path,
    /// and for a publisher whose format is not spoken here.
    func path() throws(APIError) -> String {
        guard let publisher else {
            throw .invalid(
                "model", code: "unsupported_model",
                "Of Vertex AI's models, this gateway speaks to Google's and Anthropic's.")
        }
        let segment = try ModelPath.segment(String(name))
        return "/publishers/\(publisher.rawValue)/models/\(segment)"
    }
}
