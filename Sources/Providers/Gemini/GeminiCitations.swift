// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON

/// Gathers what a candidate's text is founded on, and tells it as OpenAI's `url_citation`s.
///
/// Shape: `groundingMetadata` names places in the text by their UTF-8 bytes, and its sources by
/// their position in a list; OpenAI counts characters, and names the source each time. Where the
/// text is not long enough, or too long to be kept, places are 0.
struct GeminiCitations {
    /// The longest text in which places are looked up. Units: bytes.
    private static let longestText = 1 << 20
    private static let mostCitations = 1_000

    private struct Citation: Hashable {
        var url: String
        var title: String?
        var start: Int
        var end: Int
    }

    private var text: [UInt8] = []
    private var sources: JSONValue?
    private var supports: JSONValue?
    private var citations: [Citation] = []
    private var seen: Set<Citation> = []
    /// How many searches the provider made; nil where it told of none.
    private(set) var searches: Int?

    /// Text of the answer, in its order.
    mutating func take(text more: String) {
        guard text.count < Self.longestText else { return }
        text.append(contentsOf: more.utf8)
    }

    /// The metadata of a chunk's candidate. The last grounding counts.
    mutating func take(candidate: JSONValue) {
        if let grounding = candidate["groundingMetadata"] {
            func list(_ name: String) -> JSONValue? {
                grounding[name].flatMap { $0.elements.isEmpty ? nil : $0 }
            }
            sources = list("groundingChunks") ?? sources
            supports = list("groundingSupports") ?? supports
            searches = list("webSearchQueries")?.elements.count ?? searches
        }
        let cited = candidate["citationMetadata"]
        for source in (cited?["citations"] ?? cited?["citationSources"])?.elements ?? [] {
            add(source, from: source["startIndex"], to: source["endIndex"])
        }
    }

    /// The annotations, each as JSON.
    mutating func annotations() -> [[UInt8]] {
        let founded = sources?.elements.map(Self.source) ?? []
        for support in supports?.elements ?? [] {
            let segment = support["segment"]
            for index in support["groundingChunkIndices"]?.elements ?? [] {
                guard let index = index.integer, founded.indices.contains(index) else { continue }
                add(founded[index], from: segment?["startIndex"], to: segment?["endIndex"])
            }
        }
        if supports == nil { for source in founded { add(source, from: nil, to: nil) } }
        let positions = characterPositions(of: citations.flatMap { [$0.start, $0.end] })
        return citations.map { citation in
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("type", "url_citation")
            writer.key("url_citation")
            writer.beginObject()
            writer.member("url", citation.url)
            writer.member("title", citation.title ?? "")
            writer.member("start_index", positions[citation.start] ?? 0)
            writer.member("end_index", positions[citation.end] ?? 0)
            writer.endObject()
            writer.endObject()
            return writer.bytes
        }
    }

    /// The part of a grounding chunk that has an address: a web page, a place, a document.
    private static func source(_ chunk: JSONValue) -> JSONValue {
        chunk["web"] ?? chunk["maps"] ?? chunk["retrievedContext"] ?? chunk["image"] ?? chunk
    }

    /// Notes a source that has an address, once for each place.
    private mutating func add(_ source: JSONValue, from start: JSONValue?, to end: JSONValue?) {
        guard citations.count < Self.mostCitations,
            let url = source["uri"]?.string ?? source["sourceUri"]?.string, !url.isEmpty
        else { return }
        let citation = Citation(
            url: url, title: source["title"]?.string, start: start?.integer ?? 0,
            end: end?.integer ?? 0)
        if seen.insert(citation).inserted { citations.append(citation) }
    }

    /// How many characters begin before each of the byte positions.
    private func characterPositions(of positions: [Int]) -> [Int: Int] {
        var found: [Int: Int] = [:]
        var upcoming = Set(positions).sorted()[...]
        var characters = 0
        for (position, byte) in text.enumerated() {
            guard let next = upcoming.first else { break }
            if next <= position {
                found[next] = characters
                upcoming.removeFirst()
            }
            if byte & 0xC0 != 0x80 { characters += 1 }
        }
        if upcoming.first == text.count { found[text.count] = characters }
        return found
    }
}
