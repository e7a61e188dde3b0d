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
    private let renamed: [RenamedFinishReason]
    /// Contents that came as parts.
    private let flattened: [FlattenedContent]

    var usage: ReportedUsage? { usageObject?.reported }

    /// Reads the body of a 2xx reply.
    ///
    /// Throws: a failure of kind `malformed` where it is no chat completion, and the provider's own
    /// where it is an error that came with status 200.
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
        usageObject = OpenAIUsage(
            inReplyAt: root, of: document, quirks: source.vendor.quirks)
        contentBytes = document.range(of: choices).count
        flattened = document.children(of: choices).compactMap { choice in
            document.member("message", of: choice).flatMap {
                FlattenedContent(in: $0, of: document)
            }
        }
        renamed =
            source.vendor.quirks.finishReasonAliases.isEmpty
            ? []
            : document.children(of: choices).compactMap {
                RenamedFinishReason(inChoiceAt: $0, of: document, quirks: source.vendor.quirks)
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
