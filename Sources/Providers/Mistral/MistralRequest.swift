// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// A chat request as Mistral is sent it: the client's bytes without the words that Mistral does not
/// know, because it refuses those.
///
/// Rules:
///  1. What is not known is dropped and said, or refused where the answer would not be the one that
///     was asked for. `null` is absence.
///  2. Mistral's own words (`random_seed`, `prompt_mode`, a message's `prefix`) stay.
/// Source: Mistral's public OpenAPI description of 2026-08-21, where every object is closed.
struct MistralRequest {
    private static let known: Set<String> = [
        "frequency_penalty", "guardrails", "messages", "metadata", "n",
        "parallel_tool_calls", "prediction", "presence_penalty", "prompt_cache_key", "prompt_mode",
        "random_seed", "response_format", "safe_prompt", "stop", "stream", "tools", "top_p",
    ]
    private static let hottest = 1.5

    private let target: DialectTarget
    private var changes: MistralChanges

    /// Parameters: as of `OpenAIRequest.make`.
    /// Throws: a 400 that names what cannot be said to Mistral.
    static func make(
        _ call: ChatRequest, to target: DialectTarget, path: String,
        adding additions: [(name: String, value: String?)]
    ) throws(APIError) -> OutgoingRequest {
        let root = try call.parsed()
        var request = MistralRequest(target: target, changes: MistralChanges(root.document))
        try request.change(root, besides: additions.map(\.name))
        for case (let name, let value?) in additions where root[name]?.isNull ?? true {
            request.changes.add(name, json(value), to: root)
        }
        let changes = request.changes
        try changes.losses.check(isStrict: target.isStrict, vendor: target.vendor.name)
        let body = changes.edits.isEmpty ? call.body : changes.edits.applied(to: call.body.span)
        return OutgoingRequest(
            target.message(path, body, isStream: call.isStream),
            dropped: changes.losses.names)
    }

    /// - Parameter others: members that this vendor knows besides.
    private mutating func change(_ root: JSONValue, besides others: [String]) throws(APIError) {
        let target = target
        let limit = target.vendor.quirks.maxTokensField ?? .maxTokens
        try changes.members(of: root) { name, value throws(APIError) in
            switch name {
            case "model": value.string == target.model ? .keep : .replace(Self.json(target.model))
            // Usage comes at the end of each stream, unasked.
            case "stream_options": .remove
            // For the gateway, which has acted on them.
            case _ where RoutingMember(rawValue: name) != nil: .remove
            case _ where target.vendor.quirks.droppedParameters.contains(name): .lose(name)
            case "max_tokens":
                Self.change(
                    of: name, value, to: limit.rawValue, unless: root["max_completion_tokens"])
            case "max_completion_tokens": Self.change(of: name, value, to: limit.rawValue)
            case "seed":
                Self.change(of: name, value, to: "random_seed", unless: root["random_seed"])
            case _ where others.contains(name): .keep
            default: try Self.change(of: name, value, vendor: target.vendor)
            }
        }
        if root["model"]?.isNull ?? true {
            changes.add("model", Self.json(target.model), to: root)
        }
        for (index, message) in (root["messages"]?.elements ?? []).enumerated() {
            try MistralMessages.change(message, at: "messages[\(index)]", in: &changes)
        }
        for (index, tool) in (root["tools"]?.elements ?? []).enumerated() {
            try changeTool(tool, at: "tools[\(index)]")
        }
    }

    /// A member that is sent by another name, unless what goes by that name is there as well.
    private static func change(
        of name: String, _ value: JSONValue, to new: String, unless other: JSONValue? = nil
    ) -> MistralChanges.Change {
        if let other, !other.isNull {
            let isSame = value.decimalText.map { $0 == other.decimalText } ?? false
            return isSame ? .remove : .lose(name)
        }
        return name == new ? .keep : .rename(new)
    }

    private static func change(
        of name: String, _ value: JSONValue, vendor: Vendor
    ) throws(APIError) -> MistralChanges.Change {
        if vendor.quirks.refusedParameters.contains(name) {
            throw .unsupported(name, "\(vendor.name) does not take \(name).")
        }
        switch name {
        case "tool_choice":
            guard value.kind == .string || value["function"] != nil else {
                throw .invalid(name, "tool_choice is no word and no function.")
            }
            return .keep
        case "temperature":
            guard let number = value.decimalText.flatMap(Double.init), number > hottest else {
                return .keep
            }
            return .replaceAndSay(Array("\(hottest)".utf8), name)
        case "reasoning_effort":
            // Mistral's models think, or do not.
            switch value.string {
            case "none", "high": return .keep
            case "xhigh", "max": return .replaceAndSay(json("high"), name)
            default: return .lose(name)
            }
        case _ where known.contains(name): return .keep
        case _ where ChatParameters.asksForNothing(name, value): return .remove
        case "modalities": throw .unsupported(name, "\(vendor.name) answers in text only.")
        default: return .lose(name)
        }
    }

    private mutating func changeTool(_ tool: JSONValue, at path: String) throws(APIError) {
        guard let function = tool["function"], function.kind == .object else {
            throw .unsupported(
                "\(path).type", "\(path) is no function: \(target.vendor.name) takes no other.")
        }
        try changes.members(of: tool) { name, _ throws(APIError) in
            name == "type" || name == "function" ? .keep : .lose("tools[].\(name)")
        }
        try changes.members(of: function) { name, _ throws(APIError) in
            switch name {
            case "name", "description", "strict", "parameters": .keep
            default: .lose("tools[].function.\(name)")
            }
        }
        if function["parameters"]?.isNull ?? true {
            let anything = Array(#"{"type":"object","properties":{}}"#.utf8)
            changes.add("parameters", anything, to: function)
        }
    }

    /// A string as JSON.
    static func json(_ text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.string(text)
        return writer.bytes
    }
}
