// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// Model names as parts of a path. They come from clients: none becomes more than one segment.
package enum ModelPath {
    /// The name as one segment of a path, percent-encoded but for unreserved characters.
    ///
    /// Throws: a 400 for a name that is a step in a path (`.`, `..`), whatever surrounds it.
    package static func segment(_ model: String) throws(APIError) -> String {
        let parts = model.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0 == "." || $0 == ".." || $0.isEmpty }) else {
            throw .invalid("model", "model is not a name: it has an empty part, or dots for one.")
        }
        return String(decoding: PercentEncoding.encode(model), as: UTF8.self)
    }
}
