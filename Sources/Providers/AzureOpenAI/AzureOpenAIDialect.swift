// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// Azure OpenAI: OpenAI's format of chat and of completions, where a model is the operator's
/// deployment of one.
///
/// Shape: `/openai/v1/chat/completions`, and with a dated option `api_version`
/// `/openai/deployments/{deployment}/chat/completions?api-version=…`; `preview` stays at the former,
/// which is said in a query too. Streams begin with a chunk
/// without choices, `prompt_filter_results`, and choices have `content_filter_results`: both pass.
/// Source: recorded exchanges at both paths; the shape of an error by content filter is Microsoft's
/// documentation's, not recorded.
package struct AzureOpenAIDialect: OpenAIAnswers {
    package init() {}

    package func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        try OpenAIRequest.make(call, to: target, path: Self.path(for: call.operation, to: target))
    }

    /// Path and query of an operation. Throws: a 400 for a deployment whose name is a step in a path.
    static func path(
        for operation: CallOperation, to target: DialectTarget
    ) throws(APIError) -> String {
        guard let version = target.provider.options["api_version"] else {
            return "/openai/v1" + operation.path
        }
        var place = "/openai/v1"
        if version.first?.isNumber == true {
            place = "/openai/deployments/\(try ModelPath.segment(target.model))"
        }
        return "\(place)\(operation.path)?api-version=\(version)"
    }
}
