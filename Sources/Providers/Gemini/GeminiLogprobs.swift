// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Tells a `logprobsResult` in OpenAI's words.
enum GeminiLogprobs {
    /// OpenAI's `logprobs` object as JSON, or nil where there are none.
    static func object(_ result: JSONValue?) -> [UInt8]? {
        guard let chosen = result?["chosenCandidates"]?.elements, !chosen.isEmpty else {
            return nil
        }
        let alternatives = result?["topCandidates"]?.elements ?? []
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("content")
        writer.beginArray()
        for (index, token) in chosen.enumerated() {
            writer.beginObject()
            write(token, to: &writer)
            writer.key("top_logprobs")
            writer.beginArray()
            if alternatives.indices.contains(index) {
                for other in alternatives[index]["candidates"]?.elements ?? [] {
                    writer.beginObject()
                    write(other, to: &writer)
                    writer.endObject()
                }
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.key("refusal")
        writer.null()
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ token: JSONValue, to writer: inout JSONWriter) {
        let text = token["token"]?.string ?? ""
        writer.member("token", text)
        writer.key("logprob")
        // A probability of 1 is left out, as protobuf does with zeros.
        writer.decimal(token["logProbability"]?.decimalText ?? "0")
        writer.key("bytes")
        writer.beginArray()
        for byte in text.utf8 { writer.integer(Int(byte)) }
        writer.endArray()
    }
}
