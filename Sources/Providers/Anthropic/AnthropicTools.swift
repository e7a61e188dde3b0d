// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// The tools of a request, which of them must be called, and the form that the answer must have.
struct AnthropicTools {
    private var tools: [ChatTool]
    /// The web search that the provider runs, as JSON.
    private var webSearch: [UInt8]?
    private var choice: ToolChoice?
    private var isSerial: Bool
    /// The schema of the answer, as `output_config.format` has it.
    private(set) var outputSchema: JSONValue?
    /// The schema of the answer, as the arguments of `AnswerTool`.
    private var answerSchema: [UInt8]?

    /// Whether some tool has to be called, which excludes thinking.
    var isForced: Bool {
        if answerSchema != nil { return true }
        switch choice {
        case .required, .function: return !tools.isEmpty
        default: return false
        }
    }

    init(
        _ parameters: inout ChatParameters, model: AnthropicModel, losses: inout LossReport
    ) throws(APIError) {
        tools = try parameters.takeTools()
        choice = try parameters.takeToolChoice()
        isSerial = try parameters.takeFlag("parallel_tool_calls") == false
        if let options = parameters.take("web_search_options") {
            webSearch = Self.webSearch(options, &losses)
        }
        switch try parameters.takeResponseFormat() {
        case .text: break
        case .jsonObject: answerSchema = Array(#"{"type":"object"}"#.utf8)
        case .jsonSchema(_, let description, let schema, _):
            let schema = try schema.requiredSchema()
            if description != nil { losses.add("response_format.json_schema.description") }
            if model.takesOutputFormat {
                outputSchema = schema
            } else {
                answerSchema = Self.inputSchema(schema)
            }
        }
        if tools.isEmpty, case .function(let name) = choice {
            throw .invalid("tool_choice", "tool_choice names \(name), which tools does not have.")
        }
        if answerSchema != nil, case .function = choice {
            throw .invalid(
                "response_format", code: "unsupported_parameter",
                "This model is made to answer in JSON by a tool of the gateway, so that "
                    + "tool_choice cannot name another.")
        }
    }

    /// Writes `tools` and `tool_choice`, where there are any.
    func write(to writer: inout JSONWriter) {
        if tools.isEmpty && webSearch == nil && answerSchema == nil { return }
        writer.key("tools")
        writer.beginArray()
        for tool in tools { Self.write(tool, to: &writer) }
        if let webSearch { writer.raw(webSearch) }
        if let answerSchema {
            writer.beginObject()
            writer.member("name", AnswerTool.name)
            writer.member("description", "Gives the final answer. Its input is the answer itself.")
            writer.key("input_schema")
            writer.raw(answerSchema)
            writer.endObject()
        }
        writer.endArray()
        writeChoice(to: &writer)
    }

    private func writeChoice(to writer: inout JSONWriter) {
        let type: String
        var name: String?
        let othersMayBeCalled = !tools.isEmpty && choice != ToolChoice.none
        if answerSchema != nil {
            // With tools of the client's, the model calls one of them or answers.
            type = othersMayBeCalled || webSearch != nil ? "any" : "tool"
            if type == "tool" { name = AnswerTool.name }
        } else {
            switch choice {
            case nil where !isSerial: return
            case nil, .auto: type = "auto"
            case .some(.none): type = "none"
            case .required: type = "any"
            case .function(let function):
                type = "tool"
                name = function
            }
        }
        writer.key("tool_choice")
        writer.beginObject()
        writer.member("type", type)
        if let name { writer.member("name", name) }
        if isSerial && type != "none" {
            writer.key("disable_parallel_tool_use")
            writer.bool(true)
        }
        writer.endObject()
    }

    private static func write(_ tool: ChatTool, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", tool.name)
        if let description = tool.description { writer.member("description", description) }
        writer.key("input_schema")
        writer.raw(inputSchema(tool.parameters))
        if tool.isStrict {
            writer.key("strict")
            writer.bool(true)
        }
        if let cacheControl = tool.cacheControl { writer.write(cacheControl) }
        writer.endObject()
    }

    /// A schema whose root says that it is an object, which the API wants to read.
    private static func inputSchema(_ schema: JSONValue?) -> [UInt8] {
        guard let schema else { return Array(#"{"type":"object","properties":{}}"#.utf8) }
        if schema["type"] != nil { return Array(schema.text.utf8) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", "object")
        for (key, value) in schema.members {
            writer.key(key)
            writer.raw(value)
        }
        writer.endObject()
        return writer.bytes
    }

    /// Source: OpenAI's `web_search_options`; the place is inside of `approximate`.
    private static func webSearch(_ options: JSONValue, _ losses: inout LossReport) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", "web_search_20250305")
        writer.member("name", "web_search")
        for (name, value) in options.members where !value.isNull {
            guard name == "user_location" else {
                if value.string != "medium" { losses.add("web_search_options.\(name)") }
                continue
            }
            writer.key("user_location")
            writer.beginObject()
            writer.member("type", "approximate")
            for key in ["city", "region", "country", "timezone"] {
                let text = (value["approximate"] ?? value)[key]?.string
                if let text { writer.member(key, text) }
            }
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }
}
