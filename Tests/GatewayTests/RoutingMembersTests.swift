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

/// What providers are sent of what a client says of routing: nothing, unless they route themselves.
@Suite struct RoutingMembersTests {
    private static let routing =
        #""models":["v/other"],"provider":{"order":["v"]},"route":"fallback","session_id":"s1""#
    private static let inputs: [CallOperation: String] = [
        .chat: #""messages":[{"role":"user","content":"hi"}]"#, .completions: #""prompt":"hi""#,
        .embeddings: #""input":"hi""#,
    ]
    private static let names = ["models", "provider", "route", "session_id"]

    /// - Parameter order: what the body's members are; `input` and `routing` stand for those above.
    private static func call(
        _ order: [String], to dialect: DialectID = .openai, _ operation: CallOperation = .chat,
        quirks: Quirks = Quirks(), routes: [String] = []
    ) throws -> OneCall {
        let members = try order.map { member in
            switch member {
            case "routing": routing
            case "input": try #require(inputs[operation])
            default: member
            }
        }
        let vendor = Vendor(
            id: "v", name: "V", baseURL: "http://x.invalid", dialect: dialect, quirks: quirks)
        return OneCall(
            body: Array("{\(members.joined(separator: ","))}".utf8), vendor: vendor,
            steps: [
                .head(HTTPReplyHead(status: 500, fields: HTTPFields())), .bytes(Array("{}".utf8)),
                .end(.complete),
            ], operation: operation
        ) { configuration in
            for name in routes {
                let target = Target(provider: "v", model: "m")
                configuration.routes[name] = Route(name: name, targets: [target])
            }
        }
    }

    private static func text(_ call: OneCall) throws -> String {
        String(decoding: try #require(call.sent.first).message.body, as: UTF8.self)
    }

    private static let dialects = DialectID.allCases.filter(\.isImplemented)

    private static func model(of dialect: DialectID, _ operation: CallOperation) -> String {
        switch (dialect, operation) {
        case (.bedrockConverse, .embeddings): "cohere.embed-english-v3"
        case (.vertex, .chat): "google/gemini-2.5-flash"
        default: "m"
        }
    }

    @Test(arguments: dialects, CallOperation.allCases)
    func `no dialect sends them on, and none is called dropped`(
        dialect: DialectID, operation: CallOperation
    ) throws {
        let model = #""model":"v/\#(Self.model(of: dialect, operation))""#
        let call = try Self.call([model, "routing", "input"], to: dialect, operation)
        let fields = try #require(call.reply.head).fields
        guard let sent = call.sent.first else {
            // Not every dialect has every operation.
            #expect(operation != .chat && call.reply.head?.status == 404)
            return
        }
        #expect(fields.first("x-martlet-dropped") == nil)
        let body = try #require(
            try JSONSerialization.jsonObject(with: Data(sent.message.body)) as? [String: Any])
        for name in Self.names { #expect(body[name] == nil, "\(name)") }
        let text = String(decoding: sent.message.body, as: UTF8.self)
        #expect(!text.contains("v/other") && !text.contains("s1"))
    }

    @Test func `the bytes around them stay`() throws {
        let model = #""model":"v/m""#
        let first = try Self.call(["routing", model, "input", #""x":1.50"#])
        let last = try Self.call([model, "input", #""x":1.50"#, "routing"])
        let sent = #"{"model":"m","messages":[{"role":"user","content":"hi"}],"x":1.50}"#
        #expect(try Self.text(first) == sent)
        #expect(try Self.text(last) == sent)
    }

    @Test(arguments: [RequestForm.openAI, .mistral])
    func `a model that only models names is sent`(form: RequestForm) throws {
        var quirks = Quirks()
        quirks.requestForm = form
        let call = try Self.call([#""models":["v/a","v/b"]"#, "input"], quirks: quirks)
        #expect(
            try Self.text(call)
                == #"{"messages":[{"role":"user","content":"hi"}],"model":"a"}"#)
        let null = try Self.call(
            [#""model":null"#, #""models":["v/a"]"#, "input"], quirks: quirks)
        #expect(try Self.text(null).contains(#""model":"a""#))
    }

    private static let passed: Quirks = {
        var quirks = Quirks()
        quirks.routingPreferences = .passed
        return quirks
    }()

    @Test(arguments: [CallOperation.chat, .completions, .embeddings])
    func `a provider that routes is sent them untouched where it is named`(
        operation: CallOperation
    ) throws {
        let call = try Self.call(
            [#""model":"v/a/b:floor""#, "routing", "input"], to: .openai, operation,
            quirks: Self.passed)
        let input = try #require(Self.inputs[operation])
        #expect(try Self.text(call) == #"{"model":"a/b:floor",\#(Self.routing),\#(input)}"#)
        #expect(call.reply.head?.fields.first("x-martlet-dropped") == nil)
    }

    @Test func `behind a route it is sent the session alone`() throws {
        let call = try Self.call(
            [#""model":"fast""#, "routing", "input"], quirks: Self.passed, routes: ["fast"])
        #expect(
            try Self.text(call)
                == #"{"model":"m","session_id":"s1","messages":[{"role":"user","content":"hi"}]}"#)
    }

    @Test func `what the gateway cannot act on is named as dropped`() throws {
        var quirks = Quirks()
        quirks.droppedParameters = ["user"]
        let call = try Self.call(
            [
                #""model":"v/m""#, #""provider":{"quantizations":["fp8"]}"#, #""user":"u""#,
                "input",
            ], quirks: quirks)
        #expect(
            call.reply.head?.fields.first("x-martlet-dropped") == "provider.quantizations, user")
        #expect(call.entries.first?.dropped == ["provider.quantizations", "user"])
    }

    @Test func `strict mode of one call drops nothing`() throws {
        let body = #"{"model":"v/m","messages":[],"user":"u"}"#
        var vendor = Vendor(id: "v", name: "V", baseURL: "http://x.invalid")
        vendor.quirks.droppedParameters = ["user"]
        let call = OneCall(
            body: Array(body.utf8), vendor: vendor, steps: [],
            fields: ["x-martlet-strict": "true"])
        #expect(call.reply.head?.status == 400 && call.reply.text.contains(#""param":"user""#))
        #expect(call.sent.isEmpty)
    }
}
