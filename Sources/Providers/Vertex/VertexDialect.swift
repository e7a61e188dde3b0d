// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import JSON
package import Wire

/// Vertex AI: Google's models in Gemini's format and Anthropic's in their own, below one project.
///
/// Shape: `/publishers/google/models/{m}:generateContent`, `:streamGenerateContent?alt=sse`;
/// `/publishers/anthropic/models/{m}:rawPredict`, `:streamRawPredict`, whose body has
/// `"anthropic_version"` in the place of `"model"`. The base URL ends in the location.
/// Source: recorded exchanges.
package struct VertexDialect: ChatDialect {
    private static let anthropicVersion = "vertex-2023-10-16"
    private let gemini = GeminiDialect()
    private let anthropic = AnthropicDialect()

    package init() {}

    package func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        let model = VertexModel(target.model)
        let path = try model.path()
        guard model.publisher == .anthropic else {
            var losses = LossReport()
            let body = try GeminiRequest.body(for: call, to: target, losses: &losses)
            try losses.check(isStrict: target.isStrict, vendor: target.vendor.name)
            let method = GeminiRequest.method(isStream: call.isStream)
            let message = target.message(path + method, body, isStream: call.isStream)
            return OutgoingRequest(message, dropped: losses.names)
        }
        let (body, dropped) = try AnthropicRequest.body(
            call, to: target, hostedVersion: Self.anthropicVersion)
        let method = call.isStream ? ":streamRawPredict" : ":rawPredict"
        let message = target.message(path + method, body, isStream: call.isStream)
        return OutgoingRequest(message, dropped: dropped)
    }

    package func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        try format(of: context).answer(reading: body, in: context)
    }

    package func stream(in context: ReplyContext) -> any ChatStream {
        format(of: context).stream(in: context)
    }

    /// Gemini's streams may. One of Anthropic's that did would have no event and count as cut.
    package var mayStreamAsJSON: Bool { true }

    package func prefill(of model: String, quirks: Quirks) -> AssistantPrefill {
        VertexModel(model).publisher == .anthropic ? .continued : .refused
    }

    /// Google answers for itself also where the model is Anthropic's, as for a spent quota.
    package func failure(
        head: HTTPReplyHead, body: [UInt8], provider: String
    ) -> UpstreamFailure {
        let isAnthropic = (try? JSONValue(parsing: body))?["type"]?.string == "error"
        let format: any ChatDialect = isAnthropic ? anthropic : gemini
        return format.failure(head: head, body: body, provider: provider)
    }

    private func format(of context: ReplyContext) -> any ChatDialect {
        VertexModel(context.model).publisher == .anthropic ? anthropic : gemini
    }
}
