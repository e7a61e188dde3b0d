// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Gateway
import Providers
import Routing
import Simulator
import Testing
import Wire

/// Streams that break off in their text and are gone on with by another target.
@Suite struct ResumptionTests {
    typealias Step = UpstreamScript.Step

    /// A second target, and what it says for `" jumps"` and `" over."`.
    struct Heir: CustomTestStringConvertible {
        let dialect: DialectID
        var prefill = AssistantPrefill.refused
        var form = RequestForm.openAI
        var model = "m"
        let steps: [Step]

        var testDescription: String { "\(dialect) \(prefill) \(model)" }

        var vendor: Vendor {
            var vendor = Vendor(id: "heir", name: "Heir", baseURL: "http://heir.invalid")
            vendor.dialect = dialect
            vendor.quirks.assistantPrefill = prefill
            vendor.quirks.requestForm = form
            return vendor
        }
    }

    static let eventStream = Step.head(
        HTTPReplyHead(status: 200, fields: HTTPFields(["content-type": "text/event-stream"])))
    static let cut = Step.end(.failed(TransferFailure(.cut, detail: "scripted")))

    static func events(_ data: [String]) -> [UInt8] {
        Array(data.map { "data: \($0)\n\n" }.joined().utf8)
    }

    static func chunk(_ delta: String, _ reason: String = "null", more: String = "") -> String {
        #"{"id":"first","object":"chat.completion.chunk","created":7,"model":"m-1","choices":["#
            + #"{"index":0,"delta":\#(delta),"finish_reason":\#(reason)\#(more)}]}"#
    }

    /// `The quick fox` in pieces, role first.
    static let pieces = [
        chunk(#"{"role":"assistant","content":""}"#), chunk(#"{"content":"The"}"#),
        chunk(#"{"content":" quick "}"#), chunk(#"{"content":"fox"}"#),
    ]
    static let broken: [Step] = [eventStream, .bytes(events(pieces)), cut]

    static func openAI(_ texts: [String]) -> [Step] {
        let head =
            #"{"id":"second","object":"chat.completion.chunk","created":9,"model":"m-2","choices":["#
        let said = [#"{"role":"assistant","content":""}"#] + texts.map { #"{"content":"\#($0)"}"# }
        let chunks =
            said.map { head + #"{"index":0,"delta":\#($0),"finish_reason":null}]}"# }
            + [
                head + #"{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
                head + #"],"usage":{"prompt_tokens":12,"completion_tokens":7}}"#, "[DONE]",
            ]
        return [eventStream] + chunks.map { .bytes(events([$0])) } + [.end(.complete)]
    }

    static func anthropic(_ texts: [String]) -> [Step] {
        let said = texts.map {
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\#($0)"}}"#
        }
        let all =
            [
                #"{"type":"message_start","message":{"id":"second","model":"c","usage":{"input_tokens":12,"output_tokens":1}}}"#,
                #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            ] + said + [
                #"{"type":"content_block_stop","index":0}"#,
                #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}"#,
                #"{"type":"message_stop"}"#,
            ]
        return [eventStream, .bytes(events(all)), .end(.complete)]
    }

    static let bedrock: [Step] = [
        .head(HTTPReplyHead(status: 200, fields: HTTPFields())),
        .bytes(
            BedrockTests.start
                + [" jumps", " over."].flatMap {
                    BedrockTests.event(
                        "contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"\#($0)"}}"#)
                } + BedrockTests.stop("end_turn")
                + BedrockTests.event(
                    "metadata", #"{"usage":{"inputTokens":12,"outputTokens":7,"totalTokens":19}}"#)),
        .end(.complete),
    ]

    static let heirs = [
        Heir(dialect: .anthropic, steps: anthropic([" jumps", " over."])),
        Heir(
            dialect: .vertex, model: "claude-haiku-4-5",
            steps: anthropic([" jumps", " over."])),
        Heir(
            dialect: .bedrockConverse, model: "anthropic.claude-haiku-4-5-20251001-v1:0",
            steps: bedrock),
        Heir(dialect: .openai, prefill: .continued, steps: openAI([" jumps", " over."])),
        Heir(dialect: .openai, prefill: .marked, steps: openAI([" jumps", " over."])),
        // Mistral repeats what it goes on from.
        Heir(
            dialect: .openai, prefill: .repeated, form: .mistral,
            steps: openAI(["The quick fox", " jumps", " over."])),
        Heir(
            dialect: .openai, prefill: .repeated, form: .mistral,
            steps: openAI(["The qu", "ick fox jumps", " over."])),
    ]

    /// A call of the route `both`: `p0/m`, then the heir.
    static func call(
        _ heir: Heir, first: [Step] = broken, resume: ResumePolicy = .prefill,
        knowsPrefill: Bool = true, more: String = "",
        messages: String = #"[{"role":"user","content":"hi"}]"#,
        configure: (inout GatewayConfiguration) -> Void = { _ in }
    ) -> OneCall {
        let body =
            #"{"model":"both","stream":true,"stream_options":{"include_usage":true}\#(more),"#
            + #""messages":\#(messages)}"#
        return OneCall(
            body: Array(body.utf8),
            vendor: Vendor(id: "p0", name: "P", baseURL: "http://x.invalid"),
            steps: first, stepsElsewhere: heir.steps
        ) { configuration in
            configuration.providers["heir"] = Provider(
                id: "heir", vendor: heir.vendor, endpoint: Endpoint(baseURL: "http://heir.invalid"))
            let target = Target(provider: "heir", model: heir.model)
            if knowsPrefill {
                configuration.declarations[target] = TargetDeclaration(capabilities: [.prefill])
            }
            var route = Route(
                name: "both", targets: [Target(provider: "p0", model: "m"), target])
            route.policy.resume = resume
            configuration.routes["both"] = route
            configure(&configuration)
        }
    }

    private func chunks(of call: OneCall) throws -> [[String: Any]] {
        try call.events.filter { $0 != "[DONE]" }.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    private func deltas(of call: OneCall) throws -> [[String: Any]] {
        try chunks(of: call).flatMap { $0["choices"] as? [[String: Any]] ?? [] }
            .compactMap { $0["delta"] as? [String: Any] }
    }

    private func text(of call: OneCall) throws -> String {
        try deltas(of: call).compactMap { $0["content"] as? String }.joined()
    }

    @Test(arguments: heirs)
    func `a stream that breaks off goes on as the same one`(heir: Heir) throws {
        let call = Self.call(heir)
        #expect(call.sawDone && call.reply.ending == .finished)
        #expect(try text(of: call) == "The quick fox jumps over.")
        let chunks = try chunks(of: call)
        #expect(Set(chunks.compactMap { $0["id"] as? String }) == ["first"])
        #expect(Set(chunks.compactMap { $0["created"] as? Int }) == [7])
        #expect(try deltas(of: call).filter { $0["role"] != nil }.count == 1)
        let marks = chunks.indices.filter { chunks[$0]["martlet"] != nil }
        #expect(marks == [4])
        let mark = try #require(chunks[4]["martlet"] as? [String: Any])
        let resumed = try #require(mark["resumed"] as? [String: Any])
        #expect(
            resumed["provider"] as? String == "heir" && resumed["model"] as? String == heir.model)
        let usages = chunks.compactMap { $0["usage"] as? [String: Any] }
        #expect(usages.count == 1)
        let entry = try #require(call.entries.first)
        #expect(call.entries.count == 1 && entry.state == .complete)
        #expect(entry.attempts.map(\.kind) == [.first, .resume])
        #expect(entry.attempts.map(\.state) == [.upstreamCut, .complete])
        #expect(entry.attempts[1].consumption?.usage.output == 7)
        #expect(usages.first?["completion_tokens"] as? Int == entry.usage.output)
        #expect(usages.first?["prompt_tokens"] as? Int == entry.usage.input)
        #expect(entry.usageSource == .estimated)
        let first = try #require(entry.attempts[0].firstToken)
        #expect(entry.timings.firstToken == first)
    }

    @Test(arguments: heirs)
    func `the text so far is the last message`(heir: Heir) throws {
        let call = Self.call(heir)
        #expect(call.sent.count == 2)
        let body = call.sent[1].message.body
        let root = try #require(
            try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
        let messages = try #require(root["messages"] as? [[String: Any]])
        #expect(messages.count == 2)
        #expect(messages[1]["role"] as? String == "assistant")
        let content = messages[1]["content"]
        let parts = (content as? [[String: Any]])?.compactMap { $0["text"] as? String }
        #expect((content as? String ?? parts?.joined()) == "The quick fox")
        #expect(messages[1]["prefix"] as? Bool == (heir.prefill.isMarked ? true : nil))
    }

    @Test func `wherever it is cut, no word is lost and none comes twice`() throws {
        for count in 1...Self.pieces.count {
            let first: [Step] = [
                Self.eventStream, .bytes(Self.events(Array(Self.pieces.prefix(count)))), Self.cut,
            ]
            let rest = ["The quick fox", " quick fox", "fox", ""][count - 1]
            let call = Self.call(
                Heir(dialect: .anthropic, steps: Self.anthropic([rest, "!"])), first: first)
            #expect(call.sawDone, "\(count)")
            #expect(try text(of: call) == "The quick fox!", "\(count)")
            // Before any text it is a failover.
            let kind: AttemptKind = count == 1 ? .failover : .resume
            #expect(call.entries.first?.attempts.map(\.kind) == [.first, kind], "\(count)")
        }
    }

    /// White space at the break: what the client has, how the model goes on, and what is then read.
    @Test(arguments: [
        (#"a "#, ["b"], "a b"), (#"a "#, [" b"], "a b"), (#"a\n\n"#, [#"\n"#, #"\nb"#], "a\n\nb"),
        (#"a\n"#, [#"\n\nb"#], "a\n\nb"), (#"a"#, [" b"], "a b"),
        (#"a\u2003"#, [#"—b"#], "a\u{2003}—b"),
        (#"a "#, ["", " ", " b"], "a  b"),
    ])
    func `white space at the break comes once`(
        first: String, then: [String], whole: String
    ) throws {
        let pieces = [Self.chunk(#"{"role":"assistant","content":"\#(first)"}"#)]
        let call = Self.call(
            Heir(dialect: .anthropic, steps: Self.anthropic(then)),
            first: [Self.eventStream, .bytes(Self.events(pieces)), Self.cut])
        #expect(try text(of: call) == whole)
        let sent = String(decoding: call.sent[1].message.body, as: UTF8.self)
        #expect(sent.contains(#""text":"a""#))
    }

    @Test(arguments: [
        (["The", " cat"], "The quick foxThe cat"), (["The quick fo"], "The quick foxThe quick fo"),
        ([" jumps"], "The quick fox jumps"),
    ])
    func `only a whole repetition is left out`(then: [String], whole: String) throws {
        let heir = Heir(
            dialect: .openai, prefill: .repeated, form: .mistral, steps: Self.openAI(then))
        #expect(try text(of: Self.call(heir)) == whole)
    }

    // MARK: What is not gone on with

    static let shapes = [
        #","n":2"#, #","logprobs":true"#, #","response_format":{"type":"json_object"}"#,
        #","response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{}}}"#,
        #","modalities":["text","audio"]"#, #","tool_choice":"required""#,
        #","reasoning_effort":"high""#, #","reasoning":{"max_tokens":9}"#,
    ]

    @Test(arguments: shapes)
    func `only plain text is asked for elsewhere`(more: String) throws {
        expectBroken(Self.call(Self.heirs[0], more: more))
    }

    @Test(arguments: [
        #","n":1"#, #","logprobs":false"#, #","response_format":{"type":"text"}"#,
        #","tool_choice":"auto""#, #","reasoning_effort":"none""#, #","n":null"#,
    ])
    func `what asks for nothing else is no hindrance`(more: String) throws {
        #expect(Self.call(Self.heirs[3], more: more).sawDone)
    }

    static let unfit: [(String, [String])] = [
        (
            "a call has begun",
            [
                pieces[1],
                chunk(
                    #"{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}"#
                ),
            ]
        ),
        ("it was thought", [chunk(#"{"reasoning_content":"hm"}"#), pieces[1]]),
        ("it was refused", [chunk(#"{"refusal":"no"}"#)]),
        ("it has ended", pieces + [chunk("{}", #""stop""#)]),
        ("another choice", [pieces[1].replacing(#""index":0"#, with: #""index":1"#)]),
        ("probabilities", [chunk(#"{"content":"a"}"#, more: #","logprobs":{"content":[1]}"#)]),
        ("white space alone", [chunk(#"{"content":" \n"}"#)]),
    ]

    @Test(arguments: unfit)
    func `only text is gone on with`(name: String, pieces: [String]) throws {
        expectBroken(
            Self.call(
                Self.heirs[0],
                first: [Self.eventStream, .bytes(Self.events(pieces)), Self.cut]))
    }

    @Test func `nobody goes on who does not take it`() throws {
        expectBroken(Self.call(Self.heirs[0], resume: .off))
        expectBroken(Self.call(Self.heirs[0], knowsPrefill: false))
        let openAI = Heir(dialect: .openai, steps: Self.openAI(["x"]))
        expectBroken(Self.call(openAI))
        let nova = Heir(
            dialect: .bedrockConverse, model: "amazon.nova-lite-v1:0", steps: Self.bedrock)
        expectBroken(Self.call(nova))
        let gemini = Heir(dialect: .vertex, model: "gemini-2.5-pro", steps: [])
        expectBroken(Self.call(gemini))
        let own = #"[{"role":"user","content":"hi"},{"role":"assistant","content":"I"}]"#
        expectBroken(Self.call(Self.heirs[0], messages: own))
    }

    @Test(arguments: [
        (#"{"error":{"message":"no","type":"server_error"}}"#, true),
        (#"{"error":{"message":"no","code":503}}"#, true),
        (#"{"error":{"message":"no","code":"content_filter"}}"#, false),
        (#"{"error":{"message":"no","code":400,"type":"invalid_request_error"}}"#, false),
    ])
    func `an error that may pass is as good as a cut`(event: String, goesOn: Bool) throws {
        let first: [Step] = [
            Self.eventStream, .bytes(Self.events(Self.pieces + [event])), .end(.complete),
        ]
        let call = Self.call(Self.heirs[0], first: first)
        if goesOn { #expect(call.sawDone) } else { expectBroken(call) }
    }

    @Test func `a stream that stalls goes on elsewhere`() throws {
        let call = Self.call(
            Self.heirs[0],
            first: [Self.eventStream, .bytes(Self.events(Self.pieces)), .silence])
        #expect(call.sawDone)
        #expect(call.entries.first?.attempts.first?.state != .complete)
    }

    @Test(arguments: [
        [Self.eventStream, .bytes(Self.events(Array(Self.pieces.prefix(2)))), Self.cut],
        [Step.head(HTTPReplyHead(status: 400, fields: HTTPFields())), .end(.complete)],
        [Step.end(.failed(TransferFailure(.connect, detail: "scripted")))],
    ])
    func `whoever goes on is the last`(then: [Step]) throws {
        let heir = Heir(dialect: .openai, prefill: .continued, steps: then)
        let call = Self.call(heir) { configuration in
            configuration.providers["third"] = configuration.providers["heir"]
            let target = Target(provider: "third", model: "m")
            configuration.declarations[target] = TargetDeclaration(capabilities: [.prefill])
            configuration.routes["both"]?.members.append(.init(.target(target)))
        }
        #expect(!call.sawDone && call.reply.ending == .aborted)
        #expect(call.events.last?.contains(#""finish_reason":"error""#) == true)
        #expect(call.sent.count == 2)
        let entry = try #require(call.entries.first)
        #expect(entry.state != .complete)
        #expect(entry.attempts.map(\.kind) == [.first, .resume])
    }

    @Test func `what was said counts against the limit`() throws {
        let call = Self.call(Self.heirs[0], more: #","max_tokens":10"#)
        let root = try JSONSerialization.jsonObject(with: Data(call.sent[1].message.body))
        // 13 bytes are taken for 4 tokens.
        #expect((root as? [String: Any])?["max_tokens"] as? Int == 6)
        #expect(call.sawDone)
    }

    @Test func `what the second one is not told is said`() throws {
        let call = Self.call(Self.heirs[0], more: #","seed":1"#)
        let mark = try #require(chunks(of: call)[4]["martlet"] as? [String: [String: Any]])
        #expect(mark["resumed"]?["dropped"] as? [String] == ["seed"])
        #expect(call.entries.first?.dropped == ["seed"])
    }

    /// As without the policy: an error in the stream, and nobody else is asked.
    private func expectBroken(
        _ call: OneCall, _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(!call.sawDone && call.reply.ending == .aborted, sourceLocation: location)
        #expect(call.sent.count == 1, sourceLocation: location)
        #expect(
            call.events.last?.contains(#""finish_reason":"error""#) == true,
            sourceLocation: location)
        #expect(call.entries.first?.attempts.count == 1, sourceLocation: location)
        #expect(!call.reply.text.contains("martlet"), sourceLocation: location)
    }
}
