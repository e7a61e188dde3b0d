// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// What a message of Cohere's rests on.
///
/// A source with an address is OpenAI's `url_citation`. OpenAI has no form for the others (a
/// document of the request, the output of a tool), nor for what is cited in reasoning: they are
/// citations,
/// `{"type":"citation","citation":{"start_index","end_index","text","kind","sources"}}`, with the
/// sources as Cohere has them.
enum CohereCitation {
    /// What one citation is told as.
    ///
    /// - Parameter start: where the cited block of text begins in the message. Units: Unicode
    ///   scalars, in which Cohere counts.
    static func kinds(_ citation: JSONValue, start: Int) -> [ChatDelta.Kind] {
        guard citation.kind == .object else { return [] }
        let isOfText = (citation["type"]?.string ?? "TEXT_CONTENT") == "TEXT_CONTENT"
        let sources = citation["sources"]?.elements ?? []
        var kinds: [ChatDelta.Kind] = []
        var others: [JSONValue] = []
        for source in sources {
            let content = source["document"] ?? source["tool_output"]
            guard isOfText, let address = content?["url"]?.string, !address.isEmpty else {
                others.append(source)
                continue
            }
            let annotation = object("url_citation", citation, start) { writer in
                writer.member("url", address)
                writer.member("title", content?["title"]?.string ?? "")
            }
            kinds.append(.annotation(annotation))
        }
        if others.isEmpty && !sources.isEmpty { return kinds }
        let rest = object("citation", citation, isOfText ? start : 0) { writer in
            if let text = citation["text"]?.string { writer.member("text", text) }
            if let kind = citation["type"]?.string { writer.member("kind", kind) }
            writer.key("sources")
            writer.beginArray()
            for source in others { writer.raw(source) }
            writer.endArray()
        }
        return kinds + [.citation(rest)]
    }

    private static func object(
        _ type: String, _ citation: JSONValue, _ start: Int, _ rest: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", type)
        writer.key(type)
        writer.beginObject()
        for (name, own) in [("start_index", "start"), ("end_index", "end")] {
            guard let index = citation[own]?.integer, index >= 0 else { continue }
            let (place, overflow) = index.addingReportingOverflow(start)
            if !overflow { writer.member(name, place) }
        }
        rest(&writer)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}
