// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// OpenAI's own format of embeddings, on both sides: bytes pass with only the touched fields edited.
struct OpenAIEmbeddings: EmbeddingsDialect {
    func request(
        for call: ChatRequest, to target: DialectTarget
    ) throws(APIError) -> OutgoingRequest {
        let path = target.vendor.quirks.embeddings?.path ?? call.operation.path
        return try Self.make(call, to: target, path: path)
    }

    /// - Parameter path: path and query below the provider's base URL.
    ///
    /// Throws: a 400 that names a parameter which would be dropped where that is forbidden.
    static func make(
        _ call: ChatRequest, to target: DialectTarget, path: String
    ) throws(APIError) -> OutgoingRequest {
        let quirks = target.vendor.quirks.embeddings ?? EmbeddingsQuirks()
        let body = call.body.span
        var edits = JSONEdits()
        var losses = LossReport()
        edits.name(target, in: call)
        for name in quirks.droppedParameters.sorted() {
            guard let index = call.outline.index(of: name, in: body) else { continue }
            losses.add(name)
            edits.removeMember(at: index, from: call.outline.place)
        }
        try losses.check(isStrict: target.isStrict, vendor: target.vendor.name)
        if let member = call.outline["dimensions", in: body],
            call.outline[quirks.dimensionsField, in: body] == nil
        {
            edits.replace(member.keyRange, withString: quirks.dimensionsField)
        }
        // Nothing is lost by that: what comes where no form is named becomes numbers or base64
        // here, as the client asks.
        if let index = call.outline.index(of: "encoding_format", in: body),
            let format = call.outline.string("encoding_format", in: body),
            format == "float" || format == "base64", !quirks.encodingFormats.contains(format)
        {
            edits.removeMember(at: index, from: call.outline.place)
        }
        return OutgoingRequest(
            target.message(
                path, edits.isEmpty ? call.body : edits.applied(to: body), isStream: false),
            dropped: losses.names)
    }

    func answer(
        reading body: [UInt8], in context: ReplyContext
    ) throws(UpstreamFailure) -> any ChatAnswer {
        try OpenAIVectors(reading: body, in: context)
    }

    func failure(head: HTTPReplyHead, body: [UInt8], provider: String) -> UpstreamFailure {
        OpenAIFailure.reading(head: head, body: body, provider: provider)
    }
}
