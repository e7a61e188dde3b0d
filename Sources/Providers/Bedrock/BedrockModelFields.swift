// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Parameters that Converse has no name for, in the words of each family of models.
///
/// Source: the recordings for Claude's adaptive thinking, Nova's top K and Qwen's reasoning; the
/// fields of Nova 2 and gpt-oss are assumptions that no recording shows.
struct BedrockModelFields {
    private enum Thinking {
        case budget(Int)
        case adaptive(effort: String)
        case nova(effort: String)
        case named(String, effort: String)
    }

    /// A budget that Claude does not accept less of. Units: tokens.
    private static let smallestBudget = 1_024

    private let model: BedrockModel
    private var thinking: Thinking?
    private var topK: String?

    /// Whether a Claude model is asked to think, which excludes other parameters.
    var thinks: Bool { model.family == .claude && thinking != nil }

    init(
        _ parameters: inout ChatParameters, model: BedrockModel, limit: Int?, forcesTool: Bool,
        history: [ChatMessage], losses: inout LossReport
    ) throws(APIError) {
        self.model = model
        if let effort = try parameters.takeText("reasoning_effort"), effort != "none" {
            thinking = thinking(effort, limit: limit)
            if thinks && (forcesTool || needsEarlierThoughts(history)) { thinking = nil }
            if thinking == nil { losses.add("reasoning_effort") }
        }
        topK = try parameters.takeNumber("top_k")
        // Where the name of a model says nothing, it is not known how it calls this.
        if topK != nil, thinks || model.family == .unknown || model.family == .older {
            topK = nil
            losses.add("top_k")
        }
    }

    private func thinking(_ effort: String, limit: Int?) -> Thinking? {
        switch model.family {
        case .claude where model.thinksAdaptively:
            return .adaptive(effort: effort == "minimal" ? "low" : effort)
        case .claude where model.canThink:
            let wanted =
                switch effort {
                case "minimal": Self.smallestBudget
                case "low": 2_048
                case "high": 16_384
                case "xhigh": 32_768
                default: 8_192
                }
            guard let limit else { return .budget(wanted) }
            // The answer needs room beside the thoughts.
            guard limit > Self.smallestBudget else { return nil }
            return .budget(max(Self.smallestBudget, min(wanted, limit / 2)))
        case .nova where model.version.major >= 2:
            return .nova(effort: effort == "minimal" ? "low" : effort == "xhigh" ? "high" : effort)
        case .gptOSS: return .named("reasoning_effort", effort: effort)
        case .qwen: return .named("reasoning_config", effort: effort)
        case .claude, .nova, .older, .unknown: return nil
        }
    }

    /// A Claude with a budget goes on thinking in the midst of calls only where it is given back
    /// what it thought before them.
    private func needsEarlierThoughts(_ history: [ChatMessage]) -> Bool {
        guard !model.thinksAdaptively,
            let call = history.last(where: { $0.role == .assistant }), !call.toolCalls.isEmpty,
            let last = history.last, last.role == .tool || last.role == .function
        else { return false }
        return BedrockMessages.thoughts(of: call, model: model).isEmpty
    }

    func write(to writer: inout JSONWriter) {
        guard thinking != nil || topK != nil else { return }
        writer.key("additionalModelRequestFields")
        writer.beginObject()
        if let thinking { Self.write(thinking, to: &writer) }
        if let topK {
            if model.family == .nova {
                writer.key("inferenceConfig")
                writer.beginObject()
                writer.key("topK")
                writer.decimal(topK)
                writer.endObject()
            } else {
                writer.key("top_k")
                writer.decimal(topK)
            }
        }
        writer.endObject()
    }

    private static func write(_ thinking: Thinking, to writer: inout JSONWriter) {
        switch thinking {
        case .budget(let tokens):
            writer.key("thinking")
            writer.beginObject()
            writer.member("type", "enabled")
            writer.member("budget_tokens", tokens)
            writer.endObject()
        case .adaptive(let effort):
            writer.key("thinking")
            writer.beginObject()
            writer.member("type", "adaptive")
            writer.endObject()
            writer.key("output_config")
            writer.beginObject()
            writer.member("effort", effort)
            writer.endObject()
        case .nova(let effort):
            writer.key("reasoningConfig")
            writer.beginObject()
            writer.member("type", "enabled")
            writer.member("maxReasoningEffort", effort)
            writer.endObject()
        case .named(let name, let effort): writer.member(name, effort)
        }
    }
}
