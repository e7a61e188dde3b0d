// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Foundation
import Gateway
import Providers
import Simulator
import Testing
import Wire

/// What becomes of an answer to a request for vectors, in bytes of our own.
@Suite struct EmbeddingsAnswerTests {
    /// A call whose provider answers with 200 and `body`.
    static func call(
        _ body: String, model: String = "m", to members: String = #""input":"a""#,
        dialect: DialectID = .openai, quirks: Quirks = Quirks(),
        configure: (inout GatewayConfiguration) -> Void = { _ in }
    ) -> OneCall {
        OneCall(
            body: Array(#"{"model":"v/\#(model)",\#(members)}"#.utf8),
            vendor: Vendor(
                id: "v", name: "V", baseURL: "http://x.invalid", dialect: dialect, quirks: quirks),
            steps: [
                .head(HTTPReplyHead(status: 200, fields: HTTPFields())), .bytes(Array(body.utf8)),
                .end(.complete),
            ], operation: .embeddings, configure: configure)
    }

    @Test(
        arguments: [
            #"[{"embedding":[1]}]"#, #"[{"embedding":[1]},{"embedding":[2]},{"embedding":[3]}]"#,
            #"[{"embedding":[1]},{"object":"embedding"}]"#, #"[{"embedding":[1]},7]"#,
            #"[{"embedding":[1]},{"embedding":[]}]"#, #"[{"embedding":[1]},{"embedding":null}]"#,
            #"[{"embedding":[1]},{"embedding":{"float":[1]}}]"#,
            #"[{"embedding":[1]},{"embedding":[[1]]}]"#,
            #"[{"embedding":[1]},{"embedding":["x"]}]"#,
        ], [DialectID.openai, .azureOpenAI])
    func `an answer without a vector for each text is no answer`(
        data: String, dialect: DialectID
    ) {
        for format in ["float", "base64"] {
            let call = Self.call(
                #"{"data":\#(data),"usage":{"prompt_tokens":2,"total_tokens":2}}"#,
                to: #""input":["a","b"],"encoding_format":"\#(format)""#, dialect: dialect)
            #expect(call.reply.head?.status == 502 && call.entries.first?.state == .malformed)
        }
    }

    /// `AACAPw==` are the four bytes of the float 1.
    @Test(
        arguments: [
            ("AACAPw==", "base64", true), ("AACAPw", "base64", false), ("AACAPw==", "float", false),
            ("AACAPw==", nil, false), ("AACA", "base64", false), ("", "base64", false),
            ("AACAP=", "base64", false), ("AAC!Pw==", "base64", false),
            (#"AACAPw\u003d="#, "base64", true), ("AACA", "base64_int8", true),
        ] as [(String, String?, Bool)])
    func `a vector is a text only where that is asked for, and then is whole floats`(
        text: String, format: String?, isAnswer: Bool
    ) {
        let form = format.map { #","encoding_format":"\#($0)""# } ?? ""
        let body = #"{"data":[{"embedding":"\#(text)"}]}"#
        let call = Self.call(body, to: #""input":"a"\#(form)"#)
        #expect(call.reply.head?.status == (isAnswer ? 200 : 502))
        #expect(call.entries.first?.state == (isAnswer ? .complete : .malformed))
        if isAnswer { #expect(call.reply.text == body) }
    }

    /// Units: tokens, and millionths of a millionth of a USD, of which a token of input costs one.
    @Test(
        arguments: [
            (#""prompt_tokens":7"#, 7, #""prompt_tokens":7"#),
            (#""prompt_tokens":7,"completion_tokens":0"#, 7, #""prompt_tokens":7"#),
            (#""total_tokens":7"#, 7, #""total_tokens":7,"prompt_tokens":7"#),
            (#""total_tokens":7,"completion_tokens":0"#, 7, #"":0,"prompt_tokens":7"#),
            (#""prompt_tokens":null,"total_tokens":7"#, 7, #""prompt_tokens":7,"total_tokens":7"#),
            (#""total_tokens":7,"completion_tokens":8"#, nil, #""completion_tokens":8}"#),
            (#""total_tokens":-7"#, nil, #""total_tokens":-7}"#),
            (#""completion_tokens":0"#, nil, #""completion_tokens":0}"#),
            (#""cost":null"#, nil, #""cost":null}"#),
        ] as [(String, Int?, String)])
    func `input is counted however it is told, and is never free for want of a count`(
        usage: String, told: Int?, arrives: String
    ) throws {
        let row =
            #"{"catalogue":"models","version":"2026-01-01-x","rows":1}"# + "\n"
            + #"{"provider":"v","model":"m","prices":{"input":"0.000001","output":"0"}}"# + "\n"
        let book = try PriceBook(Array(row.utf8))
        let call = Self.call(
            #"{"data":[{"embedding":[1]}],"usage":{\#(usage)}}"#, to: #""input":"twelve bytes""#
        ) { $0.prices = book }
        let entry = try #require(call.entries.first, "\(call.reply.text)")
        #expect(entry.usageSource == (told == nil ? .estimated : .upstream))
        #expect(entry.usage.input == told ?? 3 && entry.usage.output == 0)
        #expect(entry.cost == .computed(Picodollars(rawValue: Int128(told ?? 3))))
        #expect(call.reply.text.contains(arrives), "\(call.reply.text)")
        let got = PublicRecording.json(Data(call.reply.body))?["usage"] as? [String: Any]
        #expect(got?["prompt_tokens"] as? Int == told)
    }

    static let int8: Quirks = {
        var quirks = Quirks()
        var embeddings = EmbeddingsQuirks()
        embeddings.encodingFormats = []
        embeddings.base64Numbers = .int8
        quirks.embeddings = embeddings
        return quirks
    }()

    /// `/wB/gA==` are the bytes -1, 0, 127 and -128.
    @Test(
        arguments: [
            (nil, "[-1,0,127,-128]"), ("float", "[-1,0,127,-128]"),
            ("base64", #""AACAvwAAAAAAAP5CAAAAww==""#), ("base64_int8", #""/wB/gA==""#),
            ("base64_binary", #""/wB/gA==""#),
        ] as [(String?, String)])
    func `bytes in base64 become the numbers that were asked for`(
        format: String?, vector: String
    ) throws {
        let form = format.map { #","encoding_format":"\#($0)""# } ?? ""
        let call = Self.call(
            #"{"data":[{"index":0,"embedding":"/wB/gA=="}]}"#, to: #""input":"a"\#(form)"#,
            quirks: Self.int8)
        #expect(call.reply.text == #"{"data":[{"index":0,"embedding":\#(vector)}]}"#)
        let isOwn = format?.hasPrefix("base64_") == true
        let sent = String(decoding: try #require(call.sent.first).message.body, as: UTF8.self)
        #expect(sent == #"{"model":"m","input":"a"\#(isOwn ? form : "")}"#)
    }

    @Test(arguments: [
        (#""input":"twelve bytes""#, #"{"embedding":[1]}"#),
        (#""input":[[1,2],[3]]"#, #"{"embedding":[1]},{"embedding":[2]}"#),
    ])
    func `where no usage is reported it is estimated, and says so`(
        input: String, vectors: String
    ) throws {
        let call = Self.call(#"{"data":[\#(vectors)]}"#, to: input)
        let entry = try #require(call.entries.first)
        #expect(entry.usageSource == .estimated && entry.usage.input == 3)
        #expect(entry.usage.output == 0 && entry.cost == .unknown)
        #expect(call.reply.head?.fields.first("x-martlet-cost") == "unknown")
    }

    /// Units: characters, tokens and millionths of a millionth of a USD.
    @Test(
        arguments: [
            (#"{"metadata":{"billableCharacterCount":20},"#, #"3"#, 20, 500_000),
            (#"{"#, #"3"#, nil, nil),
            (#"{"metadata":{"billableCharacterCount":-1},"#, #"3"#, nil, nil),
            (#"{"metadata":{"billableCharacterCount":20},"#, #"-3"#, nil, nil),
        ] as [(String, String, Int?, Int128?)])
    func `a model of Vertex AI that is billed by characters costs its characters, or nobody knows`(
        metadata: String, tokens: String, characters: Int?, picodollars: Int128?
    ) throws {
        let row =
            #"{"catalogue":"models","version":"2026-01-01-x","rows":1}"# + "\n"
            + #"{"provider":"v","model":"text-embedding-005","mode":"embedding","prices":"#
            + #"{"input":"0.1","output":"0"},"per_unit":{"input_character":"0.000000025"}}"# + "\n"
        let book = try PriceBook(Array(row.utf8))
        let vectors =
            #""predictions":[{"embeddings":{"values":[1],"statistics":{"token_count":\#(tokens)}}}]}"#
        let call = Self.call(
            metadata + vectors, model: "text-embedding-005", to: #""input":"eight by""#,
            dialect: .vertex
        ) { $0.prices = book }
        let entry = try #require(call.entries.first, "\(call.reply.text)")
        #expect(entry.usage.inputCharacters == characters)
        let cost = picodollars.map { Cost.computed(Picodollars(rawValue: $0)) }
        #expect(entry.cost == cost ?? .unknown)
        #expect(
            call.reply.head?.fields.first("x-martlet-cost")
                == (cost == nil ? "unknown" : "0.0000005"))
        // Where a text has no count, its bytes make the estimate.
        #expect(entry.usageSource == (tokens == "3" ? .upstream : .estimated))
    }

    @Test(arguments: [
        #"{"data":[]}"#, #"{"data":[ ]}"#, #"{"data":{}}"#, #"{}"#, "[]", "nothing", "",
        #"{"data":[{"embedding":["x"]}]}"#, #"{"data":[{"embedding":[1e99]}]}"#,
    ])
    func `an answer without vectors is no answer`(body: String) {
        let call = Self.call(body, to: #""input":"a","encoding_format":"base64""#)
        #expect(call.reply.head?.status == 502 && call.entries.first?.state == .malformed)
    }

    @Test func `an error that came with 200 is one`() {
        let call = Self.call(#"{"error":{"message":"slow","code":429}}"#)
        #expect(call.reply.head?.status == 429)
        #expect(call.entries.first?.state == .upstreamError)
    }
}
