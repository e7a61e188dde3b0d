// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import JSON
package import Wire

/// A chat request as one OpenAI-speaking vendor is sent it: the client's bytes with the touched
/// fields edited.
///
/// Edited are `model`, `stream_options` (so that a stream reports its usage), and what the vendor's
/// quirks name. Everything else keeps its bytes.
package struct OpenAIRequest: Sendable {
    package var message: HTTPRequest
    /// Parameters that were removed because the vendor does not take them.
    package var dropped: [String]

    /// Throws: a 400 that names a parameter which the vendor refuses, or which would be dropped
    /// where `isStrict` forbids that.
    package init(
        _ chat: ChatRequest, for model: String, vendor: Vendor, credential: Secret?,
        isStrict: Bool
    ) throws(APIError) {
        let quirks = vendor.quirks
        var edits = JSONEdits()
        dropped = []
        for member in chat.outline.members {
            let name = chat.outline.name(of: member)
            if quirks.refusedParameters.contains(name) {
                throw .invalid(
                    name, code: "unsupported_parameter", "\(vendor.name) does not take \(name).")
            }
            if quirks.droppedParameters.contains(name) { dropped.append(name) }
        }
        if isStrict, let first = dropped.first {
            throw .invalid(
                first, code: "unsupported_parameter",
                "\(vendor.name) does not take \(first), and strict mode drops nothing.")
        }
        Self.edit(&edits, chat, model: model, quirks: quirks, dropped: dropped)
        message = HTTPRequest(
            method: "POST", target: "/chat/completions",
            fields: Self.fields(vendor, credential, isStream: chat.isStream),
            body: edits.applied(to: chat.body))
    }

    private static func edit(
        _ edits: inout JSONEdits, _ chat: ChatRequest, model: String, quirks: Quirks,
        dropped: [String]
    ) {
        if let member = chat.outline["model"], chat.model != model {
            edits.replace(member.valueRange, with: JSONWriter.text(of: model))
        }
        for name in dropped { edits.remove(name, from: chat.outline) }
        renameLimit(&edits, chat, quirks)
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
        guard let member = chat.outline[other.rawValue], chat.outline[wanted.rawValue] == nil
        else { return }
        edits.replace(member.keyRange, with: JSONWriter.text(of: wanted.rawValue))
    }

    private static func askForUsage(_ edits: inout JSONEdits, _ chat: ChatRequest) {
        guard let options = chat.outline["stream_options"] else {
            edits.append(
                member: "stream_options", value: Array(#"{"include_usage":true}"#.utf8),
                to: chat.outline)
            return
        }
        guard options.kind == .object,
            let inner = try? JSONOutline(scanning: chat.body.span.extracting(options.valueRange))
        else {
            edits.replace(options.valueRange, with: Array(#"{"include_usage":true}"#.utf8))
            return
        }
        _ = inner
    }

    private static func fields(
        _ vendor: Vendor, _ credential: Secret?, isStream: Bool
    ) -> HTTPFields {
        var fields = HTTPFields()
        fields.append("content-type", "application/json")
        fields.append("accept", isStream ? "text/event-stream" : "application/json")
        guard let credential else { return fields }
        switch vendor.authentication {
        case .bearer: fields.append("authorization", "Bearer \(credential.reveal())")
        case .header(let name): fields.append(name, credential.reveal())
        case .none: break
        }
        return fields
    }
}
