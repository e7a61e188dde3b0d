// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
package import Wire

/// Google's `generateContent`, by an API key.
///
/// Source: the schema of Google's Gen AI Python SDK 3.4, and recorded exchanges.
package struct GeminiDialect: ChatDialect {
    package init() {}

    package func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        var losses = LossReport()
        let body = try GeminiRequest.body(for: call, to: target, losses: &losses)
        try losses.check(isStrict: target.isStrict, vendor: target.vendor.name)
        let path = "/v1beta/" + (try Self.modelPath(target.model))
        let message = target.message(
            path + GeminiRequest.method(isStream: call.isStream), body, isStream: call.isStream)
        return OutgoingRequest(message, dropped: losses.names)
    }

    package func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        try GeminiReply.answer(reading: body, in: context)
    }

    package func stream(in context: ReplyContext) -> any ChatStream {
        TranslatedStream(GeminiStream(in: context), in: context)
    }

    /// Where `alt=sse` is not heeded, a stream is an array of its chunks.
    package var mayStreamAsJSON: Bool { true }

    package func failure(
        head: HTTPReplyHead, body: [UInt8], provider: String
    ) -> UpstreamFailure {
        GeminiFailure.reading(head: head, body: body, provider: provider)
    }

    private static let collections = ["models/", "tunedModels/"]

    /// Names may come with their collection, as Google's own list of models has them.
    static func modelPath(_ model: String) throws(APIError) -> String {
        for collection in collections where model.hasPrefix(collection) {
            return collection + (try ModelPath.segment(String(model.dropFirst(collection.count))))
        }
        return "models/" + (try ModelPath.segment(model))
    }

    /// The name with its collection, as it stands in the body of a request.
    static func resource(_ model: String) -> String {
        collections.contains(where: model.hasPrefix) ? model : "models/" + model
    }
}
