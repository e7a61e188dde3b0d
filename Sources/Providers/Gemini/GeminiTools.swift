// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Writes `tools` and `toolConfig`.
///
/// Schemas go as `parametersJsonSchema`, which takes JSON Schema; `parameters` knows a part of
/// OpenAPI's only, and refuses every other keyword.
enum GeminiTools {
    /// Throws: a 400 that names a tool or a choice that is none.
    static func write(
        _ parameters: inout ChatParameters, to writer: inout JSONWriter, losses: inout LossReport
    ) throws(APIError) {
        let tools = try parameters.takeTools()
        let choice = try parameters.takeToolChoice()
        let search = parameters.take("web_search_options")
        for (name, value) in search?.members ?? [] where !value.isNull {
            losses.add("web_search_options.\(name)")
        }
        if !tools.isEmpty || search != nil {
            writer.key("tools")
            writer.beginArray()
            if !tools.isEmpty { write(tools, to: &writer, losses: &losses) }
            if search != nil {
                writer.beginObject()
                writer.key("googleSearch")
                writer.beginObject()
                writer.endObject()
                writer.endObject()
            }
            writer.endArray()
        }
        if let choice, !tools.isEmpty { write(choice, to: &writer) }
    }

    private static func write(
        _ tools: [ChatTool], to writer: inout JSONWriter, losses: inout LossReport
    ) {
        writer.beginObject()
        writer.key("functionDeclarations")
        writer.beginArray()
        for tool in tools {
            if tool.isStrict { losses.add("tools[].function.strict") }
            if tool.cacheControl != nil { losses.add("tools[].cache_control") }
            writer.beginObject()
            writer.member("name", tool.name)
            if let description = tool.description { writer.member("description", description) }
            if let schema = tool.parameters {
                writer.key("parametersJsonSchema")
                writer.raw(schema)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    private static func write(_ choice: ToolChoice, to writer: inout JSONWriter) {
        writer.key("toolConfig")
        writer.beginObject()
        writer.key("functionCallingConfig")
        writer.beginObject()
        switch choice {
        case .auto: writer.member("mode", "AUTO")
        case .none: writer.member("mode", "NONE")
        case .required: writer.member("mode", "ANY")
        case .function(let name):
            writer.member("mode", "ANY")
            writer.key("allowedFunctionNames")
            writer.beginArray()
            writer.string(name)
            writer.endArray()
        }
        writer.endObject()
        writer.endObject()
    }
}
