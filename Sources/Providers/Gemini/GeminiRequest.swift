// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// A chat request as a `GenerateContentRequest`.
enum GeminiRequest {
    /// The JSON of the request.
    ///
    /// Throws: a 400 that names what cannot be said and may not be dropped.
    static func body(
        for call: ChatRequest, to target: DialectTarget, losses: inout LossReport
    ) throws(APIError) -> [UInt8] {
        var conversation = try ChatConversation(call, losses: &losses)
        let extras = GeminiExtras(&conversation.parameters, losses: &losses)
        var messages = GeminiMessages(model: target.model)
        for message in conversation.messages { try messages.take(message, losses: &losses) }
        var writer = JSONWriter()
        writer.beginObject()
        try messages.write(to: &writer)
        try GeminiTools.write(&conversation.parameters, to: &writer, losses: &losses)
        try GeminiGeneration.write(
            &conversation.parameters, extras, model: target.model, to: &writer, losses: &losses)
        try writeTier(&conversation.parameters, to: &writer, losses: &losses)
        extras.write(to: &writer)
        writer.endObject()
        conversation.parameters.reportUntaken(to: &losses)
        return writer.bytes
    }

    /// What follows the model's name in the path.
    static func method(isStream: Bool) -> String {
        isStream ? ":streamGenerateContent?alt=sse" : ":generateContent"
    }

    private static func writeTier(
        _ parameters: inout ChatParameters, to writer: inout JSONWriter, losses: inout LossReport
    ) throws(APIError) {
        switch try parameters.takeText("service_tier") {
        case nil, "auto": break
        case "default", "standard": writer.member("serviceTier", "standard")
        case "flex": writer.member("serviceTier", "flex")
        case "priority": writer.member("serviceTier", "priority")
        default: losses.add("service_tier")
        }
    }
}

/// What OpenAI's API has no word for, as Google's own OpenAI API takes it: below
/// `extra_body.google`, or on the top level. Its values pass as they are.
struct GeminiExtras {
    private(set) var thinkingConfig: JSONValue?
    private var safetySettings: JSONValue?
    private var cachedContent: JSONValue?

    init(_ parameters: inout ChatParameters, losses: inout LossReport) {
        let names = ["thinking_config", "safety_settings", "cached_content"]
        for name in names where parameters.peek(name) != nil {
            set(name, parameters.take(name))
        }
        for (name, value) in parameters.take("extra_body")?.members ?? [] {
            guard name == "google" else {
                losses.add("extra_body.\(name)")
                continue
            }
            for (name, value) in value.members where !value.isNull {
                if names.contains(name) {
                    set(name, value)
                } else {
                    losses.add("extra_body.google.\(name)")
                }
            }
        }
    }

    private mutating func set(_ name: String, _ value: JSONValue?) {
        switch name {
        case "thinking_config": thinkingConfig = value
        case "safety_settings": safetySettings = value
        default: cachedContent = value
        }
    }

    /// Writes the members of the request itself.
    func write(to writer: inout JSONWriter) {
        if let safetySettings {
            writer.key("safetySettings")
            writer.raw(safetySettings)
        }
        if let cachedContent {
            writer.key("cachedContent")
            writer.raw(cachedContent)
        }
    }
}
