// SPDX-License-Identifier: Apache-2.0
import Accounting
import ChatAPI
import Gateway
import martlet
import Providers
import Simulator
import Testing
import Wire

/// One quirk, written in the settings, and what it makes of a call.
struct QuirkRow: Sendable, CustomTestStringConvertible {
    var quirk: String
    var value: String
    /// Where the request goes, here and at the vendor, and its first member behind the model.
    var path = "/chat/completions"
    var vendorsPath = "/chat/completions"
    var first = #""messages":[]"#
    /// Members of the request behind those.
    var asked = ""
    /// The same as the vendor is sent them, or nil where it is sent nothing.
    var sent: String?
    /// What the vendor answers: the data of events where it was asked for a stream.
    var reply: [String]
    /// What the client is answered, and parts of it.
    var status = 200
    var told: [String]
    var dropped: [String] = []
    var output: Int? = 7
    var cost: Cost = .unknown

    var testDescription: String { "\(quirk): \(value)" }
}

private let whole =
    #"{"choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}],"usage":"#
    + #"{"prompt_tokens":12,"completion_tokens":7"#
private let text = #"{"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}]}"#
private let stop = #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#
private let usage = #"{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":7}}"#
private let stopWithUsage =
    #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":"#
    + #"{"prompt_tokens":12,"completion_tokens":7}}"#
private let streamed = #","stream":true"#

private let quirkRows: [QuirkRow] = [
    QuirkRow(
        quirk: "request_form", value: "openai", asked: #","seed":1"#, sent: #","seed":1"#,
        reply: [whole + "}}"], told: ["hi"]),
    QuirkRow(
        quirk: "request_form", value: "mistral", asked: #","seed":1,"user":"u""#,
        sent: #","random_seed":1"#, reply: [whole + "}}"], told: ["hi"], dropped: ["user"]),
    QuirkRow(
        quirk: "embeddings",
        value: "{ path: /embed, dimensions_field: size, encoding_formats: [base64], "
            + "dropped_parameters: [user] }",
        path: "/embeddings", vendorsPath: "/embed", first: #""input":"a""#,
        asked: #","dimensions":2,"user":"u","encoding_format":"base64""#,
        sent: #","size":2,"encoding_format":"base64""#,
        reply: [
            #"{"data":[{"index":0,"embedding":"AACAPwAAAAA="}],"usage":{"prompt_tokens":2}}"#
        ],
        told: ["AACAPwAAAAA=", #""prompt_tokens":2"#], dropped: ["user"], output: 0),
    QuirkRow(
        quirk: "embeddings", value: "{ encoding_formats: [], base64_numbers: int8 }",
        path: "/embeddings", vendorsPath: "/embeddings", first: #""input":"a""#,
        asked: #","encoding_format":"float""#, sent: "",
        reply: [#"{"data":[{"embedding":"/wE="}],"usage":{"prompt_tokens":2}}"#],
        told: [#""embedding":[-1,1]"#, #""prompt_tokens":2"#], output: 0),
    QuirkRow(
        quirk: "stream_usage", value: "option", asked: streamed,
        sent: streamed + #","stream_options":{"include_usage":true}"#, reply: [text, stop, usage],
        told: [text, "data: [DONE]"]),
    QuirkRow(
        quirk: "stream_usage", value: "always", asked: streamed, sent: streamed,
        reply: [text, stopWithUsage], told: [text, "data: [DONE]"]),
    QuirkRow(
        quirk: "stream_usage", value: "never", asked: streamed, sent: streamed,
        reply: [text, stop], told: [text, "data: [DONE]"], output: 1),
    QuirkRow(
        quirk: "may_omit_finish_reason", value: "true", asked: streamed,
        sent: streamed + #","stream_options":{"include_usage":true}"#,
        reply: [text, usage, "[DONE]"], told: [text, "data: [DONE]"]),
    QuirkRow(
        quirk: "finish_reason_aliases", value: "{ eos: stop }", sent: "",
        reply: [whole.replacing("\"stop\"", with: "\"eos\"") + "}}"],
        told: [#""finish_reason":"stop","native_finish_reason":"eos""#]),
    QuirkRow(
        quirk: "max_tokens_field", value: "max_tokens", asked: #","max_completion_tokens":9"#,
        sent: #","max_tokens":9"#, reply: [whole + "}}"], told: ["hi"]),
    QuirkRow(
        quirk: "max_tokens_field", value: "max_completion_tokens", asked: #","max_tokens":9"#,
        sent: #","max_completion_tokens":9"#, reply: [whole + "}}"], told: ["hi"]),
    QuirkRow(
        quirk: "dropped_parameters", value: "[seed, user]", asked: #","seed":1,"top_p":0.5"#,
        sent: #","top_p":0.5"#, reply: [whole + "}}"], told: ["hi"], dropped: ["seed"]),
    QuirkRow(
        quirk: "refused_parameters", value: "[audio]", asked: #","audio":{}"#, sent: nil,
        reply: [], status: 400, told: [#""param":"audio""#, "unsupported_parameter"], output: nil,
        cost: .computed(.zero)),
    QuirkRow(
        quirk: "reported_cost", value: "usd:billing.total", sent: "",
        reply: [whole + #","billing":{"total":0.5}}}"#], told: [#""cost":0.5"#],
        cost: .reported(Picodollars(rawValue: 500_000_000_000))),
    QuirkRow(
        quirk: "routing_preferences", value: "passed",
        asked: #","models":["a"],"provider":{"order":["b"]}"#,
        sent: #","models":["a"],"provider":{"order":["b"]}"#, reply: [whole + "}}"], told: ["hi"]),
    QuirkRow(
        quirk: "routing_preferences", value: "taken_out", asked: #","session_id":"s","n":1"#,
        sent: #","n":1"#, reply: [whole + "}}"], told: ["hi"]),
    // A call that does not break off is as any other; what it is for is in `ResumptionTests`.
    QuirkRow(
        quirk: "assistant_prefill", value: "continued", sent: "", reply: [whole + "}}"],
        told: ["hi"]),
    QuirkRow(
        quirk: "reasoning_outside_output", value: "true", sent: "",
        reply: [whole + #","completion_tokens_details":{"reasoning_tokens":5}}}"#], told: ["hi"],
        output: 12),
]

/// A vendor that no row of `Config/providers.json` knows, added in the settings alone.
@Suite struct ConfiguredVendorTests {
    private static func settings(_ quirks: String) -> SettingsReading {
        read(
            """
            providers:
              acme:
                dialect: openai
                base_url: https://api.acme.invalid/v2
                authentication: header:x-acme-key
                api_key: ${ACME_KEY}
                quirks: \(quirks)
            """, variables: ["ACME_KEY": "acme-1"])
    }

    @Test(arguments: quirkRows)
    func `a quirk does what it says`(row: QuirkRow) throws {
        let reading = Self.settings("{ \(row.quirk): \(row.value) }")
        #expect(reading.lines == [])
        let settings = try #require(reading.settings)
        #expect(someVendors["acme"] == nil)
        let call = ConfiguredCall(
            #"{"model":"acme/m",\#(row.first)\#(row.asked)}"#, to: row.path, settings.gateway,
            reply: row.reply, isStream: row.asked.contains("stream"))
        #expect(call.reply.head?.status == row.status)
        for text in row.told { #expect(call.reply.text.contains(text)) }
        let entry = try #require(call.entry)
        #expect(entry.state == (row.status == 200 ? .complete : .refused))
        #expect(entry.dropped == row.dropped)
        #expect(entry.usage.output == row.output)
        #expect(entry.cost == row.cost)
        guard let sent = row.sent else { return #expect(call.sent == nil) }
        let request = try #require(call.sent)
        let url = request.endpoint.baseURL + request.message.target
        #expect(url == "https://api.acme.invalid/v2\(row.vendorsPath)")
        #expect(request.message.fields.first("x-acme-key") == "acme-1")
        let body = String(decoding: request.message.body, as: UTF8.self)
        #expect(body == #"{"model":"m",\#(row.first)\#(sent)}"#)
    }

    @Test func `every quirk of the closed list has a row`() {
        let members = Mirror(reflecting: Quirks()).children.compactMap(\.label)
        let names = Set(quirkRows.map { $0.quirk.replacing("_", with: "") })
        #expect(names == Set(members.map { $0.lowercased() }))
        let values =
            StreamUsage.allCases.count + MaxTokensField.allCases.count + RequestForm.allCases.count
        #expect(values == 7)
    }

    @Test func `a quirk of the settings goes before the vendor's, and the others stay`() throws {
        let vendor: Vendor = {
            var vendor = Vendor(id: "openai", name: "OpenAI", baseURL: "https://x.invalid/v1")
            vendor.quirks.streamUsage = .always
            vendor.quirks.maxTokensField = .maxTokens
            return vendor
        }()
        let surroundings = Surroundings(variables: [:]) { _ throws(FileFailure) in
            throw FileFailure(reason: "there are no files", isMissing: true)
        }
        let loader = SettingsLoader(vendors: VendorTable([vendor]), surroundings: surroundings)
        let text = "providers: { openai: { quirks: { stream_usage: never } } }"
        let quirks = loader.read(text, file: "martlet.yaml").settings?
            .gateway.providers["openai"]?.vendor.quirks
        #expect(quirks?.streamUsage == .never)
        #expect(quirks?.maxTokensField == .maxTokens)
    }
}

/// A call through a gateway that is set up by a file.
struct ConfiguredCall {
    let reply = RecordingReply()
    private(set) var sent: TransferRequest?
    private(set) var entry: LedgerEntry?

    /// - Parameter lines: the vendor's answer, or the data of its events.
    init(
        _ body: String, to path: String = "/chat/completions",
        _ configuration: GatewayConfiguration, reply lines: [String], isStream: Bool
    ) {
        let type = isStream ? "text/event-stream" : "application/json"
        let text = lines.map { isStream ? "data: \($0)\n\n" : $0 }.joined()
        let shard = SimulatedShard()
        let clock = VirtualClock()
        let ledger = RecordingLedger()
        var sent: TransferRequest?
        let transport = ScriptedTransport(clock: clock) { request in
            sent = request
            let head = HTTPReplyHead(status: 200, fields: HTTPFields(["content-type": type]))
            return UpstreamScript([.head(head), .bytes(Array(text.utf8)), .end(.complete)])
        }
        let gateway = Gateway(
            ports: GatewayPorts(
                clock: clock, tasks: shard, random: SeededRandom(seed: 1), transport: transport,
                ledger: CallLedger(sink: ledger, flushes: shard, report: { _ in })),
            configuration: configuration)
        let request = HTTPRequest(
            method: "POST", target: "/v1\(path)",
            fields: HTTPFields(["content-type": "application/json"]), body: Array(body.utf8),
            arrival: clock.now)
        let reply = reply
        shard.run { gateway.handle(request, reply: reply) }
        var isRunning = true
        while isRunning { shard.run { isRunning = clock.runNext(before: .distantFuture) } }
        self.sent = sent
        entry = ledger.entries.first
    }
}
