// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Writes `generationConfig`.
enum GeminiGeneration {
    /// Throws: a 400 that names a parameter of the wrong type, or one that cannot be said.
    static func write(
        _ parameters: inout ChatParameters, _ extras: GeminiExtras, model: String,
        to writer: inout JSONWriter, losses: inout LossReport
    ) throws(APIError) {
        var config = JSONWriter()
        config.beginObject()
        if let limit = try parameters.takeOutputLimit() { config.member("maxOutputTokens", limit) }
        for (name, theirs) in numbers {
            guard let text = try parameters.takeNumber(name) else { continue }
            config.key(theirs)
            config.decimal(text)
        }
        if let count = try parameters.takeInteger("n"), count != 1 {
            config.member("candidateCount", count)
        }
        let stops = try parameters.takeStop()
        if !stops.isEmpty { config.strings("stopSequences", stops) }
        try writeLogprobs(&parameters, to: &config)
        try writeFormat(&parameters, to: &config, losses: &losses)
        try writeModalities(&parameters, to: &config)
        try GeminiThinking.write(&parameters, extras, model: model, to: &config)
        config.endObject()
        guard config.bytes.count > 2 else { return }
        writer.key("generationConfig")
        writer.raw(config.bytes)
    }

    private static let numbers = [
        ("temperature", "temperature"), ("top_p", "topP"), ("top_k", "topK"), ("seed", "seed"),
        ("presence_penalty", "presencePenalty"), ("frequency_penalty", "frequencyPenalty"),
    ]

    private static func writeLogprobs(
        _ parameters: inout ChatParameters, to config: inout JSONWriter
    ) throws(APIError) {
        let wanted = try parameters.takeFlag("logprobs") ?? false
        let alternatives = try parameters.takeInteger("top_logprobs")
        guard wanted else { return }
        config.key("responseLogprobs")
        config.bool(true)
        if let alternatives { config.member("logprobs", alternatives) }
    }

    private static func writeFormat(
        _ parameters: inout ChatParameters, to config: inout JSONWriter, losses: inout LossReport
    ) throws(APIError) {
        switch try parameters.takeResponseFormat() {
        case .text: break
        case .jsonObject: config.member("responseMimeType", "application/json")
        case .jsonSchema(_, let description, let schema, _):
            if description != nil { losses.add("response_format.json_schema.description") }
            config.member("responseMimeType", "application/json")
            if let schema, !schema.isNull {
                config.key("responseJsonSchema")
                config.raw(schema)
            }
        }
    }

    /// Sound comes alone: models that speak refuse to write as well.
    private static func writeModalities(
        _ parameters: inout ChatParameters, to config: inout JSONWriter
    ) throws(APIError) {
        let audio = parameters.take("audio")
        let wanted = (parameters.take("modalities")?.elements ?? []).map { $0.string ?? "" }
        for name in wanted where !["text", "image", "audio"].contains(name) {
            throw .invalid(
                "modalities", code: "unsupported_value",
                "modalities can be text, image and audio here.")
        }
        guard wanted.contains("audio") else {
            guard wanted.contains("image") else { return }
            return config.strings("responseModalities", wanted.map { $0.uppercased() })
        }
        if let format = audio?["format"]?.string, format != "pcm16" {
            throw .invalid(
                "audio.format", code: "unsupported_parameter",
                "audio.format can be pcm16 here: the provider gives raw samples.")
        }
        config.strings("responseModalities", ["AUDIO"])
        guard let voice = audio?["voice"]?.string ?? audio?["voice"]?["id"]?.string else { return }
        config.key("speechConfig")
        config.beginObject()
        config.key("voiceConfig")
        config.beginObject()
        config.key("prebuiltVoiceConfig")
        config.beginObject()
        config.member("voiceName", voice)
        config.endObject()
        config.endObject()
        config.endObject()
    }
}

/// Writes `thinkingConfig`: how much a model thinks, and whether it tells.
///
/// Shape: models until 2.5 take a budget of tokens, later ones a level. The budgets are
/// ours: no schema or recording says which effort is how many tokens.
enum GeminiThinking {
    /// Throws: a 400 for an effort that has no name here.
    static func write(
        _ parameters: inout ChatParameters, _ extras: GeminiExtras, model: String,
        to config: inout JSONWriter
    ) throws(APIError) {
        let reasoning = parameters.take("reasoning")
        let ownEffort = try parameters.takeText("reasoning_effort")
        if let given = extras.thinkingConfig {
            config.key("thinkingConfig")
            config.raw(given)
            return
        }
        let isOff = reasoning?["enabled"]?.bool == false
        let effort = isOff ? "none" : ownEffort ?? reasoning?["effort"]?.string
        let budget = reasoning?["max_tokens"]?.integer
        guard effort != nil || budget != nil || reasoning?["enabled"]?.bool == true else { return }
        config.key("thinkingConfig")
        config.beginObject()
        if let budget, !isOff {
            config.member("thinkingBudget", budget)
        } else if let effort {
            try write(effort, model: model, to: &config)
        }
        if effort != "none" {
            config.key("includeThoughts")
            config.bool(reasoning?["exclude"]?.bool != true)
        }
        config.endObject()
    }

    private static func write(
        _ effort: String, model: String, to config: inout JSONWriter
    ) throws(APIError) {
        let levels = [
            "none": ("MINIMAL", 0), "minimal": ("MINIMAL", 1_024), "low": ("LOW", 1_024),
            "medium": ("MEDIUM", 8_192), "high": ("HIGH", 24_576), "xhigh": ("XHIGH", 24_576),
        ]
        guard let (level, budget) = levels[effort] else {
            throw .invalid(
                "reasoning_effort", code: "unsupported_value",
                "reasoning_effort is none of none, minimal, low, medium, high and xhigh.")
        }
        if model.contains("gemini-2") {
            config.member("thinkingBudget", budget)
        } else {
            config.member("thinkingLevel", level)
        }
    }
}

extension JSONWriter {
    /// Writes a member whose value is an array of strings.
    fileprivate mutating func strings(_ name: String, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
