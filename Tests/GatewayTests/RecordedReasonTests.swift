// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Foundation
import Providers
import Testing
import Wire

/// What the recorded failures of real providers are taken for, all of them: a reason is found where
/// there is one, and in no other.
@Suite struct RecordedReasonTests {
    private static let dialects: [String: DialectID] = [
        "openai-chat": .openai, "openai-completions": .openai, "openai-responses": .openai,
        "anthropic-messages": .anthropic, "gemini": .gemini, "bedrock-converse": .bedrockConverse,
        "bedrock-invoke": .bedrockConverse, "cohere-v2": .cohere, "ollama": .ollama,
    ]

    /// Told by reading all of them.
    private static let reasons: [String: UpstreamFailure.Reason] = [
        "bedrock-converse-sync-d46de532": .contextLength,
        "llamacpp-chat-stream-146400fd": .contextLength,
        "llamacpp-chat-sync-78671aba": .contextLength,
        "openai-responses-sync-e225f7ea": .contextLength,
        "openrouter-chat-sync-a4245204": .contextLength,
    ]

    static let failures = PublicRecording.all(of: Set(dialects.keys)).filter { !$0.isSuccess }

    @Test(.enabled(if: PublicRecording.folder != nil))
    func `a recorded failure is taken for what it says`() throws {
        #expect(Self.failures.count > 150)
        for recording in Self.failures {
            let id = try #require(Self.dialects[recording.dialect])
            let dialect = try #require(ChatDialects.dialect(id))
            var fields = HTTPFields()
            for (name, value) in recording.fields { fields.append(name, value) }
            let failure = dialect.failure(
                head: HTTPReplyHead(status: recording.status, fields: fields),
                body: recording.body, provider: recording.provider)
            let text = String(decoding: recording.body, as: UTF8.self)
            #expect(
                failure.reason == Self.reasons[recording.id],
                "\(recording.id), \(recording.status): \(text.prefix(400))")
        }
    }
}
