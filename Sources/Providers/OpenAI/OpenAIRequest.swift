// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// A request for chat or for completions as one OpenAI-speaking vendor is sent it: the client's bytes with the
/// touched fields edited.
///
/// Edited are `model`, what speaks of routing, `stream_options` (so that a stream reports its usage),
/// and what the vendor's quirks name. Everything else keeps its bytes.
enum OpenAIRequest {
    /// - Parameters:
    ///   - path: path and query below the provider's base URL.
    ///   - additions: texts that the vendor wants in the body, by their names, or nil where it
    ///     knows the name; the client's own members come before them, unless they are `null`.
    /// Throws: a 400 that names a parameter which the vendor refuses, or which would be dropped
    /// where the target's strictness forbids that.
    static func make(
        _ chat: ChatRequest, to target: DialectTarget, path: String,
        adding additions: [(name: String, value: String?)] = []
    ) throws(APIError) -> OutgoingRequest {
        let vendor = target.provider.vendor
        let quirks = vendor.quirks
        if quirks.requestForm == .mistral, chat.operation == .chat {
            return try MistralRequest.make(chat, to: target, path: path, adding: additions)
        }
        var edits = JSONEdits()
        for name in Self.present(quirks.refusedParameters, in: chat) {
            throw .invalid(
                name, code: "unsupported_parameter", "\(vendor.name) does not take \(name).")
        }
        var losses = LossReport()
        let dropped = present(quirks.droppedParameters, in: chat)
        for name in dropped { losses.add(name) }
        try losses.check(isStrict: target.isStrict, vendor: vendor.name)
        edits.name(target, in: chat)
        edit(&edits, chat, quirks: quirks, dropped: dropped)
        for case (let name, let value?) in additions { add(&edits, name, value, to: chat) }
        let message = target.message(
            path, edits.isEmpty ? chat.body : edits.applied(to: chat.body.span),
            isStream: chat.isStream)
        return OutgoingRequest(message, dropped: losses.names)
    }

    /// A text where the client has none, or `null`.
    private static func add(
        _ edits: inout JSONEdits, _ name: String, _ value: String, to chat: ChatRequest
    ) {
        guard let member = chat.outline[name, in: chat.body.span] else {
            var writer = JSONWriter()
            writer.string(value)
            return edits.addMember(name, writer.bytes, to: chat.outline.place)
        }
        if member.kind == .null { edits.replace(member.valueRange, withString: value) }
    }

    /// The parameters of a set that the request has, sorted.
    private static func present(_ names: Set<String>, in chat: ChatRequest) -> [String] {
        // Most vendors have none.
        if names.isEmpty { return [] }
        return names.filter { chat.outline[$0, in: chat.body.span] != nil }.sorted()
    }

    private static func edit(
        _ edits: inout JSONEdits, _ chat: ChatRequest, quirks: Quirks, dropped: [String]
    ) {
        for name in dropped {
            guard let index = chat.outline.index(of: name, in: chat.body.span) else { continue }
            edits.removeMember(at: index, from: chat.outline.place)
        }
        // That of completions has one name.
        if chat.operation == .chat { renameLimit(&edits, chat, quirks) }
        if quirks.streamUsage != .option,
            let index = chat.outline.index(of: "stream_options", in: chat.body.span)
        {
            edits.removeMember(at: index, from: chat.outline.place)
        }
        if chat.isStream && !chat.wantsUsage && quirks.streamUsage == .option {
            askForUsage(&edits, chat)
        }
    }

    /// A vendor that knows one of `max_tokens` and `max_completion_tokens` is sent that one.
    private static func renameLimit(
        _ edits: inout JSONEdits, _ chat: ChatRequest, _ quirks: Quirks
    ) {
        guard let wanted = quirks.maxTokensField else { return }
        let other: MaxTokensField = wanted == .maxTokens ? .maxCompletionTokens : .maxTokens
        guard let member = chat.outline[other.rawValue, in: chat.body.span],
            chat.outline[wanted.rawValue, in: chat.body.span] == nil
        else { return }
        edits.replace(member.keyRange, withString: wanted.rawValue)
    }

    /// `stream_options.include_usage` set to true, other options kept.
    private static func askForUsage(_ edits: inout JSONEdits, _ chat: ChatRequest) {
        let wanted = Array(#"{"include_usage":true}"#.utf8)
        guard let options = chat.outline["stream_options", in: chat.body.span] else {
            return edits.addMember("stream_options", wanted, to: chat.outline.place)
        }
        let text = chat.body.span.extracting(options.valueRange)
        guard let inner = try? JSONOutline(scanning: text) else {
            return edits.replace(options.valueRange, with: wanted)
        }
        var innerEdits = JSONEdits()
        if let flag = inner["include_usage", in: text] {
            innerEdits.replace(flag.valueRange, with: Array("true".utf8))
        } else {
            innerEdits.addMember("include_usage", Array("true".utf8), to: inner.place)
        }
        edits.replace(options.valueRange, with: innerEdits.applied(to: text))
    }
}
