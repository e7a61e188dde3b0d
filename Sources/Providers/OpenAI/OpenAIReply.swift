// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// A whole answer in the OpenAI dialect: that it is one, and what it consumed.
struct OpenAIReply: ChatAnswer {
    private let source: [UInt8]
    private let usageObject: OpenAIUsage?
    /// Units: bytes of the choices, for an estimate where no usage is reported.
    let contentBytes: Int
    /// Finish reasons that are not in OpenAI's words.
    private var renamed: [RenamedFinishReason] = []
    /// Contents that came as parts.
    private var flattened: [FlattenedContent] = []

    var usage: ReportedUsage? { usageObject?.reported }

    /// Reads the body of a 2xx reply.
    ///
    /// Throws: a failure of kind `malformed` where it is no chat completion, or one that is not over,
    /// and the provider's own where it is an error that came with status 200.
    init(
        reading body: [UInt8], from source: Provider
    ) throws(UpstreamFailure) {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: body)
        } catch {
            throw .unreadable(error, provider: source.id)
        }
        let root = document.root
        guard document.kind(of: root) == .object else {
            throw UpstreamFailure.malformed("the reply is no object", provider: source.id)
        }
        if let error = document.member("error", of: root), !document.isNull(error) {
            throw OpenAIFailure.reading(error: error, of: document, provider: source.id)
        }
        guard let choices = document.member("choices", of: root),
            document.firstChild(of: choices) != nil
        else { throw UpstreamFailure.malformed("the reply has no choices", provider: source.id) }
        self.source = body
        let usage = OpenAIUsage(inReplyAt: root, of: document, quirks: source.vendor.quirks)
        usageObject = usage
        contentBytes = document.range(of: choices).count
        var next = document.firstChild(of: choices)
        while let choice = next {
            next = document.nextSibling(of: choice)
            do throws(UpstreamFailure) {
                try readChoice(choice, of: document, from: source)
            } catch {
                throw error.having(usage?.reported)
            }
        }
    }

    /// Notes what a choice gets on its way. Throws: where it ended with an error, or did not end.
    ///
    /// A choice without the member `finish_reason` ended with the answer: recorded from vendors that
    /// do not have it. One that has it and says nothing there is OpenAI's word for not over yet.
    private mutating func readChoice(
        _ choice: JSONDocument.Node, of document: borrowing JSONDocument, from source: Provider
    ) throws(UpstreamFailure) {
        guard document.kind(of: choice) == .object else {
            throw .malformed("a choice is no object", provider: source.id)
        }
        if let message = document.member("message", of: choice),
            let content = FlattenedContent(in: message, of: document)
        {
            flattened.append(content)
        }
        guard let reason = document.member("finish_reason", of: choice) else { return }
        if document.isString(reason, "error") {
            throw OpenAIFailure.reading(choice: choice, of: document, provider: source.id)
        }
        if document.isNull(reason) || document.isString(reason, "") {
            if source.vendor.quirks.mayOmitFinishReason { return }
            throw .malformed("a choice has no finish reason", provider: source.id)
        }
        let aliases = source.vendor.quirks.finishReasonAliases
        if !aliases.isEmpty,
            let reason = RenamedFinishReason(
                reason, ofChoiceAt: choice, of: document, aliases: aliases)
        {
            renamed.append(reason)
        }
    }

    /// The answer as it came, but for finish reasons in OpenAI's words, contents as texts and the
    /// added cost.
    func body(cost: String?) -> [UInt8] {
        let isAsItCame = renamed.isEmpty && flattened.isEmpty
        if isAsItCame && usageObject?.hasCost ?? true { return source }
        return OpenAIReplyEdits.applied(
            renaming: renamed, flattening: flattened, usage: usageObject, cost: cost,
            to: source.span)
    }
}
