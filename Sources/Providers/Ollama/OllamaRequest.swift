// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// A chat request as Ollama is sent it.
///
/// Ollama's own parameters (`keep_alive`, `think`, `options`) pass as they are where a client sends
/// them; of `options`, what OpenAI has a name for too gives way to that.
struct OllamaRequest {
    private var parameters: ChatParameters
    private var losses: LossReport
    private var writer = JSONWriter()

    /// Throws: a 400 that names what cannot be said to Ollama.
    static func make(
        _ call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        var losses = LossReport()
        let conversation = try ChatConversation(call, losses: &losses)
        var request = OllamaRequest(parameters: conversation.parameters, losses: losses)
        request.writer.beginObject()
        request.writer.member("model", target.model)
        request.writer.key("stream")
        request.writer.bool(call.isStream)
        request.writer.key("messages")
        try OllamaMessages.write(conversation, to: &request.writer, losses: &request.losses)
        try request.writeTools(in: conversation, vendor: target.vendor.name)
        try request.writeFormat()
        try request.writeThinking()
        try request.writeLogprobs()
        try OllamaOptions.write(&request.parameters, to: &request.writer)
        request.writer.member("keep_alive", raw: request.parameters.take("keep_alive"))
        try request.parameters.takeOneTextChoice(vendor: target.vendor.name)
        request.writer.endObject()
        request.parameters.reportUntaken(to: &request.losses)
        try request.losses.check(isStrict: target.isStrict, vendor: target.vendor.name)
        return OutgoingRequest(
            target.message("/api/chat", request.writer.bytes, isStream: call.isStream),
            dropped: request.losses.names)
    }

    private init(parameters: ChatParameters, losses: LossReport) {
        self.parameters = parameters
        self.losses = losses
    }

    /// Ollama cannot be made to call: that is refused. That it must not call is said by no tools.
    private mutating func writeTools(
        in conversation: ChatConversation, vendor: String
    ) throws(APIError) {
        let tools = try parameters.takeTools()
        conversation.reportCacheMarkers(on: tools, to: &losses)
        switch try parameters.takeToolChoice() {
        case .required, .function:
            throw .unsupported(
                "tool_choice", "\(vendor) cannot be made to call a function: leave it to the model."
            )
        case ToolChoice.none?: return
        case .auto, nil: break
        }
        guard !tools.isEmpty else { return }
        if tools.contains(where: \.isStrict) { losses.add("tools[].function.strict") }
        writer.key("tools")
        writer.beginArray()
        for tool in tools { writer.writeFunctionTool(tool) }
        writer.endArray()
    }

    private mutating func writeFormat() throws(APIError) {
        switch try parameters.takeResponseFormat() {
        case .text: break
        case .jsonObject: writer.member("format", "json")
        case .jsonSchema(_, let description, let schema, _):
            let schema = try schema.requiredSchema()
            if description != nil { losses.add("response_format.json_schema.description") }
            writer.member("format", raw: schema)
        }
    }

    private mutating func writeThinking() throws(APIError) {
        let own = parameters.take("think")
        guard let effort = try parameters.takeText("reasoning_effort"), own == nil else {
            return writer.member("think", raw: own)
        }
        writer.key("think")
        switch effort {
        case "none": writer.bool(false)
        case "minimal", "low": writer.string("low")
        case "medium", "high": writer.string(effort)
        case "xhigh", "max": writer.string("max")
        default:
            throw .invalid(
                "reasoning_effort",
                "reasoning_effort is none of none, minimal, low, medium, high and xhigh.")
        }
    }

    private mutating func writeLogprobs() throws(APIError) {
        guard try parameters.takeFlag("logprobs") == true else { return }
        writer.key("logprobs")
        writer.bool(true)
        if let count = try parameters.takeInteger("top_logprobs") {
            writer.member("top_logprobs", count)
        }
    }
}
