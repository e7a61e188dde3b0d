// SPDX-License-Identifier: Apache-2.0
import Foundation
import Providers
import Simulator
import Testing
import Wire

/// OpenAI's words as Mistral takes them: it refuses those that it does not know.
@Suite struct MistralRequestTests {
    static let vendor: Vendor = {
        var vendor = Vendor(id: "mistral", name: "Mistral AI", baseURL: "http://x.invalid/v1")
        vendor.quirks.requestForm = .mistral
        vendor.quirks.streamUsage = .always
        vendor.quirks.refusedParameters = ["functions"]
        vendor.quirks.droppedParameters = ["safe_prompt"]
        return vendor
    }()

    static let rows = [
        RequestRow(
            "what is known stays", #""stream":false,"top_p":0.50,"n":2,"prompt_mode":"reasoning""#,
            #""top_p":0.50,"n":2,"prompt_mode":"reasoning""#),
        RequestRow(
            "what has another name", #""stream":false,"seed":7,"max_completion_tokens":9"#,
            #""random_seed":7,"max_tokens":9"#),
        RequestRow(
            "what is not known", #""stream":false,"user":"u","logprobs":true,"top_k":3"#, "",
            dropped: "user, logprobs, top_k"),
        RequestRow(
            "what asks for nothing",
            #""stream":false,"logprobs":false,"top_p":null,"store":false,"modalities":["text"]"#,
            ""),
        RequestRow(
            "what is too hot", #""stream":false,"temperature":2"#, #""temperature":1.5"#,
            dropped: "temperature"),
        RequestRow(
            "an effort that it has", #""stream":false,"reasoning_effort":"xhigh""#,
            #""reasoning_effort":"high""#, dropped: "reasoning_effort"),
        RequestRow(
            "two limits and two seeds",
            #""stream":false,"max_tokens":8,"max_completion_tokens":9,"seed":1,"random_seed":2"#,
            #""max_tokens":9,"random_seed":2"#, dropped: "max_tokens, seed"),
        RequestRow(
            "the same said twice",
            #""stream":false,"max_tokens":9,"max_completion_tokens":9,"seed":2,"random_seed":2"#,
            #""max_tokens":9,"random_seed":2"#),
        RequestRow(
            "what settings drop", #""stream":false,"safe_prompt":true,"n":2"#, #""n":2"#,
            dropped: "safe_prompt"),
        RequestRow(
            "an effort that it has not", #""stream":false,"reasoning_effort":"low""#, "",
            dropped: "reasoning_effort"),
        RequestRow(
            "tools",
            #""stream":false,"tools":[{"type":"function","cache_control":{"type":"ephemeral"},"#
                + #""function":{"name":"f","strict":null}}]"#,
            #""tools":[{"type":"function","function":{"name":"f","#
                + #""parameters":{"type":"object","properties":{}}}}]"#,
            dropped: "tools[].cache_control"),
        RequestRow(
            "messages",
            #""stream":false,"messages":[{"role":"developer","content":"d"},"#
                + #"{"role":"user","name":"n","content":[{"type":"input_audio","input_audio":"#
                + #"{"data":"AA==","format":"wav"}},{"type":"file","file":{"file_data":"data:x","#
                + #""filename":"f"}}]},{"role":"assistant","content":null,"refusal":null,"#
                + #""reasoning_content":"r","prefix":true}]"#,
            #""messages":[{"role":"system","content":"d"},{"role":"user","content":["#
                + #"{"type":"input_audio","input_audio":"AA=="},{"type":"document_url","#
                + #""document_url":"data:x","document_name":"f"}]},"#
                + #"{"role":"assistant","content":null,"prefix":true}]"#,
            dropped: "messages[].name"),
        RequestRow(
            "parts of a content",
            #""stream":false,"messages":[{"role":"user","content":["#
                + #"{"type":"text","text":"t","prompt_cache_breakpoint":{"mode":"explicit"}},"#
                + #"{"type":"image_url","image_url":{"url":"data:x","detail":"low","size":1},"#
                + #""index":0},{"type":"image_url","image_url":"data:y"},"#
                + #"{"type":"thinking","thinking":[],"closed":true},{"type":"later","x":1}]}]"#,
            #""messages":[{"role":"user","content":[{"type":"text","text":"t"},"#
                + #"{"type":"image_url","image_url":{"url":"data:x","detail":"low"}},"#
                + #"{"type":"image_url","image_url":"data:y"},"#
                + #"{"type":"thinking","thinking":[],"closed":true},{"type":"later","x":1}]}]"#,
            dropped: "messages[].content[].prompt_cache_breakpoint, "
                + "messages[].content[].index, messages[].content[].image_url.size"),
    ]

    @Test(arguments: rows)
    func `a request has Mistral's words alone`(row: RequestRow) throws {
        try row.check(as: Self.vendor, path: "/chat/completions")
    }

    @Test(arguments: [
        (DialectID.azureOpenAI, "/openai/v1/chat/completions", "project_id"),
        (.watsonx, "/ml/v1/chat/completions", ""),
    ])
    func `the form goes to the dialect's own path, with what that knows`(
        dialect: DialectID, path: String, dropped: String
    ) throws {
        var vendor = Self.vendor
        vendor.dialect = dialect
        let project = #""project_id":"p""#
        let row = RequestRow(
            dialect.rawValue, #""stream":false,\#(project)"#, dropped.isEmpty ? project : "",
            dropped: dropped)
        try row.check(as: vendor, path: path)
    }

    @Test func `a limit goes by the name that the vendor knows`() throws {
        var vendor = Self.vendor
        vendor.quirks.maxTokensField = .maxCompletionTokens
        let limit = #""max_completion_tokens":9"#
        for client in [#""max_tokens":9"#, limit, #""max_tokens":9,\#(limit)"#] {
            try RequestRow(client, #""stream":false,\#(client)"#, limit)
                .check(as: vendor, path: "/chat/completions")
        }
    }

    @Test func `of a thousand unknown members the first are named and the others counted`() throws {
        let members = (0..<1_000).map { #""x\#($0)":1"# }.joined(separator: ",")
        let names = (0..<64).map { "x\($0), " }.joined() + "936 more"
        try RequestRow("many", #""stream":false,\#(members)"#, "", dropped: names)
            .check(as: Self.vendor, path: "/chat/completions")
    }

    @Test(arguments: [
        (#""functions":[]"#, "functions"), (#""modalities":["audio"]"#, "modalities"),
        (#""tools":[{"type":"web_search"}]"#, "tools[0].type"),
        (#""tool_choice":{"type":"tool"}"#, "tool_choice"),
        (#""messages":[{"role":"function","content":"x"}]"#, "messages[0].role"),
    ])
    func `what cannot be said is refused by name`(client: String, parameter: String) {
        let call = RequestRow.call(client, as: Self.vendor)
        #expect(call.sent.isEmpty && call.reply.head?.status == 400)
        #expect(call.reading.error?["param"] as? String == parameter)
    }

    @Test func `a request without foreign words keeps its bytes`() throws {
        let client = #""messages": [ {"role":"user","content":"h\u0069"} ] , "n" : 1"#
        let call = RequestRow.call(client, as: Self.vendor)
        let sent = try #require(call.sent.first)
        #expect(
            String(decoding: sent.message.body, as: UTF8.self) == #"{"model":"m",\#(client)}"#)
    }
}
