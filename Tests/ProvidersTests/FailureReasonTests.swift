// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Foundation
import Providers
import Testing
import Wire

/// What failures of real providers are taken for, where that decides where a call goes instead.
@Suite struct FailureReasonTests {
    struct Row: Sendable {
        var status: Int
        var message: String
        var code: String?
        var reason: UpstreamFailure.Reason?

        init(
            _ status: Int, _ message: String, _ code: String? = nil,
            _ reason: UpstreamFailure.Reason?
        ) {
            self.status = status
            self.message = message
            self.code = code
            self.reason = reason
        }
    }

    /// Source: `../shared/recordings` for those marked with their names; else the vendors'
    /// documentation and their answers as their users quote them.
    static let rows: [Row] = [
        // openai-responses-sync-e225f7ea
        Row(
            400,
            "Your input exceeds the context window of this model. Please adjust your input and "
                + "try again.",
            "context_length_exceeded", .contextLength),
        // openrouter-chat-sync-a4245204
        Row(
            400,
            "This endpoint's maximum context length is 200000 tokens. However, you requested about "
                + "2500021 tokens (2500021 of text input).", nil, .contextLength),
        // bedrock-converse-sync-d46de532
        Row(
            400,
            "The model returned the following errors: Input Tokens Exceeded: Number of input "
                + "tokens exceeds maximum length. Please update the input to try again.", nil,
            .contextLength),
        // OpenAI
        Row(
            400, "This model's maximum context length is 128000 tokens.", "context_length_exceeded",
            .contextLength),
        // Anthropic
        Row(
            400, "prompt is too long: 210000 tokens > 200000 maximum", "invalid_request_error",
            .contextLength),
        Row(
            400, "Output blocked by content filtering policy", "invalid_request_error",
            .contentFilter),
        // Gemini
        Row(
            400,
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
            "invalid_argument", .contextLength),
        // Bedrock
        Row(
            400, "Input is too long for requested model.", "ValidationException", .contextLength),
        // Mistral
        Row(
            400,
            "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 "
                + "maximum context length", "3051", .contextLength),
        // Cohere
        Row(
            400,
            "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received "
                + "4292.", nil, .contextLength),
        // xAI
        Row(
            400,
            "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
            nil, .contextLength),
        Row(403, "Content violates usage guidelines.", nil, .contentFilter),
        // llama.cpp
        Row(
            400, "the request exceeds the available context size, try increasing it",
            "exceed_context_size_error", .contextLength),
        // Azure
        Row(
            400,
            "The response was filtered due to the prompt triggering Azure OpenAI's content "
                + "management policy.", "content_filter", .contentFilter),
        // Alibaba
        Row(
            400, "Input data may contain inappropriate content.", "data_inspection_failed",
            .contentFilter),
        // OpenAI: an account without credit is told as a rate limit.
        Row(429, "You exceeded your current quota.", "insufficient_quota", .quota),
        Row(402, "Insufficient Balance", "invalid_request_error", .quota),
        // Those that are none.
        Row(429, "Too many tokens, please wait before trying again.", nil, nil),
        Row(429, "You exceeded your current quota.", "resource_exhausted", nil),
        Row(403, "You don't have access to the model with the specified model ID.", nil, nil),
        Row(400, "messages.0: Input does not match the expected shape.", nil, nil),
        Row(404, "The model does not exist: context length", nil, nil),
        Row(500, "context window", "context_length_exceeded", nil),
    ]

    @Test(arguments: rows)
    func `a failure is taken for what its provider says`(row: Row) {
        let failure = UpstreamFailure.answered(
            status: row.status, ProviderWords(message: row.message, code: row.code), provider: "p")
        #expect(failure.reason == row.reason)
        switch row.reason {
        case .contextLength:
            #expect(failure.error.status == 400 && failure.kind == .request)
            #expect(
                ["context_length_exceeded", row.code].contains(failure.error.code))
        case .contentFilter:
            #expect(failure.error.status == 400 && failure.kind == .request)
            #expect(["content_filter", row.code].contains(failure.error.code))
            #expect(failure.error.upstream?.status == row.status)
        case .quota: #expect(failure.kind == .rateLimited)
        case nil: break
        }
    }
}
