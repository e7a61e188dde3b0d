// SPDX-License-Identifier: Apache-2.0
import JSON

/// A chat request as typed values, for dialects that are not OpenAI's.
///
/// What the types have no place for is in the loss report already; what a dialect has no place
/// for, it adds there.
package struct ChatConversation: Sendable {
    package var messages: [ChatMessage] = []
    package var parameters: ChatParameters

    /// Throws: a 400 that names the place which is not as OpenAI's API has it.
    package init(_ request: ChatRequest, losses: inout LossReport) throws(APIError) {
        let value = try request.parsed()
        parameters = ChatParameters(value)
        for (index, message) in (value["messages"]?.elements ?? []).enumerated() {
            messages.append(try Self.message(message, path: "messages[\(index)]", &losses))
        }
        guard !messages.isEmpty else {
            throw .invalid("messages", "messages is empty: send at least one message.")
        }
    }

    private static func message(
        _ value: JSONValue, path: String, _ losses: inout LossReport
    ) throws(APIError) -> ChatMessage {
        guard value.kind == .object else { throw ChatParameters.wrongType(path, "an object") }
        guard let role = value["role"]?.string.flatMap(ChatMessage.Role.init) else {
            throw .invalid(
                "\(path).role",
                "\(path).role is none of system, developer, user, assistant and tool.")
        }
        var message = ChatMessage(role: role, path: path)
        for (name, member) in value.members where !member.isNull {
            switch name {
            case "role": break
            case "content":
                message.content = try content(member, path: "\(path).content", &losses)
            case "refusal":
                let text = member.string ?? ""
                if !text.isEmpty { message.content.append(.init(kind: .refusal(text), path: path)) }
            case "name": message.name = member.string
            case "tool_call_id": message.toolCallID = member.string
            case "is_error" where role == .tool: message.isError = member.bool ?? false
            case "tool_calls": message.toolCalls += try toolCalls(member, path, &losses)
            case "function_call":
                let name = try text(member["name"], "\(path).function_call.name")
                message.toolCalls.append(
                    ChatToolCall(
                        id: "call_\(name)", name: name,
                        arguments: member["arguments"]?.string ?? "",
                        path: "\(path).function_call"))
            case "reasoning_details":
                message.reasoning += member.elements.compactMap(ReasoningDetail.init)
            case "cache_control": message.cacheControl = CacheControl(member)
            // Told by us, or by others like us, for people to read; what has to return is in
            // `reasoning_details`.
            case "reasoning_content", "reasoning", "annotations", "citations", "content_parts":
                break
            case "audio" where role == .assistant: losses.add("messages[].audio")
            default: losses.add("messages[].\(name)")
            }
        }
        // The older form has no ids: a result answers the call of the function that it names.
        if role == .function, let name = message.name { message.toolCallID = "call_\(name)" }
        return message
    }

    private static func content(
        _ value: JSONValue, path: String, _ losses: inout LossReport
    ) throws(APIError) -> [ContentPart] {
        if let text = value.string { return [ContentPart(kind: .text(text), path: path)] }
        guard value.kind == .array else {
            throw ChatParameters.wrongType(path, "a string or an array of parts")
        }
        var parts: [ContentPart] = []
        for (index, part) in value.elements.enumerated() {
            parts.append(try contentPart(part, path: "\(path)[\(index)]", &losses))
        }
        return parts
    }

    private static func contentPart(
        _ value: JSONValue, path: String, _ losses: inout LossReport
    ) throws(APIError) -> ContentPart {
        let type = value["type"]?.string ?? ""
        for (name, member) in value.members
        where !member.isNull && name != "type" && name != type && name != "cache_control" {
            losses.add("messages[].content[].\(name)")
        }
        let kind: ContentPart.Kind
        switch type {
        case "text":
            kind = .text(try text(value["text"], "\(path).text"))
        case "refusal":
            kind = .refusal(try text(value["refusal"], "\(path).refusal"))
        case "image_url":
            let image = value["image_url"]
            let url = try text(image?["url"] ?? image, "\(path).image_url.url")
            kind = .image(
                try MediaSource(url: url, path: "\(path).image_url.url"),
                detail: image?["detail"]?.string)
        case "input_audio":
            kind = .audio(
                base64: try text(value["input_audio"]?["data"], "\(path).input_audio.data"),
                format: try text(value["input_audio"]?["format"], "\(path).input_audio.format"))
        case "file":
            kind = try file(value["file"], path: "\(path).file")
        default:
            throw .invalid(
                "\(path).type", code: "unsupported_value",
                "\(path).type is none of text, image_url, input_audio, file and refusal.")
        }
        return ContentPart(
            kind: kind, path: path, cacheControl: CacheControl(value["cache_control"]))
    }

    private static func file(
        _ value: JSONValue?, path: String
    ) throws(APIError) -> ContentPart.Kind {
        let name = value?["filename"]?.string
        if let id = value?["file_id"]?.string { return .file(.fileID(id), name: name) }
        let place = "\(path).file_data"
        let data = try text(value?["file_data"], place)
        return .file(try MediaSource(url: data, path: place), name: name)
    }

    private static func toolCalls(
        _ value: JSONValue, _ path: String, _ losses: inout LossReport
    ) throws(APIError) -> [ChatToolCall] {
        var calls: [ChatToolCall] = []
        for (index, call) in value.elements.enumerated() {
            let place = "\(path).tool_calls[\(index)]"
            guard let function = call["function"] else {
                throw .invalid(
                    "\(place).function", code: "missing_required_parameter",
                    "\(place) is a call of no function.")
            }
            let signature = call["extra_content"]?["google"]?["thought_signature"]?.string
            calls.append(
                ChatToolCall(
                    id: try text(call["id"], "\(place).id"),
                    name: try text(function["name"], "\(place).function.name"),
                    arguments: function["arguments"]?.string ?? "", path: place,
                    signature: signature))
        }
        return calls
    }

    private static func text(_ value: JSONValue?, _ path: String) throws(APIError) -> String {
        guard let value, !value.isNull else {
            throw .invalid(path, code: "missing_required_parameter", "\(path) is missing.")
        }
        guard let text = value.string else { throw ChatParameters.wrongType(path, "a string") }
        return text
    }
}

extension MediaSource {
    /// Reads a `data:` URL, or takes another one as it is.
    ///
    /// Throws: a 400 for a `data:` URL that is not base64.
    init(url: String, path: String) throws(APIError) {
        guard url.utf8.starts(with: "data:".utf8) else {
            self = .url(url)
            return
        }
        let rest = url.utf8.dropFirst(5)
        guard let comma = rest.firstIndex(of: UInt8(ascii: ",")) else {
            throw .invalid(path, "\(path) is a data: URL without a comma.")
        }
        let head = String(rest[..<comma]) ?? ""
        let parts = head.split(separator: ";", omittingEmptySubsequences: false)
        guard parts.last == "base64" else {
            throw .invalid(path, "\(path) is a data: URL that is not base64.")
        }
        let type = parts[0].isEmpty ? "application/octet-stream" : String(parts[0])
        let data = String(rest[rest.index(after: comma)...]) ?? ""
        self = .inline(mediaType: type.lowercased(), base64: data)
    }
}

extension ReasoningDetail {
    /// Reads a detail as a client gives it back; nil for one that says nothing.
    init?(_ value: JSONValue) {
        switch value["type"]?.string {
        case "reasoning.text":
            kind = .text(value["text"]?.string ?? "", signature: value["signature"]?.string)
        case "reasoning.summary":
            kind = .summary(value["summary"]?.string ?? "")
        case "reasoning.encrypted":
            guard let data = value["data"]?.string else { return nil }
            kind = .encrypted(data)
        default: return nil
        }
        id = value["id"]?.string
        format = value["format"]?.string
    }
}
