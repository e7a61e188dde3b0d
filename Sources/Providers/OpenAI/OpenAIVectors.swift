// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// A whole answer of vectors in OpenAI's format: that it is one, and what it consumed.
///
/// Shape: `{"data":[{"embedding":…}],"usage":{"prompt_tokens","total_tokens"}}`, an element for each
/// input. The vectors of a long answer are read one after the other: of a batch that is allowed
/// there are more numbers than a document holds.
struct OpenAIVectors: ChatAnswer {
    private let source: [UInt8]
    private var edits = JSONEdits()
    private var usageObject: OpenAIUsage?
    /// Input that has no member of its own.
    private var unnamedInput: Int?
    let contentBytes = 0

    var usage: ReportedUsage? { usageObject?.reported }

    /// Reads the body of a 2xx reply.
    ///
    /// Throws: a failure of kind `malformed` where there is not one vector for each input, or one is
    /// not what was asked for, and the provider's own where it is an error that came with status 200.
    init(reading body: [UInt8], in context: ReplyContext) throws(UpstreamFailure) {
        source = body
        let outline: JSONOutline
        do throws(JSONError) {
            outline = try JSONOutline(scanning: body.span)
        } catch {
            throw .unreadable(error, provider: context.provider)
        }
        try Self.throwError(in: body, outline, provider: context.provider)
        guard let form = context.vectors, let data = outline["data", in: body.span],
            let elements = try? JSONElements(scanning: body.span.extracting(data.valueRange)),
            !elements.ranges.isEmpty
        else { throw .malformed("the reply has no data", provider: context.provider) }
        guard elements.ranges.count == form.count else {
            throw .malformed(
                "it has \(elements.ranges.count) vectors for \(form.count) inputs",
                provider: context.provider)
        }
        var item = JSONDocument()
        for element in elements.ranges {
            let place = element.moved(by: data.valueRange.lowerBound)
            try item.parse(answer: body.span.extracting(place), of: context.provider)
            try readVector(of: item, at: place.lowerBound, form.encoding, in: context)
        }
        readUsage(outline["usage", in: body.span], context.quirks)
    }

    /// The answer as it came, but for the added cost, for input tokens by OpenAI's name, and for
    /// vectors in the form that is asked for.
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

    /// Checks the vector of an element that begins at `start`, and turns it into what is asked for.
    private mutating func readVector(
        of item: borrowing JSONDocument, at start: Int, _ encoding: VectorForm.Encoding,
        in context: ReplyContext
    ) throws(UpstreamFailure) {
        guard let vector = item.member("embedding", of: item.root) else {
            throw .malformed("an element of data has no embedding", provider: context.provider)
        }
        let numbers = context.quirks.embeddings?.base64Numbers ?? .float32
        let text: [UInt8]?
        do throws(Misfit) {
            text = try Self.converted(vector, of: item, to: encoding, from: numbers)
        } catch {
            throw .malformed(error.problem, provider: context.provider)
        }
        if let text { edits.replace(item.range(of: vector).moved(by: start), with: text) }
    }

    /// Why a vector is none.
    private struct Misfit: Error { var problem: String }

    /// What stands in the place of a vector; nil where it is what is asked for.
    ///
    /// - Parameter numbers: what a text holds.
    private static func converted(
        _ vector: JSONDocument.Node, of item: borrowing JSONDocument,
        to encoding: VectorForm.Encoding, from numbers: Base64Numbers
    ) throws(Misfit) -> [UInt8]? {
        if item.kind(of: vector) == .string {
            var text: [UInt8] = []
            item.appendString(vector, to: &text)
            guard let bytes = Base64.bytes(of: text), !bytes.isEmpty else {
                throw Misfit(problem: "a vector is a text that is no base64")
            }
            switch (encoding, numbers) {
            case (.vendors, _): return nil
            case (.numbers, .int8): return VectorText.numbers(ofSigned: bytes)
            case (.base64, .int8): return VectorText.base64(ofSigned: bytes)
            case (.numbers, .float32):
                throw Misfit(problem: "a vector is a text where numbers were asked for")
            case (.base64, .float32):
                if bytes.count % 4 == 0 { return nil }
                throw Misfit(problem: "a vector is a text that is not of whole floats")
            }
        }
        guard VectorText.isVector(vector, in: item) else {
            throw Misfit(problem: "a vector is not of numbers")
        }
        guard encoding == .base64 else { return nil }
        guard let text = VectorText.base64(of: vector, in: item) else {
            throw Misfit(problem: "a number is too large for a float")
        }
        return text
    }

    /// Reads the usage where it tells the input: absent is not zero.
    ///
    /// Voyage has no count but `total_tokens`; where nothing else is told, all of it is input.
    private mutating func readUsage(_ member: JSONOutline.Member?, _ quirks: Quirks) {
        guard let member, member.kind == .object,
            let document = try? JSONDocument(parsing: source.span.extracting(member.valueRange))
        else { return }
        let root = document.root
        var found = OpenAIUsage(at: root, of: document, quirks: quirks)
        if found == nil, let total = OpenAIUsage.count("total_tokens", in: root, of: document) {
            let hasCost = document.member("cost", of: root) != nil
            found = OpenAIUsage(input: total, hasCost: hasCost)
        }
        guard var found, let input = found.reported.usage.input else { return }
        found.reported.usage.output = found.reported.usage.output ?? 0
        found.range = member.valueRange
        usageObject = found
        if OpenAIUsage.count("prompt_tokens", in: root, of: document) != nil { return }
        if let other = document.member("prompt_tokens", of: root) {
            let place = document.range(of: other).moved(by: member.valueRange.lowerBound)
            edits.replace(place, with: Array("\(input)".utf8))
        } else {
            unnamedInput = input
        }
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

extension Range<Int> {
    fileprivate func moved(by offset: Int) -> Range<Int> {
        lowerBound + offset..<upperBound + offset
    }
}
