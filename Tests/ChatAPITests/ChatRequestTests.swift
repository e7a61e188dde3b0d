// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Testing

@Suite struct ChatRequestTests {
    @Test(arguments: [
        (#"{"model":"a/b","messages":[]}"#, false, false),
        (#"{"messages":[],"model":"a/b","stream":true}"#, true, false),
        (#"{"model":"a/b","messages":[],"stream":null}"#, false, false),
        (#"{"model":"a/b","messages":[],"stream":true,"stream_options":null}"#, true, false),
        (
            #"{"model":"a/b","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#,
            true, true
        ),
        (#"{"model":"a\/b","unknown":{"x":[1e400]},"messages":[]}"#, false, false),
    ])
    func `a request is read and the rest passes`(
        text: String, isStream: Bool, wantsUsage: Bool
    ) throws {
        let chat = try ChatRequest(body: Array(text.utf8))
        #expect(chat.model == "a/b")
        #expect(chat.isStream == isStream)
        #expect(chat.wantsUsage == wantsUsage)
        #expect(chat.body == Array(text.utf8))
    }

    @Test(
        arguments: [
            ("", nil, "invalid_json"),
            ("[]", nil, "invalid_json"),
            (#"{"model":"a","model":"b","messages":[]}"#, nil, "invalid_json"),
            (#"{"messages":[]}"#, "model", "missing_required_parameter"),
            (#"{"model":null,"messages":[]}"#, "model", "missing_required_parameter"),
            (#"{"models":null,"messages":[]}"#, "model", "missing_required_parameter"),
            (#"{"models":[],"messages":[]}"#, "models", "invalid_type"),
            (#"{"models":[1],"messages":[]}"#, "models", "invalid_type"),
            (#"{"models":"a","messages":[]}"#, "models", "invalid_type"),
            (#"{"model":3,"messages":[]}"#, "model", "invalid_type"),
            (#"{"model":"a"}"#, "messages", "missing_required_parameter"),
            (#"{"model":"a","messages":"hi"}"#, "messages", "invalid_type"),
            (#"{"model":"a","messages":[],"stream":"yes"}"#, "stream", "invalid_type"),
            (
                #"{"model":"a","messages":[],"stream":true,"stream_options":1}"#,
                "stream_options", "invalid_type"
            ),
        ] as [(String, String?, String)])
    func `what is wrong is named`(text: String, parameter: String?, code: String) {
        let error = #expect(throws: APIError.self) { try ChatRequest(body: Array(text.utf8)) }
        #expect(error?.status == 400)
        #expect(error?.parameter == parameter)
        #expect(error?.code == code)
    }

    @Test(
        arguments: [
            (#"{"models":["a","b"],"messages":[]}"#, "a", ["models"]),
            (#"{"models":["a"],"messages":[],"model":null}"#, "a", ["models"]),
            (
                #"{"model":"c","models":["a"],"provider":{},"messages":[]}"#, "c",
                ["models", "provider"]
            ),
            (
                #"{"model":"c","rout\u0065":"sort","messages":[],"session_id":"s"}"#, "c",
                ["route", "session_id"]
            ),
            (#"{"model":"c","messages":[],"models2":1,"stream":false}"#, "c", []),
        ] as [(String, String, [String])])
    func `members about routing are found, and the first of models is the model`(
        text: String, model: String, names: [String]
    ) throws {
        let chat = try ChatRequest(body: Array(text.utf8))
        #expect(chat.model == model)
        let found = chat.routingMembers.map { chat.outline.members[$0] }
        #expect(found.map { chat.outline.key(of: $0, in: chat.body.span) } == names)
    }

    @Test func `an estimate counts text and not embedded files`() throws {
        let file = "data:image/png;base64," + String(repeating: "A", count: 100_000)
        let text =
            #"{"model":"a","messages":[{"role":"user","content":[{"type":"image_url","#
            + #""image_url":{"url":"\#(file)"}},{"type":"text","text":"what is it?"}]}]}"#
        let usage = try ChatRequest(body: Array(text.utf8)).estimatedUsage(outputBytes: 9)
        #expect(usage.uncachedInput ?? 0 < 20)
        #expect(usage.output == 3)
    }

    @Test(arguments: [(1, 256 << 10), (2_048, 512 << 20), (2_049, 512 << 20), (.max, 512 << 20)])
    func `vectors have a bound that grows with their number until no JSON is read`(
        count: Int, bytes: Int
    ) {
        #expect(VectorForm(encoding: .numbers, count: count).longestAnswer == bytes)
    }

    @Test func `an envelope has all four members`() throws {
        let error = APIError.invalid("messages[2]", "a \"quoted\" word")
        let value = try JSONValue(parsing: error.body)
        #expect(value["error"]?["message"]?.string == "a \"quoted\" word")
        #expect(value["error"]?["type"]?.string == "invalid_request_error")
        #expect(value["error"]?["param"]?.string == "messages[2]")
        #expect(value["error"]?["code"]?.string == "invalid_value")
    }
}
