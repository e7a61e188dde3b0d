// SPDX-License-Identifier: Apache-2.0
package import JSON

/// The top-level parameters of a request, each of which is either taken by a dialect or lost.
///
/// Rules:
///  1. What nobody takes is reported by `reportUntaken`: nothing is dropped without a word.
///  2. `null` is absence. Values that ask for nothing (`n: 1`, `logprobs: false`) are no loss.
package struct ChatParameters: Sendable {
    private struct Parameter {
        let name: String
        let value: JSONValue
        var isTaken: Bool
    }

    /// What every dialect takes by other ways, and what is for the gateway.
    private static let takenElsewhere =
        ["model", "stream", "stream_options"] + RoutingMember.allCases.map(\.rawValue)

    private var parameters: [Parameter]

    /// Parameters of `request`, which is an object, but for what it is about.
    init(_ request: JSONValue, without input: String = "messages") {
        parameters = request.members.map { name, value in
            Parameter(
                name: name, value: value,
                isTaken: name == input || Self.takenElsewhere.contains(name))
        }
    }

    /// Takes a parameter; nil where it is absent or null.
    package mutating func take(_ name: String) -> JSONValue? {
        guard let index = parameters.firstIndex(where: { $0.name == name }) else { return nil }
        parameters[index].isTaken = true
        let value = parameters[index].value
        return value.isNull ? nil : value
    }

    /// Takes a parameter that goes by either of two names, and says by which it came. Where both
    /// are there and differ, the second one stays, and so is reported.
    package mutating func take(
        _ name: String, or other: String
    ) -> (name: String, value: JSONValue)? {
        guard let value = take(name) else { return take(other).map { (other, $0) } }
        if peek(other)?.text == value.text { _ = take(other) }
        return (name, value)
    }

    /// Looks at a parameter without taking it.
    package func peek(_ name: String) -> JSONValue? {
        parameters.first { $0.name == name && !$0.value.isNull }?.value
    }

    /// Leaves a part of a parameter that was taken, so that it is reported by its path.
    package mutating func leave(_ path: String, _ value: JSONValue) {
        parameters.append(Parameter(name: path, value: value, isTaken: false))
    }

    /// Reports all that was not taken and asks for something.
    package func reportUntaken(to losses: inout LossReport) {
        for parameter in parameters where !parameter.isTaken && !parameter.value.isNull {
            if Self.asksForNothing(parameter.name, parameter.value) { continue }
            losses.add(parameter.name)
        }
    }

    /// Whether leaving a parameter out changes nothing.
    package static func asksForNothing(_ name: String, _ value: JSONValue) -> Bool {
        switch name {
        case "n", "best_of": value.integer == 1
        case "echo": value.bool == false
        case "suffix": value.string == ""
        case "presence_penalty", "frequency_penalty":
            value.integer == 0 || value.decimalText == "0.0"
        case "logprobs", "store": value.bool == false
        case "parallel_tool_calls": value.bool == true
        case "logit_bias", "metadata": value.kind == .object && value.members.isEmpty
        case "tools", "functions", "stop": value.kind == .array && value.elements.isEmpty
        case "modalities": value.elements.map(\.string) == ["text"]
        case "service_tier": value.string == "auto" || value.string == "default"
        default: false
        }
    }
}

/// Parameters with a type. Each throws a 400 that names the parameter where the type is another.
extension ChatParameters {
    /// A number as it is written, by either of two names. A temperature is not negative.
    package mutating func takeNumber(
        _ name: String, or other: String? = nil
    ) throws(APIError) -> String? {
        guard let (name, value) = take(name, or: other ?? name) else { return nil }
        guard let text = value.decimalText else { throw Self.wrongType(name, "a number") }
        if name == "temperature", (Double(text) ?? 0) < 0 {
            throw .invalid(name, "temperature is less than 0.")
        }
        return text
    }

    /// A whole number.
    package mutating func takeInteger(_ name: String) throws(APIError) -> Int? {
        guard let value = take(name) else { return nil }
        guard let number = value.integer else { throw Self.wrongType(name, "a whole number") }
        return number
    }

    /// `true` or `false`, by either of two names.
    package mutating func takeFlag(
        _ name: String, or other: String? = nil
    ) throws(APIError) -> Bool? {
        guard let (name, value) = take(name, or: other ?? name) else { return nil }
        guard let flag = value.bool else { throw Self.wrongType(name, "true or false") }
        return flag
    }

    /// A string, by either of two names.
    package mutating func takeText(
        _ name: String, or other: String? = nil
    ) throws(APIError) -> String? {
        guard let (name, value) = take(name, or: other ?? name) else { return nil }
        guard let text = value.string else { throw Self.wrongType(name, "a string") }
        return text
    }

    /// The limit on output tokens, by either of its names.
    ///
    /// Throws: as the others, and where it leaves no token.
    package mutating func takeOutputLimit() throws(APIError) -> Int? {
        guard let (name, value) = take("max_completion_tokens", or: "max_tokens")
        else { return nil }
        guard let limit = value.integer else { throw Self.wrongType(name, "a whole number") }
        guard limit >= 1 else { throw .invalid(name, "\(name) is less than 1.") }
        return limit
    }

    /// `stop`, which is a string or an array of them.
    package mutating func takeStop() throws(APIError) -> [String] {
        guard let value = take("stop") else { return [] }
        if let text = value.string { return [text] }
        let texts = value.elements.compactMap(\.string)
        guard value.kind == .array, texts.count == value.elements.count else {
            throw Self.wrongType("stop", "a string or an array of strings")
        }
        return texts
    }

    /// `response_format`; text where it is absent.
    package mutating func takeResponseFormat() throws(APIError) -> ResponseFormat {
        guard let value = take("response_format") else { return .text }
        switch value["type"]?.string {
        case "text": return .text
        case "json_object": return .jsonObject
        case "json_schema":
            guard let schema = value["json_schema"], schema.kind == .object else {
                throw .invalid(
                    "response_format.json_schema", code: "missing_required_parameter",
                    "response_format.json_schema is missing.")
            }
            return .jsonSchema(
                name: schema["name"]?.string ?? "response",
                description: schema["description"]?.string, schema: schema["schema"],
                isStrict: schema["strict"]?.bool ?? false)
        default:
            throw .invalid(
                "response_format",
                "response_format.type is none of text, json_object and json_schema.")
        }
    }

    /// `tools`, and the older `functions`.
    package mutating func takeTools() throws(APIError) -> [ChatTool] {
        var tools: [ChatTool] = []
        for (index, value) in try takeArray("tools").enumerated() {
            let path = "tools[\(index)]"
            guard value["type"]?.string ?? "function" == "function",
                let function = value["function"]
            else {
                throw .invalid(
                    "\(path).type", code: "unsupported_value",
                    "\(path) is no function, and this target takes functions only.")
            }
            tools.append(try Self.tool(function, in: value, path: path))
        }
        for (index, value) in try takeArray("functions").enumerated() {
            tools.append(try Self.tool(value, in: value, path: "functions[\(index)]"))
        }
        return tools
    }

    /// `tool_choice`, and the older `function_call`.
    package mutating func takeToolChoice() throws(APIError) -> ToolChoice? {
        guard let (name, value) = take("tool_choice", or: "function_call") else { return nil }
        switch value.string {
        case "auto": return .auto
        case "none": return ToolChoice.none
        case "required", "any": return .required
        default: break
        }
        guard let function = (value["function"]?["name"] ?? value["name"])?.string else {
            throw .invalid(
                name, "\(name) is none of auto, none, required, and no function with a name.")
        }
        return .function(function)
    }

    private mutating func takeArray(_ name: String) throws(APIError) -> [JSONValue] {
        guard let value = take(name) else { return [] }
        guard value.kind == .array else { throw Self.wrongType(name, "an array") }
        return value.elements
    }

    private static func tool(
        _ function: JSONValue, in value: JSONValue, path: String
    ) throws(APIError) -> ChatTool {
        guard let name = function["name"]?.string, !name.isEmpty else {
            throw .invalid(
                "\(path).function.name", code: "missing_required_parameter",
                "\(path) is a function without a name.")
        }
        let parameters = function["parameters"].flatMap { $0.isNull ? nil : $0 }
        if let parameters, parameters.kind != .object {
            throw wrongType("\(path).function.parameters", "a JSON schema")
        }
        return ChatTool(
            name: name, description: function["description"]?.string, parameters: parameters,
            isStrict: function["strict"]?.bool ?? false,
            cacheControl: CacheControl(value["cache_control"] ?? function["cache_control"]),
            path: path)
    }

    /// A 400 that names a parameter of another type than `wanted`.
    package static func wrongType(_ name: String, _ wanted: String) -> APIError {
        .invalid(name, code: "invalid_type", "\(name) is not \(wanted).")
    }
}

extension CacheControl {
    init?(_ value: JSONValue?) {
        guard let value, value.kind == .object else { return nil }
        timeToLive = value["ttl"]?.string
    }
}
