// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// A chat request as Converse takes it.
///
/// Rules:
///  1. Instructions, wherever they stand, are `system`; the rest alternates between two roles.
///  2. What Converse has no name for but a family of models does goes to
///     `additionalModelRequestFields`; where the family is not known it is lost, and said.
///  3. A schema that a model cannot keep to by itself is the input of a tool that it has to call;
///     the answer is unwrapped again by the tool's name.
struct BedrockRequest {
    private let target: DialectTarget
    private let model: BedrockModel
    private var conversation: ChatConversation
    private var losses: LossReport
    private var writer = JSONWriter()

    /// Throws: a 400 that names a parameter which cannot be expressed and may not be dropped.
    static func make(
        _ call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        let segment = try ModelPath.segment(target.model)
        var losses = LossReport()
        let conversation = try ChatConversation(call, losses: &losses)
        var request = BedrockRequest(
            target: target, model: BedrockModel(target.model), conversation: conversation,
            losses: losses)
        let body = try request.body()
        let operation = call.isStream ? "converse-stream" : "converse"
        let message = target.message(
            "/model/\(segment)/\(operation)", body, isStream: call.isStream)
        return OutgoingRequest(message, dropped: request.losses.names)
    }

    private init(
        target: DialectTarget, model: BedrockModel, conversation: ChatConversation,
        losses: LossReport
    ) {
        self.target = target
        self.model = model
        self.conversation = conversation
        self.losses = losses
    }

    private mutating func body() throws(APIError) -> [UInt8] {
        try conversation.parameters.takeOneTextChoice(vendor: target.vendor.name)
        let tools = try BedrockTools(&conversation, model: model, losses: &losses)
        var messages = BedrockMessages(model: model)
        writer.beginObject()
        try messages.write(conversation.messages, to: &writer, losses: &losses)
        let limit = try conversation.parameters.takeOutputLimit()
        let fields = try BedrockModelFields(
            &conversation.parameters, model: model, limit: limit, forcesTool: tools.forcesTool,
            history: conversation.messages, losses: &losses)
        try writeInference(limit: limit, fields)
        tools.write(to: &writer)
        fields.write(to: &writer)
        try writeMetadata()
        try writeTier()
        for name in ["guardrailConfig", "performanceConfig"] {
            guard let value = conversation.parameters.take(name) else { continue }
            writer.key(name)
            writer.raw(value)
        }
        writer.endObject()
        conversation.parameters.reportUntaken(to: &losses)
        try losses.check(isStrict: target.isStrict, vendor: target.vendor.name)
        return writer.bytes
    }

    private mutating func writeInference(
        limit: Int?, _ fields: BedrockModelFields
    ) throws(APIError) {
        let temperature = try conversation.parameters.takeNumber("temperature")
        let topP = try conversation.parameters.takeNumber("top_p")
        let stop = try conversation.parameters.takeStop()
        guard limit != nil || temperature != nil || topP != nil || !stop.isEmpty else { return }
        writer.key("inferenceConfig")
        writer.beginObject()
        if let limit { writer.member("maxTokens", limit) }
        if let temperature {
            // A Claude that thinks refuses any other temperature.
            if fields.thinks && Double(temperature) != 1 {
                losses.add("temperature")
            } else {
                writer.key("temperature")
                writer.decimal(temperature)
            }
        }
        if let topP {
            writer.key("topP")
            writer.decimal(topP)
        }
        if !stop.isEmpty {
            writer.key("stopSequences")
            writer.beginArray()
            for text in stop { writer.string(text) }
            writer.endArray()
        }
        writer.endObject()
    }

    private mutating func writeMetadata() throws(APIError) {
        guard let metadata = conversation.parameters.take("metadata") else { return }
        guard metadata.kind == .object, metadata.members.allSatisfy({ $0.value.string != nil })
        else {
            throw .invalid(
                "metadata", code: "invalid_type", "metadata is not an object of strings.")
        }
        guard !metadata.members.isEmpty else { return }
        writer.key("requestMetadata")
        writer.raw(metadata)
    }

    private mutating func writeTier() throws(APIError) {
        guard let tier = try conversation.parameters.takeText("service_tier") else { return }
        switch tier {
        case "auto": break
        case "default", "flex", "priority", "reserved":
            writer.key("serviceTier")
            writer.beginObject()
            writer.member("type", tier)
            writer.endObject()
        default: losses.add("service_tier")
        }
    }
}
