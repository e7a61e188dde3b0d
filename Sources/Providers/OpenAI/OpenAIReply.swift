// SPDX-License-Identifier: Apache-2.0
package import ChatAPI
import JSON

/// A whole answer in the OpenAI dialect: that it is one, and what it consumed.
package struct OpenAIReply: Sendable {
    package var usage: OpenAIUsage?
    /// Units: bytes of the choices, for an estimate where no usage is reported.
    package var contentBytes: Int
    /// Finish reasons that are not in OpenAI's words.
    package var renamed: [RenamedFinishReason]

    /// Reads the body of a 2xx reply.
    ///
    /// Throws: a failure of kind `malformed` where it is no chat completion, and the provider's own
    /// where it is an error that came with status 200.
    package init(
        reading body: [UInt8], provider: String, quirks: Quirks
    ) throws(UpstreamFailure) {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: body)
        } catch {
            throw OpenAIFailure.malformed(error.message, provider: provider)
        }
        let root = document.root
        guard document.kind(of: root) == .object else {
            throw OpenAIFailure.malformed("the reply is no object", provider: provider)
        }
        if let error = document.member("error", of: root), !document.isNull(error) {
            throw OpenAIFailure.reading(error: error, of: document, provider: provider)
        }
        guard let choices = document.member("choices", of: root),
            document.firstChild(of: choices) != nil
        else { throw OpenAIFailure.malformed("the reply has no choices", provider: provider) }
        usage = OpenAIUsage(inReplyAt: root, of: document, quirks: quirks)
        contentBytes = document.range(of: choices).count
        renamed =
            quirks.finishReasonAliases.isEmpty
            ? []
            : document.children(of: choices).compactMap {
                RenamedFinishReason(inChoiceAt: $0, of: document, quirks: quirks)
            }
    }

    /// The answer as the client gets it: finish reasons in OpenAI's words, and the cost.
    ///
    /// - Parameter cost: USD in decimal, or nil where it is unknown.
    package func edited(_ body: [UInt8], cost: String?) -> [UInt8] {
        if renamed.isEmpty && usage?.hasCost ?? true { return body }
        return OpenAIReplyEdits.applied(
            renaming: renamed, usage: usage, cost: cost, to: body.span)
    }
}
