// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// A chat request as the body of `POST /v1/messages`.
///
/// Rules:
///  1. `max_tokens`, which the API demands, is the client's or `AnthropicModel.outputLimit`.
///  2. `temperature` ends at 1 here and at 2 with OpenAI: more is sent as 1, and reported.
///  3. What samples (`temperature`, `top_p`, `top_k`) is dropped and reported where the model, its
///     thinking or the other of them does not take it.
struct AnthropicRequest {
    private let call: ChatRequest
    private let target: DialectTarget
    private let model: AnthropicModel
    /// What a cloud that hosts the model wants in the body in the place of its name.
    private let hostedVersion: String?
    private var parameters: ChatParameters
    private var losses: LossReport
    private var writer = JSONWriter()

    /// The body, and what it leaves out. Throws: a 400 that names what may not be left out.
    ///
    /// - Parameter hostedVersion: `anthropic_version`, where another company serves the model, names
    ///   it in the path, and sells no service tiers of Anthropic's.
    static func body(
        _ call: ChatRequest, to target: DialectTarget, hostedVersion: String? = nil
    ) throws(APIError) -> (bytes: [UInt8], dropped: [String]) {
        var losses = LossReport()
        let conversation = try ChatConversation(call, losses: &losses)
        let messages = try AnthropicMessages(conversation.messages, losses: &losses)
        var request = AnthropicRequest(
            call, target, conversation.parameters, losses, hostedVersion)
        try request.write(messages)
        request.parameters.reportUntaken(to: &request.losses)
        try request.losses.check(isStrict: target.isStrict, vendor: target.vendor.name)
        return (request.writer.bytes, request.losses.names)
    }

    private init(
        _ call: ChatRequest, _ target: DialectTarget, _ parameters: ChatParameters,
        _ losses: LossReport, _ hostedVersion: String?
    ) {
        self.call = call
        self.target = target
        self.parameters = parameters
        self.losses = losses
        self.hostedVersion = hostedVersion
        model = AnthropicModel(target.model)
    }

    private mutating func write(_ messages: AnthropicMessages) throws(APIError) {
        try refuseWhatCannotBe()
        let limit = try parameters.takeOutputLimit()
        let tools = try AnthropicTools(&parameters, model: model, losses: &losses)
        let thinking = try AnthropicThinking(
            &parameters, model: model, limit: limit,
            isExcluded: tools.isForced || messages.lacksThinkingBehindCalls, losses: &losses)
        writer.beginObject()
        if let hostedVersion {
            writer.member("anthropic_version", hostedVersion)
        } else {
            writer.member("model", target.model)
        }
        writer.member("max_tokens", limit ?? defaultLimit(thinking))
        if let marker = parameters.take("cache_control") {
            writer.key("cache_control")
            writer.raw(marker)
        }
        if !messages.system.isEmpty {
            writer.key("system")
            AnthropicBlock.write(messages.system, to: &writer)
        }
        writer.key("messages")
        writer.beginArray()
        for turn in messages.turns {
            writer.beginObject()
            writer.member("role", turn.isAssistant ? "assistant" : "user")
            writer.key("content")
            AnthropicBlock.write(turn.blocks, to: &writer)
            writer.endObject()
        }
        writer.endArray()
        tools.write(to: &writer)
        writeOutput(tools, thinking)
        try writeSampling(isThinking: thinking.isOn)
        try writeStop()
        try writeUser()
        if hostedVersion == nil { writeServiceTier() }
        if call.isStream {
            writer.key("stream")
            writer.bool(true)
        }
        writer.endObject()
    }

    /// A budget beyond what answers usually have comes on top of it.
    private func defaultLimit(_ thinking: AnthropicThinking) -> Int {
        let limit = model.outputLimit
        guard let budget = thinking.budget, budget >= limit else { return limit }
        return budget.addingReportingOverflow(limit).partialValue
    }

    /// Several answers to one question, and spoken ones, are nothing that can be left out.
    private mutating func refuseWhatCannotBe() throws(APIError) {
        try parameters.takeOneTextChoice(vendor: "Anthropic")
        if parameters.peek("audio") != nil {
            throw .unsupportedParameter("audio", "Anthropic's models do not speak")
        }
    }

    private mutating func writeOutput(_ tools: AnthropicTools, _ thinking: AnthropicThinking) {
        if let object = thinking.object {
            writer.key("thinking")
            writer.raw(object)
        }
        if thinking.effort == nil && tools.outputSchema == nil { return }
        writer.key("output_config")
        writer.beginObject()
        if let effort = thinking.effort { writer.member("effort", effort) }
        if let schema = tools.outputSchema {
            writer.key("format")
            writer.beginObject()
            writer.member("type", "json_schema")
            writer.key("schema")
            writer.raw(schema)
            writer.endObject()
        }
        writer.endObject()
    }

    private mutating func writeSampling(isThinking: Bool) throws(APIError) {
        let isFree = model.takesSampling && !isThinking
        var hasTemperature = false
        if let text = try parameters.takeNumber("temperature"), !isOne(text) || isFree {
            if isFree {
                let isTooHot = (Double(text) ?? 0) > 1
                if isTooHot { losses.add("temperature") }
                writeNumber("temperature", isTooHot ? "1" : text)
                hasTemperature = !isOne(text)
            } else {
                losses.add("temperature")
            }
        }
        if let text = try parameters.takeNumber("top_p"), !isOne(text) {
            if isFree && (!hasTemperature || model.takesBothSamplings) {
                writeNumber("top_p", text)
            } else {
                losses.add("top_p")
            }
        }
        if let text = try parameters.takeNumber("top_k") {
            if isFree { writeNumber("top_k", text) } else { losses.add("top_k") }
        }
    }

    private func isOne(_ text: String) -> Bool { Double(text) == 1 }

    private mutating func writeNumber(_ name: String, _ text: String) {
        writer.key(name)
        writer.decimal(text)
    }

    /// The API refuses sequences of nothing but white space.
    private mutating func writeStop() throws(APIError) {
        let all = try parameters.takeStop()
        let texts = all.filter { !$0.allSatisfy(\.isWhitespace) }
        if texts.count < all.count { losses.add("stop") }
        if texts.isEmpty { return }
        writer.key("stop_sequences")
        writer.beginArray()
        for text in texts { writer.string(text) }
        writer.endArray()
    }

    /// `user`, its newer name `safety_identifier`, or Anthropic's own `metadata.user_id`.
    private mutating func writeUser() throws(APIError) {
        let metadata = parameters.take("metadata")
        var id = metadata?["user_id"]?.string
        if metadata?.members.contains(where: { $0.key != "user_id" || id == nil }) == true {
            losses.add("metadata")
        }
        for name in ["safety_identifier", "user"] {
            var rest = parameters
            guard let text = try rest.takeText(name) else { continue }
            // Another id than the one that is sent stays, and so is reported.
            if id == nil || id == text { (id, parameters) = (text, rest) }
        }
        guard let id else { return }
        writer.key("metadata")
        writer.beginObject()
        writer.member("user_id", id)
        writer.endObject()
    }

    /// `default` is OpenAI's word for what is not bought ahead; other tiers are not on offer.
    private mutating func writeServiceTier() {
        switch parameters.peek("service_tier")?.string {
        case "auto": writer.member("service_tier", "auto")
        case "default", "standard_only": writer.member("service_tier", "standard_only")
        default: return
        }
        _ = parameters.take("service_tier")
    }
}
