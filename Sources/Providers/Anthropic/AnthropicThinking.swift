// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// How a model is asked to think.
///
/// Rules:
///  1. A `thinking` object of the client's goes as it is, but for members that the API does not
///     know. One that sets no budget, as DeepSeek's and Z.ai's clients send it, is a medium effort.
///  2. `reasoning_effort` is a budget for models that take one, and `adaptive` with an effort for
///     those since Claude 4.6. OpenAI's `minimal` is the lowest that there is.
///  3. An effort is a wish: where the request demands what excludes thinking (a tool that must be
///     called, too small a limit, calls whose thinking was not given back), it is dropped and
///     reported.
struct AnthropicThinking {
    /// What goes into `thinking`, as JSON.
    private(set) var object: [UInt8]?
    /// What goes into `output_config.effort`.
    private(set) var effort: String?
    /// Units: tokens of the output limit that are for thinking; nil where none are set apart.
    private(set) var budget: Int?

    /// Whether the model is asked to think.
    var isOn: Bool { object != nil && !isOff }
    private var isOff = false

    /// The least budget that the API takes.
    private static let leastBudget = 1_024

    /// - Parameters:
    ///   - limit: the client's limit on output tokens.
    ///   - isExcluded: whether the request demands what thinking makes impossible.
    init(
        _ parameters: inout ChatParameters, model: AnthropicModel, limit: Int?, isExcluded: Bool,
        losses: inout LossReport
    ) throws(APIError) {
        var effort = try parameters.takeText("reasoning_effort")
        let thinking = parameters.take("thinking")
        if let thinking {
            guard thinking.kind == .object else {
                throw .invalid("thinking", code: "invalid_type", "thinking is not an object.")
            }
            object = Self.known(of: thinking, losses: &losses)
        }
        if let thinking, thinking["type"]?.string == "enabled",
            thinking["budget_tokens"]?.isNull ?? true
        {
            object = nil
            if effort == "none" {
                losses.add("thinking")
            } else if let display = thinking["display"], !display.isNull {
                losses.add("thinking.display")
            }
            effort = effort ?? "medium"
        } else if let thinking {
            isOff = thinking["type"]?.string == "disabled"
            budget = thinking["budget_tokens"]?.integer
            if let effort {
                if model.thinksAdaptively { self.effort = try Self.level(effort) }
                if self.effort == nil { losses.add("reasoning_effort") }
            }
            return
        }
        guard let effort, let level = try Self.level(effort) else {
            if effort != nil { takeNone(model, &losses) }
            return
        }
        guard model.canThink, !isExcluded else {
            Self.lose(parameters, &losses)
            return
        }
        if model.thinksAdaptively {
            object = Array(#"{"type":"adaptive"}"#.utf8)
            self.effort = level
            return
        }
        // What is left of a limit has to hold the answer.
        let wanted = Self.budget(level)
        let budget = limit.map { min(wanted, $0 / 2) } ?? wanted
        guard budget >= Self.leastBudget else {
            Self.lose(parameters, &losses)
            return
        }
        self.budget = budget
        object = Array(#"{"type":"enabled","budget_tokens":\#(budget)}"#.utf8)
    }

    /// Reports what asked for thinking.
    private static func lose(_ parameters: ChatParameters, _ losses: inout LossReport) {
        for name in ["thinking", "reasoning_effort"] where parameters.peek(name) != nil {
            losses.add(name)
        }
    }

    /// The members that the API knows, as JSON.
    private static func known(of thinking: JSONValue, losses: inout LossReport) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in thinking.members where !value.isNull {
            switch name {
            case "type", "budget_tokens", "display": writer.member(name, raw: value)
            default: losses.add("thinking.\(name)")
            }
        }
        writer.endObject()
        return writer.bytes
    }

    /// `none`: models do not think unasked before Claude 5; later ones take no word for it that is
    /// safe to send to each, so that the lowest effort is the nearest.
    private mutating func takeNone(_ model: AnthropicModel, _ losses: inout LossReport) {
        guard model.thinksUnasked else { return }
        effort = "low"
        losses.add("reasoning_effort")
    }

    /// The effort in the API's words; nil for `none`.
    private static func level(_ effort: String) throws(APIError) -> String? {
        switch effort {
        case "none": return nil
        case "minimal": return "low"
        case "low", "medium", "high", "xhigh", "max": return effort
        default:
            throw .invalid(
                "reasoning_effort",
                "reasoning_effort is none of none, minimal, low, medium, high, xhigh and max.")
        }
    }

    private static func budget(_ level: String) -> Int {
        switch level {
        case "low": 2_048
        case "medium": 8_192
        case "high": 16_384
        default: 24_576
        }
    }
}
