// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Gateway
import Routing
import Testing
import Wire

/// What a request needs a model to be able to, and what names its conversation.
@Suite struct CallNeedsTests {
    private static func needs(
        _ members: String, content: String = #""hi""#, _ operation: CallOperation = .chat,
        _ fields: KeyValuePairs<String, String> = [:]
    ) throws -> CallNeeds {
        let input =
            switch operation {
            case .chat: #""messages":[{"role":"user","content":\#(content)}]"#
            case .completions: #""prompt":\#(content)"#
            case .embeddings: #""input":\#(content)"#
            }
        let body = #"{"model":"m",\#(input)\#(members.isEmpty ? "" : ",")\#(members)}"#
        return CallNeeds(
            of: try ChatRequest(body: Array(body.utf8), operation: operation),
            fields: HTTPFields(fields))
    }

    @Test(
        arguments: [
            ("", []), (#""tools":[]"#, []), (#""tools":null"#, []),
            (#""tools":[{"type":"function","function":{"name":"f"}}]"#, .tools),
            (#""functions":[{"name":"f"}]"#, .tools),
            (#""response_format":{"type":"json_object"}"#, []),
            (#""response_format":{"type":"json_schema","json_schema":{}}"#, .jsonSchema),
            (#""modalities":["text"]"#, []), (#""modalities":["text","audio"]"#, .audioOutput),
            (#""reasoning_effort":"none""#, []), (#""reasoning_effort":null"#, []),
            (#""reasoning_effort":"low""#, .reasoning), (#""reasoning":{}"#, []),
            (#""reasoning":{"effort":"none"}"#, []), (#""reasoning":{"enabled":false}"#, []),
            (#""reasoning":{"max_tokens":100}"#, .reasoning), (#""reasoning":"high""#, []),
            (
                #""tools":[{}],"reasoning_effort":"high","modalities":["audio"]"#,
                [.tools, .reasoning, .audioOutput]
            ),
        ] as [(String, Capabilities)])
    func `parameters need what their values ask for`(
        members: String, capabilities: Capabilities
    ) throws {
        #expect(try Self.needs(members).capabilities == capabilities)
    }

    @Test(
        arguments: [
            (#"[{"type":"image_url","image_url":{"url":"data:,"}}]"#, .vision),
            (#"[{"type":"text","text":"a"},{"type":"input_audio","input_audio":{}}]"#, .audioInput),
            (#"[{"type":"file","file":{"file_id":"f"}}]"#, .pdf),
            (#"[{"type":"image\u005furl"},{"type":"file"}]"#, [.vision, .pdf]),
            (#"[{"type":"text","text":"image_url \"input_audio\" file"}]"#, []),
            (#""\"type\":\"image_url\"""#, []), ("null", []), ("[]", []),
        ] as [(String, Capabilities)])
    func `parts of messages need what they are, whatever texts say`(
        content: String, capabilities: Capabilities
    ) throws {
        #expect(try Self.needs("", content: content).capabilities == capabilities)
    }

    @Test func `what it may consume is the input by its bytes and the output by its limit`() throws
    {
        let text = #""\#(String(repeating: "a", count: 400))""#
        let plain = try Self.needs("", content: text)
        #expect((100...110).contains(plain.estimate.uncachedInput ?? 0))
        #expect(plain.estimate.output == 512 && !plain.isStream)
        let limited = try Self.needs(#""max_tokens":9,"max_completion_tokens":7,"stream":true"#)
        #expect(limited.estimate.output == 7 && limited.isStream)
        #expect(try Self.needs(#""max_tokens":9"#).estimate.output == 9)
        let vectors = try Self.needs("", content: text, .embeddings)
        #expect(vectors.estimate.output == 0 && vectors.conversation == nil)
        #expect(vectors.estimate.uncachedInput == 101 || vectors.estimate.uncachedInput == 100)
    }

    @Test func `what the client names its conversation by comes first`() throws {
        let byBody = try Self.needs(
            #""session_id":"a","prompt_cache_key":"c""#, .chat, ["x-session-id": "b"])
        let byField = try Self.needs(#""prompt_cache_key":"c""#, .chat, ["X-Session-Id": "b"])
        let byKey = try Self.needs(#""prompt_cache_key":"c""#)
        let byText = try Self.needs("")
        let keys = [byBody, byField, byKey, byText].map(\.conversation)
        #expect(Set(keys).count == 4 && !keys.contains(nil))
        #expect(
            try Self.needs(#""session_id":"a""#, content: #""other""#).conversation
                == byBody.conversation)
        #expect(try Self.needs(#""session_id":"""#).conversation == byText.conversation)
    }

    private static func conversation(_ messages: String) throws -> UInt64? {
        let body = #"{"model":"m","messages":[\#(messages)]}"#
        return CallNeeds(
            of: try ChatRequest(body: Array(body.utf8)), fields: HTTPFields()
        ).conversation
    }

    @Test func `a conversation is known by its beginning however long it gets`() throws {
        let system = #"{"role":"system","content":"be kind"}"#
        let user = #"{"role":"user","content":"hi"}"#
        let more = #"{"role":"assistant","content":"ho"},{"role":"user","content":"so"}"#
        let first = try Self.conversation("\(system),\(user)")
        #expect(first != nil)
        #expect(try Self.conversation("\(system),\(user),\(more)") == first)
        #expect(try Self.conversation("\(system),\(user),\(more),\(system)") == first)
        #expect(try Self.conversation(user) != first)
        #expect(
            try Self.conversation(#"{"role":"system","content":"be rude"},\#(user)"#) != first)
        #expect(try Self.conversation(#"{"role":"assistant","content":"ho"}"#) == nil)
        #expect(try Self.conversation("") == nil)
    }

    /// Known from one build to the next: other machines choose by it.
    @Test func `the key of a conversation does not change`() throws {
        var hash = StableHash()
        hash.mix("martlet")
        #expect(hash.value == 10_271_682_774_900_797_876)
        var parts = StableHash()
        parts.mix("mart")
        parts.mix("let")
        #expect(parts.value != hash.value)
    }
}
