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
        // Nothing is lost by that: numbers come where no form is named, and become base64 here
        // where the client asks for that.
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

/// A whole answer of vectors in OpenAI's format: that it is one, and what it consumed.
struct OpenAIVectors: ChatAnswer {
    private let source: [UInt8]
    private let edits: JSONEdits
    private let usageObject: OpenAIUsage?
    /// What the usage says only as its total: Voyage has no other count, and all of it is input.
    private let unnamedInput: Int?
    let contentBytes = 0

    var usage: ReportedUsage? { usageObject?.reported }

    /// Reads the body of a 2xx reply.
    ///
    /// Throws: a failure of kind `malformed` where it holds no vectors, and the provider's own
    /// where it is an error that came with status 200.
    init(reading body: [UInt8], in context: ReplyContext) throws(UpstreamFailure) {
        let outline: JSONOutline
        do throws(JSONError) {
            outline = try JSONOutline(scanning: body.span)
        } catch {
            throw .malformed(error.message, provider: context.provider)
        }
        try Self.throwError(in: body, outline, provider: context.provider)
        guard let data = outline["data", in: body.span], data.kind == .array,
            body[data.valueRange.dropFirst()].first(where: { $0 > 0x20 }) != UInt8(ascii: "]")
        else { throw .malformed("the reply has no data", provider: context.provider) }
        source = body
        var edits = JSONEdits()
        if context.vectors?.isBase64 == true {
            try Self.encode(body, data.valueRange, &edits, provider: context.provider)
        }
        self.edits = edits
        (usageObject, unnamedInput) = Self.usage(body, outline, context.quirks)
    }

    /// The answer as it came, but for the added cost, for input tokens by OpenAI's name, and for
    /// numbers that are asked for as base64.
    func body(cost: String?) -> [UInt8] {
        var edits = edits
        if let usageObject {
            var more: [UInt8] = []
            if let unnamedInput { more += Array(#","prompt_tokens":\#(unnamedInput)"#.utf8) }
            if !usageObject.hasCost { more += OpenAIUsage.costMember(cost) }
            let brace = usageObject.range.upperBound - 1
            if !more.isEmpty { edits.replace(brace..<brace, with: more) }
        }
        return edits.isEmpty ? source : edits.applied(to: source.span)
    }

    private static func throwError(
        in body: [UInt8], _ outline: JSONOutline, provider: String
    ) throws(UpstreamFailure) {
        guard let error = outline["error", in: body.span], error.kind != .null,
            let document = try? JSONDocument(parsing: body.span.extracting(error.valueRange))
        else { return }
        throw OpenAIFailure.reading(error: document.root, of: document, provider: provider)
    }

    /// Vectors that came as numbers although base64 was asked for.
    private static func encode(
        _ body: [UInt8], _ range: Range<Int>, _ edits: inout JSONEdits, provider: String
    ) throws(UpstreamFailure) {
        guard let document = try? JSONDocument(parsing: body.span.extracting(range)) else {
            throw .malformed("the reply is too large", provider: provider)
        }
        var next = document.firstChild(of: document.root)
        while let item = next {
            next = document.nextSibling(of: item)
            guard let vector = document.member("embedding", of: item) else {
                throw .malformed("an element of data has no embedding", provider: provider)
            }
            if document.kind(of: vector) == .string { continue }
            guard document.kind(of: vector) == .array,
                let text = VectorText.base64(of: vector, in: document)
            else {
                throw .malformed("a vector is not of numbers", provider: provider)
            }
            let place = document.range(of: vector)
            edits.replace(
                place.lowerBound + range.lowerBound..<place.upperBound + range.lowerBound,
                with: text)
        }
    }

    /// The usage, its range that of the whole reply, and the input that it has no name for.
    private static func usage(
        _ body: [UInt8], _ outline: JSONOutline, _ quirks: Quirks
    ) -> (OpenAIUsage?, unnamedInput: Int?) {
        guard let member = outline["usage", in: body.span], member.kind == .object,
            let document = try? JSONDocument(parsing: body.span.extracting(member.valueRange))
        else { return (nil, nil) }
        var found = OpenAIUsage(at: document.root, of: document, quirks: quirks)
        var unnamedInput: Int?
        if found == nil,
            let total = document.integer(document.member("total_tokens", of: document.root)),
            total >= 0
        {
            found = OpenAIUsage(
                input: total, hasCost: document.member("cost", of: document.root) != nil)
            unnamedInput = total
        }
        found?.range = member.valueRange
        return (found, unnamedInput)
    }
}

extension OpenAIUsage {
    /// A usage of input alone, without a place.
    fileprivate init(input: Int, hasCost: Bool) {
        var usage = Usage()
        usage.uncachedInput = input
        usage.output = 0
        self.init(reported: ReportedUsage(usage), hasCost: hasCost, range: 0..<0)
    }
}
