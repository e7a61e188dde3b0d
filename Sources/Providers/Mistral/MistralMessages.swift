// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Messages as Mistral takes them: each role has its own members, and no other.
enum MistralMessages {
    /// What a part of a content has beside its type. A part of another type passes as it is: Mistral
    /// refuses it by its name.
    private static let membersOfParts: [String: Set<String>] = [
        "text": ["text"], "image_url": ["image_url"], "input_audio": ["input_audio"],
        "document_url": ["document_url", "document_name"], "reference": ["reference_ids"],
        "file": ["file_id"], "thinking": ["thinking", "closed"],
    ]

    /// Throws: a 400 that names a part for which Mistral has no form.
    static func change(
        _ message: JSONValue, at path: String, in changes: inout MistralChanges
    ) throws(APIError) {
        let own: Set<String>
        switch message["role"]?.string {
        case "system", "developer", "user": own = []
        case "assistant": own = ["tool_calls", "prefix"]
        case "tool": own = ["tool_call_id", "name"]
        default:
            throw .invalid(
                "\(path).role",
                "\(path).role is none of system, developer, user, assistant and tool.")
        }
        let isAnswer = own.contains("prefix")
        try changes.members(of: message) { name, value throws(APIError) in
            switch name {
            case "role":
                value.string == "developer" ? .replace(MistralRequest.json("system")) : .keep
            case "content":
                value.isNull && !isAnswer ? .replace(MistralRequest.json("")) : .keep
            case _ where own.contains(name): .keep
            // Told with answers, for people to read.
            case "reasoning_content", "reasoning", "annotations", "citations", "content_parts":
                .remove
            default: .lose("messages[].\(name)")
            }
        }
        for call in isAnswer ? message["tool_calls"]?.elements ?? [] : [] {
            try changes.members(of: call) { name, _ throws(APIError) in
                switch name {
                case "id", "type", "function", "index": .keep
                default: .lose("messages[].tool_calls[].\(name)")
                }
            }
        }
        for (index, part) in (message["content"]?.elements ?? []).enumerated() {
            try change(part: part, at: "\(path).content[\(index)]", in: &changes)
        }
    }

    private static func change(
        part: JSONValue, at path: String, in changes: inout MistralChanges
    ) throws(APIError) {
        switch part["type"]?.string {
        case "file" where part["file"] != nil:
            changes.replace(part, with: try file(part["file"], at: "\(path).file"))
        case "refusal":
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("type", "text")
            writer.member("text", part["refusal"]?.string ?? "")
            writer.endObject()
            changes.replace(part, with: writer.bytes)
        default:
            guard let type = part["type"]?.string, let own = membersOfParts[type] else { return }
            let place = "messages[].content[]"
            try changes.members(of: part) { name, value throws(APIError) in
                switch name {
                // OpenAI has an object here, whose format Mistral sees by itself.
                case "input_audio":
                    value["data"].map { .replace(Array($0.text.utf8)) } ?? .keep
                case "type": .keep
                case _ where own.contains(name): .keep
                default: .lose("\(place).\(name)")
                }
            }
            guard type == "image_url", let image = part["image_url"], image.kind == .object
            else { return }
            try changes.members(of: image) { name, _ throws(APIError) in
                name == "url" || name == "detail" ? .keep : .lose("\(place).image_url.\(name)")
            }
        }
    }

    /// A file that was uploaded, or one by its `data:` URL or address.
    private static func file(_ file: JSONValue?, at path: String) throws(APIError) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        if let id = file?["file_id"]?.string {
            writer.member("type", "file")
            writer.member("file_id", id)
        } else if let data = file?["file_data"]?.string {
            writer.member("type", "document_url")
            writer.member("document_url", data)
            if let name = file?["filename"]?.string { writer.member("document_name", name) }
        } else {
            throw .invalid(
                "\(path).file_data", code: "missing_required_parameter",
                "\(path).file_data is missing.")
        }
        writer.endObject()
        return writer.bytes
    }
}
