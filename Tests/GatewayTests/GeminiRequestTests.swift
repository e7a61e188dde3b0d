// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// What Google is sent, and how its own state comes back to it.
struct GeminiRequestTests {
    static func request(
        _ body: String, model: String = "gemini-2.5-flash", isStrict: Bool = false
    ) throws(APIError) -> OutgoingRequest {
        let target = DialectTarget(
            model: model, vendor: GeminiTests.vendor, credential: Secret("k"), isStrict: isStrict)
        return try GeminiDialect().request(for: ChatRequest(body: Array(body.utf8)), to: target)
    }

    static func json(_ text: String) -> NSDictionary? {
        PublicRecording.json(Data(text.utf8)) as NSDictionary?
    }

    static let hi = #""messages":[{"role":"user","content":"hi"}]"#
    static let hiThere = #""contents":[{"role":"user","parts":[{"text":"hi"}]}]"#

    /// Members beside `model`, and what the request is then.
    static let requests: [(String, String)] = [
        (hi, "{\(hiThere)}"),
        (
            #""messages":[{"role":"system","content":"a"},{"role":"developer","content":"b"},"#
                + #"{"role":"user","content":"c"},{"role":"user","content":"d"},"#
                + #"{"role":"assistant","content":"e"}]"#,
            #"{"systemInstruction":{"parts":[{"text":"a"},{"text":"b"}]},"contents":["#
                + #"{"role":"user","parts":[{"text":"c"},{"text":"d"}]},"#
                + #"{"role":"model","parts":[{"text":"e"}]}]}"#
        ),
        (
            #""messages":[{"role":"user","content":["#
                + #"{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}},"#
                + #"{"type":"image_url","image_url":{"url":"https://a.test/b.jpg?c"}},"#
                + #"{"type":"input_audio","input_audio":{"data":"BB==","format":"wav"}},"#
                + #"{"type":"file","file":{"file_data":"data:application/pdf;base64,CC=="}},"#
                + #"{"type":"file","file":{"file_id":"gs://b/v.mp4"}}]}]"#,
            #"{"contents":[{"role":"user","parts":["#
                + #"{"inlineData":{"mimeType":"image/png","data":"AA=="}},"#
                + #"{"fileData":{"mimeType":"image/jpeg","fileUri":"https://a.test/b.jpg?c"}},"#
                + #"{"inlineData":{"mimeType":"audio/wav","data":"BB=="}},"#
                + #"{"inlineData":{"mimeType":"application/pdf","data":"CC=="}},"#
                + #"{"fileData":{"mimeType":"video/mp4","fileUri":"gs://b/v.mp4"}}]}]}"#
        ),
        (
            #"\#(hi),"tools":[{"type":"function","function":{"name":"f","description":"d","#
                + #""parameters":{"type":"object","additionalProperties":false}}}],"#
                + #""tool_choice":{"type":"function","function":{"name":"f"}}"#,
            #"{\#(hiThere),"tools":[{"functionDeclarations":[{"name":"f","description":"d","#
                + #""parametersJsonSchema":{"type":"object","additionalProperties":false}}]}],"#
                + #""toolConfig":{"functionCallingConfig":{"mode":"ANY","#
                + #""allowedFunctionNames":["f"]}}}"#
        ),
        (
            #"\#(hi),"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none""#,
            #"{\#(hiThere),"tools":[{"functionDeclarations":[{"name":"f"}]}],"#
                + #""toolConfig":{"functionCallingConfig":{"mode":"NONE"}}}"#
        ),
        (#"\#(hi),"web_search_options":{}"#, #"{\#(hiThere),"tools":[{"googleSearch":{}}]}"#),
        (
            #"\#(hi),"max_completion_tokens":9,"temperature":0.10,"top_p":0.5,"top_k":3,"n":2,"#
                + #""seed":7,"presence_penalty":1,"frequency_penalty":-1,"stop":"x","#
                + #""logprobs":true,"top_logprobs":2"#,
            #"{\#(hiThere),"generationConfig":{"maxOutputTokens":9,"temperature":0.1,"topP":0.5,"#
                + #""topK":3,"candidateCount":2,"seed":7,"presencePenalty":1,"#
                + #""frequencyPenalty":-1,"stopSequences":["x"],"responseLogprobs":true,"#
                + #""logprobs":2}}"#
        ),
        (
            #"\#(hi),"response_format":{"type":"json_schema","json_schema":{"name":"s","#
                + #""schema":{"type":"object"},"strict":true}}"#,
            #"{\#(hiThere),"generationConfig":{"responseMimeType":"application/json","#
                + #""responseJsonSchema":{"type":"object"}}}"#
        ),
        (
            #"\#(hi),"response_format":{"type":"json_object"},"service_tier":"flex""#,
            #"{\#(hiThere),"serviceTier":"flex","#
                + #""generationConfig":{"responseMimeType":"application/json"}}"#
        ),
        (
            #"\#(hi),"reasoning_effort":"medium""#,
            #"{\#(hiThere),"generationConfig":{"thinkingConfig":{"thinkingBudget":8192,"#
                + #""includeThoughts":true}}}"#
        ),
        (
            #"\#(hi),"reasoning_effort":"none""#,
            #"{\#(hiThere),"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}}"#
        ),
        (
            #"\#(hi),"modalities":["text","image"]"#,
            #"{\#(hiThere),"generationConfig":{"responseModalities":["TEXT","IMAGE"]}}"#
        ),
        (
            #"\#(hi),"modalities":["text","audio"],"audio":{"voice":"Kore","format":"pcm16"}"#,
            #"{\#(hiThere),"generationConfig":{"responseModalities":["AUDIO"],"speechConfig":"#
                + #"{"voiceConfig":{"prebuiltVoiceConfig":{"voiceName":"Kore"}}}}}"#
        ),
        (
            #"\#(hi),"extra_body":{"google":{"thinking_config":{"thinking_budget":5},"#
                + #""safety_settings":[{"category":"C","threshold":"OFF"}],"#
                + #""cached_content":"cachedContents/a"}}"#,
            #"{\#(hiThere),"generationConfig":{"thinkingConfig":{"thinking_budget":5}},"#
                + #""safetySettings":[{"category":"C","threshold":"OFF"}],"#
                + #""cachedContent":"cachedContents/a"}"#
        ),
        (
            #""messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"#
                + #""tool_calls":[{"id":"1","type":"function","function":{"name":"f","#
                + #""arguments":"{\"a\":1}"}},{"id":"2","type":"function","function":"#
                + #"{"name":"g","arguments":""}}]},"#
                + #"{"role":"tool","tool_call_id":"1","content":"sunny"},"#
                + #"{"role":"tool","tool_call_id":"2","content":"{\"b\":2}"}]"#,
            #"{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":["#
                + #"{"functionCall":{"id":"1","name":"f","args":{"a":1}}},"#
                + #"{"functionCall":{"id":"2","name":"g","args":{}}}]},{"role":"user","parts":["#
                + #"{"functionResponse":{"id":"1","name":"f","response":{"output":"sunny"}}},"#
                + #"{"functionResponse":{"id":"2","name":"g","response":{"b":2}}}]}]}"#
        ),
    ]

    @Test(arguments: requests)
    func `a request is said in Google's words`(members: String, expected: String) throws {
        let outgoing = try Self.request(#"{"model":"m",\#(members)}"#)
        let sent = String(decoding: outgoing.message.body, as: UTF8.self)
        #expect(Self.json(sent) == Self.json(expected), "\(sent)")
        #expect(outgoing.dropped.isEmpty)
        #expect(outgoing.message.fields.first("x-goog-api-key") == "k")
    }

    @Test(arguments: [
        (false, "gemini-2.5-pro", "/v1beta/models/gemini-2.5-pro:generateContent"),
        (true, "models/g", "/v1beta/models/g:streamGenerateContent?alt=sse"),
        (false, "a:b/c", "/v1beta/models/a%3Ab%2Fc:generateContent"),
    ])
    func `the path names model and method`(isStream: Bool, model: String, path: String) throws {
        let outgoing = try Self.request(
            #"{"model":"m",\#(Self.hi),"stream":\#(isStream)}"#, model: model)
        #expect(outgoing.message.target == path)
    }

    @Test func `later models take a level`() throws {
        let outgoing = try Self.request(
            #"{"model":"m",\#(Self.hi),"reasoning_effort":"low"}"#, model: "gemini-3-pro")
        let sent = String(decoding: outgoing.message.body, as: UTF8.self)
        #expect(sent.contains(#""thinkingConfig":{"thinkingLevel":"LOW","includeThoughts":true}"#))
    }

    @Test func `what Google has no word for is reported`() throws {
        let body = #"{"model":"m",\#(Self.hi),"logit_bias":{"1":2},"user":"u","verbosity":"low"}"#
        let outgoing = try Self.request(body)
        #expect(outgoing.dropped == ["logit_bias", "user", "verbosity"])
        #expect(throws: APIError.self) { try Self.request(body, isStrict: true) }
    }

    @Test(arguments: [
        (#""messages":[{"role":"system","content":"a"}]"#, "messages"),
        (
            #""messages":[{"role":"tool","tool_call_id":"x","content":"a"}]"#,
            "messages[0].tool_call_id"
        ),
        (#"\#(hi),"modalities":["audio"],"audio":{"voice":"v","format":"mp3"}"#, "audio.format"),
        (#"\#(hi),"modalities":["smell"]"#, "modalities"),
        (#"\#(hi),"reasoning_effort":"huge""#, "reasoning_effort"),
        (
            #""messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f-1"}}]}]"#,
            "messages[0].content[0].file.file_id"
        ),
    ])
    func `what cannot be said is a 400 that names it`(members: String, parameter: String) {
        let error = #expect(throws: APIError.self) {
            try Self.request(#"{"model":"m",\#(members)}"#)
        }
        #expect(error?.status == 400 && error?.parameter == parameter)
    }

    @Test(arguments: ["..", "a/../b", "a//b", ""])
    func `a model that is a step in a path is refused`(model: String) {
        #expect(throws: APIError.self) {
            try Self.request(#"{"model":"m",\#(Self.hi)}"#, model: model)
        }
    }

    static func answer(_ body: String, stream: Bool = false, status: Int = 200) -> OneCall {
        OneCall(
            body: Array(#"{"model":"gemini/m",\#(hi),"stream":\#(stream)}"#.utf8),
            vendor: GeminiTests.vendor,
            steps: [
                .head(
                    HTTPReplyHead(
                        status: status, fields: HTTPFields(["content-type": "application/json"]))),
                .bytes(Array(body.utf8)), .end(.complete),
            ])
    }

    @Test func `signatures of calls and of text come back to where they were`() throws {
        let call = Self.answer(
            #"{"candidates":[{"content":{"role":"model","parts":[{"text":"I look."},"#
                + #"{"text":"","thoughtSignature":"T"},{"functionCall":{"name":"f","#
                + #""args":{"a":1.50}},"thoughtSignature":"S"}]},"finishReason":"STOP"}]}"#)
        let answer = PublicRecording.json(Data(call.reply.body))
        let choice = (answer?["choices"] as? [[String: Any]])?.first
        let message = try #require(choice?["message"] as? [String: Any])
        let calls = message["tool_calls"] as? [[String: Any]]
        let id = try #require(calls?.first?["id"] as? String)
        let next: [String: Any] = [
            "model": "m",
            "messages": [
                ["role": "user", "content": "hi"], message,
                ["role": "tool", "tool_call_id": id, "content": "7"],
            ],
        ]
        let body = try JSONSerialization.data(withJSONObject: next)
        let outgoing = try Self.request(String(decoding: body, as: UTF8.self))
        let sent = String(decoding: outgoing.message.body, as: UTF8.self)
        let expected =
            #"{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":["#
            + #"{"text":"I look.","thoughtSignature":"T"},{"functionCall":{"id":"\#(id)","#
            + #""name":"f","args":{"a":1.5}},"thoughtSignature":"S"}]},{"role":"user","parts":["#
            + #"{"functionResponse":{"id":"\#(id)","name":"f","response":{"output":"7"}}}]}]}"#
        #expect(Self.json(sent) == Self.json(expected), "\(sent)")
    }

    @Test func `calls without any signature get the one that Google documents`() throws {
        let body =
            #"{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","#
            + #""tool_calls":[{"id":"1","function":{"name":"f","arguments":"{}"}}]},"#
            + #"{"role":"tool","tool_call_id":"1","content":"b"}]}"#
        func sent(_ model: String) throws -> String {
            String(decoding: try Self.request(body, model: model).message.body, as: UTF8.self)
        }
        #expect(try sent("gemini-3-pro").contains("skip_thought_signature_validator"))
        #expect(try !sent("gemini-2.5-pro").contains("skip_thought_signature_validator"))
    }

    @Test(arguments: [
        (
            #"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"slow","details":["#
                + #"{"retryDelay":"12.5s"}]}}"#, 429, 429, "rate_limit_exceeded"
        ),
        (
            #"[{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"bad","details":["#
                + #"{"reason":"API_KEY_INVALID"}]}}]"#, 400, 502, "upstream_authentication"
        ),
        (
            #"{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"The input token count "#
                + #"(9) exceeds the maximum number of tokens allowed (8)."}}"#, 400, 400,
            "context_length_exceeded"
        ),
        (
            #"[{"error":{"code":503,"status":"UNAVAILABLE","message":"busy"}}]"#, 200, 503,
            "upstream_overloaded"
        ),
        (
            #"{"error":{"code":400,"status":"FAILED_PRECONDITION","message":"where"}}"#, 400, 400,
            "failed_precondition"
        ),
        (#"{"candidates":[]}"#, 200, 502, "upstream_malformed"),
        (#"{"candidates":[{"content":{}}]}"#, 200, 502, "upstream_malformed"),
        (
            #"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}"#, 200, 502,
            "upstream_error"
        ),
        ("nonsense", 200, 502, "upstream_malformed"),
    ])
    func `a failure has its status and its code`(
        body: String, upstream: Int, status: Int, code: String
    ) {
        let call = Self.answer(body, status: upstream)
        #expect(call.reply.head?.status == status)
        #expect(call.reading.error?["code"] as? String == code)
        if status == 429 { #expect(call.reply.head?.fields.first("retry-after") == "13") }
    }

    @Test func `a stream may be an array, and citations count characters`() {
        let call = Self.answer(
            #"[{"candidates":[{"content":{"parts":[{"text":"é1 "}]},"index":0}]},"#
                + #"{"candidates":[{"content":{"parts":[{"text":"end"}]},"finishReason":"STOP","#
                + #""groundingMetadata":{"groundingChunks":[{"web":{"uri":"u","title":"t"}}],"#
                + #""groundingSupports":[{"segment":{"startIndex":4,"endIndex":7},"#
                + #""groundingChunkIndices":[0]}]}}]}]"#, stream: true)
        let reading = call.reading
        #expect(reading.text == "é1 end" && reading.sawDone)
        let citation = reading.annotations.first?["url_citation"] as? NSDictionary
        #expect(citation?["start_index"] as? Int == 3 && citation?["end_index"] as? Int == 6)
    }

    @Test func `an error inside of a stream ends it`() {
        let call = Self.answer(
            #"[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]},"#
                + #"{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}]"#,
            stream: true)
        #expect(!call.sawDone && call.reading.error != nil && call.reading.text == "a")
    }

    @Test func `log-probabilities are OpenAI's`() {
        let call = Self.answer(
            #"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP","#
                + #""logprobsResult":{"chosenCandidates":[{"token":"a","logProbability":-0.50}],"#
                + #""topCandidates":[{"candidates":[{"token":"b","logProbability":-2}]}]}}]}"#)
        #expect(
            call.reply.text.contains(
                #""logprobs":{"content":[{"token":"a","logprob":-0.50,"bytes":[97],"#
                    + #""top_logprobs":[{"token":"b","logprob":-2,"bytes":[98]}]}],"refusal":null}"#
            ))
    }
}
