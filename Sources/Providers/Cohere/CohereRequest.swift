// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// A chat request as Cohere is sent it.
///
/// Cohere's own parameters (`documents`, `citation_options`, `safety_mode`, `strict_tools`,
/// `priority`, `thinking`, `k`) pass as they are where a client sends them.
struct CohereRequest {
    private var parameters: ChatParameters
    private let messages: [ChatMessage]
    private var losses: LossReport
    private var writer = JSONWriter()

    /// Throws: a 400 that names what cannot be said to Cohere.
    static func make(
        _ call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        var losses = LossReport()
        let conversation = try ChatConversation(call, losses: &losses)
        var request = CohereRequest(conversation, losses)
        request.writer.beginObject()
        request.writer.member("model", target.model)
        request.writer.key("stream")
        request.writer.bool(call.isStream)
        try request.writeMessages()
        try request.writeTools(in: conversation)
        try request.writeSampling()
        try request.writeFormat()
        try request.writeThinking()
        try request.writeOwnParameters(vendor: target.vendor.name)
        request.writer.endObject()
        request.parameters.reportUntaken(to: &request.losses)
        try request.losses.check(isStrict: target.isStrict, vendor: target.vendor.name)
        return OutgoingRequest(
            target.message("/v2/chat", request.writer.bytes, isStream: call.isStream),
            dropped: request.losses.names)
    }

    private init(_ conversation: ChatConversation, _ losses: LossReport) {
        parameters = conversation.parameters
        messages = conversation.messages
        self.losses = losses
    }

    private mutating func writeMessages() throws(APIError) {
        writer.key("messages")
        writer.beginArray()
        for message in messages {
            try CohereMessages.write(message, to: &writer, losses: &losses)
        }
        writer.endArray()
    }

    /// Cohere has no way to name the function that must be called: the request then has that one
    /// only, and one must be called.
    private mutating func writeTools(in conversation: ChatConversation) throws(APIError) {
        var tools = try parameters.takeTools()
        let choice = try parameters.takeToolChoice()
        if case .function(let name) = choice {
            tools.removeAll { $0.name != name }
            guard !tools.isEmpty else {
                throw .invalid("tool_choice", "tool_choice names \(name), which is not in tools.")
            }
        }
        conversation.reportCacheMarkers(on: tools, to: &losses)
        guard !tools.isEmpty else {
            if choice == .required {
                throw .invalid("tool_choice", "tool_choice is required, but there are no tools.")
            }
            return
        }
        writer.key("tools")
        writer.beginArray()
        for tool in tools { writer.writeFunctionTool(tool) }
        writer.endArray()
        switch choice {
        case .required, .function: writer.member("tool_choice", "REQUIRED")
        case ToolChoice.none?: writer.member("tool_choice", "NONE")
        case .auto, nil: break
        }
        writeStrictness(of: tools)
    }

    /// Strictness is of all tools or of none.
    private mutating func writeStrictness(of tools: [ChatTool]) {
        if let strict = parameters.take("strict_tools") {
            writer.member("strict_tools", raw: strict)
        } else if tools.allSatisfy(\.isStrict) {
            writer.key("strict_tools")
            writer.bool(true)
        } else if tools.contains(where: \.isStrict) {
            losses.add("tools[].function.strict")
        }
    }

    private mutating func writeSampling() throws(APIError) {
        if let limit = try parameters.takeOutputLimit() { writer.member("max_tokens", limit) }
        writer.member("stop_sequences", try parameters.takeStop())
        for name in ["temperature", "seed", "frequency_penalty", "presence_penalty"] {
            writer.member(name, decimalText: try parameters.takeNumber(name))
        }
        writer.member("p", decimalText: try takeTopP())
        writer.member("k", decimalText: try parameters.takeNumber("k", or: "top_k"))
        if try parameters.takeFlag("logprobs") == true {
            writer.key("logprobs")
            writer.bool(true)
        }
    }

    /// Cohere takes 0.01 to 0.99. What is outside becomes the nearest of them and is reported.
    private mutating func takeTopP() throws(APIError) -> String? {
        guard let text = try parameters.takeNumber("top_p", or: "p") else { return nil }
        guard let number = Double(text), !(0.01...0.99).contains(number) else { return text }
        losses.add("top_p")
        return number > 0.5 ? "0.99" : "0.01"
    }

    private mutating func writeFormat() throws(APIError) {
        let format = try parameters.takeResponseFormat()
        if case .text = format { return }
        writer.key("response_format")
        writer.beginObject()
        writer.member("type", "json_object")
        if case .jsonSchema(_, let description, let schema, _) = format {
            let schema = try schema.requiredSchema()
            if description != nil { losses.add("response_format.json_schema.description") }
            writer.member("json_schema", raw: schema)
        }
        writer.endObject()
    }

    /// An effort becomes a budget: it is a wish, and Cohere has no words for it.
    private mutating func writeThinking() throws(APIError) {
        let own = parameters.take("thinking")
        let effort = try parameters.takeText("reasoning_effort")
        guard own != nil || effort != nil else { return }
        var type = "enabled"
        var budget: String?
        if let own {
            type = own["type"]?.string ?? type
            budget = (own["token_budget"] ?? own["budget_tokens"])?.decimalText
        } else {
            switch effort {
            case "none": type = "disabled"
            case "minimal": budget = "512"
            case "low": budget = "2048"
            case "medium": budget = "8192"
            case "high", "xhigh", "max": break
            default:
                throw .invalid(
                    "reasoning_effort",
                    "reasoning_effort is none of none, minimal, low, medium, high and xhigh.")
            }
        }
        writer.key("thinking")
        writer.beginObject()
        writer.member("type", type)
        writer.member("token_budget", decimalText: budget)
        writer.endObject()
    }

    private mutating func writeOwnParameters(vendor: String) throws(APIError) {
        try parameters.takeOneTextChoice(vendor: vendor)
        for name in ["documents", "citation_options", "safety_mode", "priority"] {
            writer.member(name, raw: parameters.take(name))
        }
    }
}

extension JSONWriter {
    /// Writes a function as the next value. One without parameters takes an object without members.
    ///
    /// Shape: `{"type":"function","function":{"name","description","parameters"}}`
    mutating func writeFunctionTool(_ tool: ChatTool) {
        beginObject()
        member("type", "function")
        key("function")
        beginObject()
        member("name", tool.name)
        if let description = tool.description { member("description", description) }
        key("parameters")
        if let parameters = tool.parameters {
            raw(parameters)
        } else {
            raw(Array(#"{"type":"object","properties":{}}"#.utf8))
        }
        endObject()
        endObject()
    }
}
