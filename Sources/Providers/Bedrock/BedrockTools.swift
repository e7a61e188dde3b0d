// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Tools, which of them is to be called, and the form of the answer: for Converse one matter.
struct BedrockTools {
    private enum Choice { case any, auto, tool(String) }

    private var tools: [ChatTool] = []
    private var choice: Choice?
    /// The schema of the tool whose input is the answer.
    private var answerSchema: JSONValue??
    private var outputFormat: (name: String, description: String?, schema: JSONValue?)?
    /// Functions that were called before but are not offered any more.
    private var formerNames: [String] = []

    /// Whether the model has to call a tool, which excludes that it thinks before.
    var forcesTool: Bool {
        switch choice {
        case .any, .tool: true
        case .auto, nil: false
        }
    }

    init(
        _ conversation: inout ChatConversation, model: BedrockModel, losses: inout LossReport
    ) throws(APIError) {
        tools = try conversation.parameters.takeTools()
        let wanted = try conversation.parameters.takeToolChoice()
        let format = try conversation.parameters.takeResponseFormat()
        let called = conversation.messages.flatMap(\.toolCalls).map(\.name)
        switch wanted {
        case nil: break
        case .auto: choice = tools.isEmpty ? nil : .auto
        case .required: choice = .any
        case .function(let name): choice = .tool(name)
        case ToolChoice.none?:
            // Converse has no such choice: without tools none is called. But a conversation in
            // which some were called needs them.
            if called.isEmpty { tools = [] } else if !tools.isEmpty { losses.add("tool_choice") }
        }
        if forcesTool && tools.isEmpty {
            throw .invalid("tool_choice", "tool_choice wants a call, but tools is empty.")
        }
        take(format, model: model)
        if tools.isEmpty {
            for name in called where !formerNames.contains(name) { formerNames.append(name) }
        }
    }

    private mutating func take(_ format: ResponseFormat, model: BedrockModel) {
        switch format {
        case .text: return
        case .jsonSchema(let name, let description, let schema, _) where model.takesOutputConfig:
            outputFormat = (name, description, schema)
        case .jsonObject: answerSchema = .some(nil)
        case .jsonSchema(_, _, let schema, _): answerSchema = .some(schema)
        }
        guard answerSchema != nil else { return }
        switch choice {
        case nil where tools.isEmpty, .auto where tools.isEmpty:
            choice = .tool(AnswerTool.name)
        case nil, .auto: choice = .any
        case .any, .tool:
            // A call is wanted, not an answer: there is nothing whose form could matter.
            answerSchema = nil
        }
    }

    func write(to writer: inout JSONWriter) {
        writeTools(to: &writer)
        guard let outputFormat else { return }
        writer.key("outputConfig")
        writer.beginObject()
        writer.key("textFormat")
        writer.beginObject()
        writer.member("type", "json_schema")
        writer.key("structure")
        writer.beginObject()
        writer.key("jsonSchema")
        writer.beginObject()
        writer.member("name", outputFormat.name)
        if let text = outputFormat.description { writer.member("description", text) }
        writer.member("schema", outputFormat.schema?.text ?? #"{"type":"object"}"#)
        writer.endObject()
        writer.endObject()
        writer.endObject()
        writer.endObject()
    }

    private func writeTools(to writer: inout JSONWriter) {
        guard !tools.isEmpty || answerSchema != nil || !formerNames.isEmpty else { return }
        writer.key("toolConfig")
        writer.beginObject()
        writer.key("tools")
        writer.beginArray()
        for tool in tools {
            Self.write(
                tool.name, tool.description, tool.parameters, isStrict: tool.isStrict, to: &writer)
            if let control = tool.cacheControl { writer.writeCachePoint(control) }
        }
        if let answerSchema {
            Self.write(
                AnswerTool.name, "Gives the final answer, in this form.", answerSchema,
                isStrict: false, to: &writer)
        }
        for name in formerNames {
            Self.write(
                name, "Not available any more: do not call it.", nil, isStrict: false, to: &writer)
        }
        writer.endArray()
        writeChoice(to: &writer)
        writer.endObject()
    }

    private func writeChoice(to writer: inout JSONWriter) {
        guard let choice else { return }
        writer.key("toolChoice")
        writer.beginObject()
        switch choice {
        case .auto: writer.key("auto")
        case .any: writer.key("any")
        case .tool: writer.key("tool")
        }
        writer.beginObject()
        if case .tool(let name) = choice { writer.member("name", name) }
        writer.endObject()
        writer.endObject()
    }

    private static func write(
        _ name: String, _ description: String?, _ schema: JSONValue?, isStrict: Bool,
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("toolSpec")
        writer.beginObject()
        writer.member("name", name)
        // An empty one is refused.
        if let description, !description.isEmpty { writer.member("description", description) }
        writer.key("inputSchema")
        writer.beginObject()
        writer.key("json")
        if let schema {
            writer.raw(schema)
        } else {
            writer.beginObject()
            writer.member("type", "object")
            writer.endObject()
        }
        writer.endObject()
        if isStrict {
            writer.key("strict")
            writer.bool(true)
        }
        writer.endObject()
        writer.endObject()
    }
}

extension JSONWriter {
    /// Writes the marker up to which the prompt may be cached, as the next element.
    mutating func writeCachePoint(_ control: CacheControl) {
        beginObject()
        key("cachePoint")
        beginObject()
        member("type", "default")
        if let time = control.timeToLive { member("ttl", time) }
        endObject()
        endObject()
    }
}
