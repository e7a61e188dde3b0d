// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
package import Wire

/// Azure OpenAI: OpenAI's format, where a model is the operator's deployment of one.
///
/// Shape: `/openai/v1/chat/completions`, and with a dated option `api_version`
/// `/openai/deployments/{deployment}/chat/completions?api-version=…`; `preview` stays at the former,
/// which is said in a query too. Streams begin with a chunk
/// without choices, `prompt_filter_results`, and choices have `content_filter_results`: both pass.
/// Source: recorded exchanges at both paths; the shape of an error by content filter is Microsoft's
/// documentation's, not recorded.
package struct AzureOpenAIDialect: ChatDialect {
    private let openAI = OpenAIDialect()

    package init() {}

    package func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        var path = "/openai/v1/chat/completions"
        if let version = target.provider.options["api_version"] {
            if version.first?.isNumber == true {
                let deployment = try ModelPath.segment(target.model)
                path = "/openai/deployments/\(deployment)/chat/completions"
            }
            path += "?api-version=\(version)"
        }
        return try OpenAIRequest.make(call, to: target, path: path)
    }

    package func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        try openAI.answer(reading: body, in: context)
    }

    package func stream(in context: ReplyContext) -> any ChatStream {
        openAI.stream(in: context)
    }

    package func failure(
        head: HTTPReplyHead, body: [UInt8], provider: String
    ) -> UpstreamFailure {
        openAI.failure(head: head, body: body, provider: provider)
    }
}
