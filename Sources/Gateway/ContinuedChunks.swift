// SPDX-License-Identifier: Apache-2.0
import ChatAPI
import JSON
import Wire

/// Makes the chunks of one stream go on with those of another: the client reads a single stream.
///
/// Rules:
///  1. Chunks have the `id` and `created` of the first stream, and no second role.
///  2. No text comes twice (`TextJoint`).
///  3. The first chunk says who goes on, in the member `martlet`.
///  4. Usage is that of the whole call.
struct ContinuedChunks {
    private let id: [UInt8]?
    private let created: [UInt8]?
    private var joint: TextJoint
    /// The member `martlet`, as JSON, until it was sent.
    private var mark: [UInt8]?
    /// The usage to tell for one that the provider reports, as JSON.
    private let usage: (ReportedUsage) -> [UInt8]
    private var parser = ServerSentEventParser()
    private var document = JSONDocument()

    init(
        after sent: SentText, joint: TextJoint, mark: [UInt8],
        usage: @escaping (ReportedUsage) -> [UInt8]
    ) {
        id = sent.id
        created = sent.created
        self.joint = joint
        self.mark = mark
        self.usage = usage
    }

    /// The events as the client gets them.
    ///
    /// - Parameter reported: what the provider has reported by the end of them.
    mutating func rewritten(_ events: Span<UInt8>, _ reported: ReportedUsage?) -> [UInt8] {
        var result: [UInt8] = []
        var parser = ServerSentEventParser()
        swap(&parser, &self.parser)
        // What a chat stream writes is whole events of a length that can be read.
        try? parser.receive(events) { event in
            ServerSentEventSerializer.append(data: chunk(event.data, reported), to: &result)
        }
        swap(&parser, &self.parser)
        return result
    }

    private mutating func chunk(_ data: Span<UInt8>, _ reported: ReportedUsage?) -> [UInt8] {
        var edits = JSONEdits()
        if (try? document.parse(data)) != nil, let place = document.place(of: document.root) {
            let root = document.root
            for (name, value) in [("id", id), ("created", created)] {
                guard let value else { continue }
                if let node = document.member(name, of: root) {
                    edits.replace(document.range(of: node), with: value)
                } else {
                    edits.addMember(name, value, to: place)
                }
            }
            if let reported, let node = document.member("usage", of: root),
                !document.isHollow(node)
            {
                edits.replace(document.range(of: node), with: usage(reported))
            }
            for choice in document.children(of: document.member("choices", of: root)) {
                edit(choice, &edits)
            }
            if let mark { edits.addMember("martlet", mark, to: place) }
            mark = nil
        }
        var result: [UInt8] = []
        edits.apply(to: data, appendingTo: &result)
        return result
    }

    private mutating func edit(_ choice: JSONDocument.Node, _ edits: inout JSONEdits) {
        guard let delta = document.member("delta", of: choice),
            let place = document.place(of: delta)
        else { return }
        var content: JSONDocument.Node?
        var saysMore = document.member("finish_reason", of: choice).map(document.isHollow) == false
        for (index, said) in document.children(of: delta).enumerated() {
            let key = document.key(of: said)
            if document.isString(key, "role") {
                edits.removeMember(at: index, from: place)
            } else if document.isString(key, "content") {
                content = said
            } else if !document.isHollow(said) {
                saysMore = true
            }
        }
        if joint.isClosed { return }
        var text = document.string(content).map { joint.join($0) } ?? ""
        // What comes now is not the text that could still have been a repetition.
        if saysMore { text += joint.finish() }
        var writer = JSONWriter()
        writer.string(text)
        if let content {
            edits.replace(document.range(of: content), with: writer.bytes)
        } else if !text.isEmpty {
            edits.addMember("content", writer.bytes, to: place)
        }
    }
}
