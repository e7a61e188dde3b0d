// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import JSON
package import Routing
package import Wire

extension CallNeeds {
    /// The output to reckon with where the client sets no limit. Units: tokens.
    private static let usualOutput = 512

    /// What a request asks of a model.
    ///
    /// Complexity: linear in the request.
    package init(of chat: ChatRequest, fields: HTTPFields) {
        self.init(parametersOf: chat)
        let input = chat.readInput()
        estimate.uncachedInput = input.tokens
        estimate.output = Self.output(of: chat)
        conversation = Self.session(of: chat, fields) ?? input.opening
        guard chat.operation == .chat else { return }
        if input.holdsImages { capabilities.insert(.vision) }
        if input.holdsAudio { capabilities.insert(.audioInput) }
        if input.holdsFiles { capabilities.insert(.pdf) }
    }

    /// What its parameters ask of a model, whatever its input is.
    init(parametersOf chat: ChatRequest) {
        self.init(unread: chat)
        guard chat.operation == .chat else { return }
        for member in chat.outline.members {
            if let capability = Self.capability(member, of: chat) {
                capabilities.insert(capability)
            }
        }
    }

    /// What is known of a request before it is looked into: enough where there is no choice.
    init(unread chat: ChatRequest) {
        self.init(operation: chat.operation)
        isStream = chat.isStream
    }

    /// The most tokens that input and output may come to: a token has a byte at least.
    static func mostTokens(of chat: ChatRequest) -> Int {
        let (sum, overflow) = chat.body.count.addingReportingOverflow(output(of: chat))
        return overflow ? .max : sum
    }

    private static func output(of chat: ChatRequest) -> Int {
        if chat.operation == .embeddings { return 0 }
        for name in ["max_completion_tokens", "max_tokens"] {
            if let limit = chat.outline.integer(name, in: chat.body.span), limit >= 0 {
                return limit
            }
        }
        return usualOutput
    }

    /// What the client itself names its conversation by. Source: OpenRouter's docs, where the body
    /// comes before the field; OpenAI's, for the cache's key.
    private static func session(of chat: ChatRequest, _ fields: HTTPFields) -> UInt64? {
        let body = chat.body.span
        let names = [
            chat.outline.string("session_id", in: body), fields.first("x-session-id"),
            chat.outline.string("prompt_cache_key", in: body),
        ]
        guard let name = names.compactMap({ $0 }).first(where: { !$0.isEmpty }) else { return nil }
        return StableHash.hash(of: name)
    }

    /// What a parameter needs a model to be able to; nil for most of them, and for values that
    /// ask for nothing.
    private static func capability(
        _ member: JSONOutline.Member, of chat: ChatRequest
    ) -> Capabilities? {
        guard [.array, .object, .string].contains(member.kind),
            let name = chat.outline.key(of: member, in: chat.body.span)
        else { return nil }
        var value: JSONValue? { chat.value(of: member) }
        switch name {
        case "tools", "functions": return value?[0] == nil ? nil : .tools
        case "response_format":
            return value?["type"]?.string == "json_schema" ? .jsonSchema : nil
        case "modalities":
            return value?.elements.contains { $0.string == "audio" } == true ? .audioOutput : nil
        case "reasoning_effort": return value?.string == "none" ? nil : .reasoning
        case "reasoning":
            guard let value, value.kind == .object else { return nil }
            let isOff = value["enabled"]?.bool == false || value["effort"]?.string == "none"
            return isOff || value.members.isEmpty ? nil : .reasoning
        default: return nil
        }
    }
}
