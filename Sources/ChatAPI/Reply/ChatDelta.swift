// SPDX-License-Identifier: Apache-2.0

/// One step of an answer, streamed or whole: what every dialect's answers are read into.
package struct ChatDelta: Sendable, Equatable {
    /// What the step is.
    package enum Kind: Sendable, Equatable {
        case text(String)
        case refusal(String)
        /// Reasoning for people to read.
        case reasoning(String)
        /// Reasoning in the form that has to return with the conversation.
        case reasoningDetail(ReasoningDetail)
        /// A function call begins; `index` counts the calls of this choice from 0.
        case toolCall(index: Int, id: String, name: String, signature: String? = nil)
        /// More of the arguments' JSON text.
        case toolArguments(index: Int, String)
        /// A source with an address. Shape: OpenAI's `url_citation`, as JSON.
        case annotation([UInt8])
        /// A source without an address, for which OpenAI has no annotation. Shape:
        /// `{"type":"file_citation","file_citation":{…}}` or `{"type":"citation","citation":{…}}`.
        case citation([UInt8])
        /// A picture, as a `data:` URL or an address.
        case image(url: String)
        case audio(AudioPiece)
        /// OpenAI's `logprobs` object, as JSON.
        case logprobs([UInt8])
        /// The choice is complete. `native` is the provider's own word.
        case finished(FinishReason, native: String)
    }

    /// The choice that it belongs to.
    package var choice: Int
    package var kind: Kind

    package init(_ kind: Kind, choice: Int = 0) {
        self.kind = kind
        self.choice = choice
    }
}

/// Spoken words, or a piece of them.
package struct AudioPiece: Sendable, Equatable {
    package var id: String?
    package var base64: String?
    package var transcript: String?

    package init(id: String? = nil, base64: String? = nil, transcript: String? = nil) {
        self.id = id
        self.base64 = base64
        self.transcript = transcript
    }
}

/// Why a choice ended, in OpenAI's words.
package enum FinishReason: String, Sendable, Equatable {
    case stop, length
    case toolCalls = "tool_calls"
    case contentFilter = "content_filter"

    /// For a provider's reason that nobody here knows: the answer stands as it came, and of OpenAI's
    /// words `length` is the one that does not promise a whole answer, nor a call that can be made.
    /// What it was is in `native_finish_reason`.
    package static let unknown = FinishReason.length
}

/// What an answer says of itself and of its cost.
package struct ReplyFacts: Sendable, Equatable {
    /// The provider's id of the answer.
    package var id: String?
    /// The model that answered, in the provider's words.
    package var model: String?
    package var usage: ReportedUsage?
    /// The tier that the provider served the call in.
    package var serviceTier: String?

    /// Nothing is known yet.
    package init() {}
}

/// A usage as a provider reported it.
package struct ReportedUsage: Sendable, Equatable {
    package var usage: Usage
    /// What the provider says the call cost; nil where it does not say.
    package var reportedCost: ReportedAmount?
    /// The tier that the provider says it served the call in.
    package var serviceTier: String?

    package init(_ usage: Usage, reportedCost: ReportedAmount? = nil, serviceTier: String? = nil) {
        self.usage = usage
        self.reportedCost = reportedCost
        self.serviceTier = serviceTier
    }
}

/// An amount as a provider writes it: a number's text, and what it counts.
package struct ReportedAmount: Sendable, Equatable {
    /// What the number counts.
    package enum Unit: String, Sendable, CaseIterable {
        /// US dollars, with a decimal point.
        case usd
        /// Whole ten-thousand-millionths of a US dollar (10⁻¹⁰), as xAI bills.
        case usdTicks = "usd_ticks"
    }

    package var decimalText: String
    package var unit: Unit

    package init(decimalText: String, unit: Unit) {
        self.decimalText = decimalText
        self.unit = unit
    }
}
