// SPDX-License-Identifier: Apache-2.0
package import ChatAPI

/// A whole answer of a dialect that is not OpenAI's, as OpenAI's.
package struct TranslatedAnswer: ChatAnswer {
    private let writer: ChatCompletionWriter

    /// Throws: `malformed` where no choice has come, or one of them has no finish reason.
    package init(
        _ deltas: [ChatDelta], _ facts: ReplyFacts, in context: ReplyContext
    ) throws(UpstreamFailure) {
        var writer = ChatCompletionWriter(
            id: context.callID, model: context.model, created: context.created,
            operation: context.operation)
        writer.facts = facts
        for delta in deltas { writer.take(delta) }
        guard writer.isComplete else {
            throw .malformed("the reply has no complete choice", provider: context.provider)
        }
        self.writer = writer
    }

    package var usage: ReportedUsage? { writer.facts.usage }
    package var contentBytes: Int { writer.contentBytes }
    package func body(cost: String?) -> [UInt8] { writer.body(cost: cost) }
}
