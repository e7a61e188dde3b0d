// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// How a vendor differs from its dialect: a closed set, and the only place for vendor oddities.
///
/// The defaults are the dialect as its owner documents it.
package struct Quirks: Sendable, Equatable {
    /// How a stream is made to end with its usage.
    package var streamUsage: StreamUsage = .option
    /// Whether `data: [DONE]` alone, without a finish reason, ends a stream well.
    package var mayOmitFinishReason = false
    /// The vendor's finish reasons that have another name in the dialect: `eos` → `stop`.
    package var finishReasonAliases: [String: String] = [:]
    /// Which of OpenAI's words a request may have.
    package var requestForm: RequestForm = .openAI
    /// The only name that the vendor takes for the output limit, or nil where it takes both.
    package var maxTokensField: MaxTokensField?
    /// Top-level parameters that are removed and reported as dropped.
    package var droppedParameters: Set<String> = []
    /// Top-level parameters that are answered with a 400 which names them.
    package var refusedParameters: Set<String> = []
    /// Where the vendor states the cost of the call, or nil where it does not.
    package var reportedCost: ReportedCost?
    /// Whether `completion_tokens` leaves `reasoning_tokens` out, so that output is their sum.
    package var reasoningOutsideOutput = false
    /// Whether the vendor itself routes, by the request's own words about that.
    package var routingPreferences: RoutingPreferencesForm = .takenOut
    /// What becomes of a last message of the assistant.
    package var assistantPrefill: AssistantPrefill = .refused
    /// How the vendor's embeddings differ, or nil where they do not.
    package var embeddings: EmbeddingsQuirks?

    package init() {}

    /// All of them, as tables and settings name them.
    package static let names = [
        "request_form", "stream_usage", "may_omit_finish_reason", "finish_reason_aliases",
        "max_tokens_field", "dropped_parameters", "refused_parameters", "reported_cost",
        "reasoning_outside_output", "routing_preferences", "assistant_prefill",
        "embeddings",
    ]
}

/// How a vendor's embeddings differ from OpenAI's. What is said of chat does not hold for them.
package struct EmbeddingsQuirks: Sendable, Equatable {
    /// Where they are, behind the base URL.
    package var path = CallOperation.embeddings.path
    /// The vendor's name for `dimensions`.
    package var dimensionsField = "dimensions"
    /// Which of OpenAI's values of `encoding_format` the vendor takes; another one is left out.
    package var encodingFormats: Set<String> = ["float", "base64"]
    /// What is in the vendor's base64 where the request has no word of the vendor's own for it.
    package var base64Numbers: Base64Numbers = .float32
    /// Top-level parameters that are removed and reported as dropped.
    package var droppedParameters: Set<String> = []

    package init() {}

    /// All of them, as tables and settings name them.
    package static let names = [
        "path", "dimensions_field", "encoding_formats", "base64_numbers", "dropped_parameters",
    ]
}

/// The numbers of a vector that is told in base64.
package enum Base64Numbers: String, Sendable, CaseIterable {
    /// As OpenAI has them: 32-bit floats, lowest byte first.
    case float32
    /// Signed bytes.
    case int8
}

/// How a vendor reports the usage of a stream.
package enum StreamUsage: String, Sendable, CaseIterable {
    /// Asked for by `stream_options.include_usage`.
    case option
    /// Sent unasked; `stream_options` is not sent, because it is without effect or refused.
    case always
    /// Not at all; `stream_options` is not sent.
    case never
}

/// The words of a request in OpenAI's format.
package enum RequestForm: String, Sendable, CaseIterable {
    /// OpenAI's, and any others: what a vendor does not know it passes over, or refuses by name.
    case openAI = "openai"
    /// Those that Mistral knows: it refuses all others.
    case mistral
}

/// What a vendor is sent of `models`, `provider`, `route` and `session_id`.
package enum RoutingPreferencesForm: String, Sendable, CaseIterable {
    /// Nothing: it does not know them, and the gateway has acted on them.
    case takenOut = "taken_out"
    /// `session_id`, and all of them where the client names this provider itself: then they are
    /// meant for it.
    case passed
}

/// The two names of the limit on output tokens.
package enum MaxTokensField: String, Sendable, CaseIterable {
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
}

/// A field of a reply's `usage` that states what the call cost.
///
/// Shape: in `Config/providers.json` as `usd:cost.total_cost`, unit and dotted path.
package struct ReportedCost: Sendable, Equatable {
    /// What the number at the path counts.
    package var unit: ReportedAmount.Unit
    /// The keys from `usage` down to the number; not empty.
    package var path: [String]

    package init(unit: ReportedAmount.Unit, path: [String]) {
        self.unit = unit
        self.path = path
    }
}
