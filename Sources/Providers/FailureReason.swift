// SPDX-License-Identifier: Apache-2.0
import ChatAPI

extension UpstreamFailure.Reason {
    /// The codes by which providers name a reason.
    private static let codes: [String: UpstreamFailure.Reason] = [
        "context_length_exceeded": .contextLength,
        "model_context_window_exceeded": .contextLength,
        // llama.cpp
        "exceed_context_size_error": .contextLength,
        "content_filter": .contentFilter,
        "content_policy_violation": .contentFilter,
        // Azure's inner error, and Alibaba
        "ResponsibleAIPolicyViolation": .contentFilter,
        "data_inspection_failed": .contentFilter,
        "DataInspectionFailed": .contentFilter,
        "insufficient_quota": .quota,
        "billing_hard_limit_reached": .quota,
        // Moonshot
        "exceeded_current_quota_error": .quota,
    ]

    /// What providers without such codes say instead: a reason is meant where all words of a row
    /// are in the message. Source: the recordings, and the vendors' documentation of their errors.
    private static let phrases: [(words: [String], reason: UpstreamFailure.Reason)] = [
        // Anthropic, also through Bedrock and Vertex AI
        (["prompt is too long"], .contextLength),
        (["context limit"], .contextLength),
        (["content filtering policy"], .contentFilter),
        // OpenAI and what follows it, vLLM, Mistral, Ollama, OpenRouter
        (["context length"], .contextLength),
        (["context window"], .contextLength),
        (["context size"], .contextLength),
        // xAI
        (["maximum prompt length"], .contextLength),
        (["violates usage guidelines"], .contentFilter),
        // Bedrock
        (["input is too long"], .contextLength),
        (["input tokens exceeded"], .contextLength),
        (["too many input tokens"], .contextLength),
        // Cohere
        (["too many tokens"], .contextLength),
        // Gemini
        (["exceeds the maximum number of tokens"], .contextLength),
        (["token count", "exceeds"], .contextLength),
        (["token count", "only supports"], .contextLength),
        (["safety", "blocked"], .contentFilter),
        (["safety", "violat"], .contentFilter),
        // Hugging Face
        (["`inputs` tokens", "must be <="], .contextLength),
        // Azure
        (["content management policy"], .contentFilter),
        (["content filter"], .contentFilter),
        // OpenRouter's moderation, Alibaba
        (["input was flagged"], .contentFilter),
        (["inappropriate content"], .contentFilter),
    ]

    /// The reason that an answer with this status gives; nil where it gives none of them.
    init?(status: Int, _ words: ProviderWords) {
        let named = words.code.flatMap { Self.codes[$0] }
        switch status {
        case 402:
            // OpenRouter: "You requested up to 64000 tokens, but can only afford 3000": the client
            // wants more than is left, which is enough for others.
            if words.message?.contains("max_tokens") == true { return nil }
            self = .quota
        case 429:
            guard named == .quota else { return nil }
            self = .quota
        case 403:
            guard (named ?? Self.said(in: words.message)) == .contentFilter else { return nil }
            self = .contentFilter
        case 401, 404, 408: return nil
        case 400..<500:
            guard let reason = named ?? Self.said(in: words.message) else { return nil }
            self = reason
        default: return nil
        }
    }

    private static func said(in message: String?) -> UpstreamFailure.Reason? {
        guard let text = message?.lowercased() else { return nil }
        return phrases.first { $0.words.allSatisfy(text.contains) }?.reason
    }

    /// The code that the client is told: the provider's own where it means just this, else OpenAI's.
    func code(of words: ProviderWords) -> String? {
        if let code = words.code, Self.codes[code] == self { return code }
        return switch self {
        case .contextLength: "context_length_exceeded"
        case .contentFilter: "content_filter"
        case .quota: nil
        }
    }
}
