// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// OpenAI's own format of chat and of completions, on both sides: bytes pass with only the touched
/// fields edited.
package struct OpenAIDialect: OpenAIAnswers {
    package init() {}

    package func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        try OpenAIRequest.make(call, to: target, path: call.operation.path)
    }
}
