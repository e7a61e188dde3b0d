// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import JSON

// What several targets refuse or lose alike.

extension ChatConversation {
    /// Reports markers of what to cache, for targets that choose it themselves.
    package func reportCacheMarkers(on tools: [ChatTool], to losses: inout LossReport) {
        let isMarked = messages.contains { message in
            message.cacheControl != nil || message.content.contains { $0.cacheControl != nil }
        }
        if isMarked { losses.add("messages[].content[].cache_control") }
        if tools.contains(where: { $0.cacheControl != nil }) { losses.add("tools[].cache_control") }
    }
}

extension ChatParameters {
    /// Takes `n` and `modalities` for a target that gives one choice of text.
    ///
    /// Throws: a 400 where the request wants more than that.
    package mutating func takeOneTextChoice(vendor: String) throws(APIError) {
        if let count = try takeInteger("n"), count != 1 {
            throw .unsupported("n", "\(vendor) gives one choice a call: send n calls instead.")
        }
        if let modalities = take("modalities"),
            modalities.elements.contains(where: { $0.string != "text" })
        {
            throw .unsupported("modalities", "\(vendor) answers in text only.")
        }
    }
}

extension JSONValue? {
    /// The schema that `response_format.json_schema` must have. Throws: a 400 where it has none.
    func requiredSchema() throws(APIError) -> JSONValue {
        guard let self, self.kind == .object else {
            throw .invalid(
                "response_format.json_schema.schema", code: "missing_required_parameter",
                "response_format.json_schema.schema is missing.")
        }
        return self
    }
}

extension APIError {
    /// A 400 for what the target has no form for and nobody may leave out silently.
    package static func unsupported(_ parameter: String, _ message: String) -> APIError {
        .invalid(parameter, code: "unsupported_parameter", message)
    }
}
