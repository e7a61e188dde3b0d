// SPDX-License-Identifier: Apache-2.0
import CYaml

/// Reads one YAML document by libyaml's events.
///
/// Aliases stand for the nodes that they name; tags and merge keys mean nothing here.
package struct YAMLParser: ~Copyable {
    /// Deeper nesting is refused: reading is recursive.
    private static let maximumDepth = 64

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var anchors: [String: YAMLNode] = [:]

    /// The only document of `text`, or nil where the text holds none: comments and white space.
    package static func parse(_ text: String) throws(YAMLFailure) -> YAMLNode? {
        // libyaml keeps the pointer, so the bytes must outlive the parser: not an inout array.
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
        _ = bytes.initialize(fromContentsOf: text.utf8)
        defer { bytes.deallocate() }
        var parser = YAMLParser(reading: bytes)
        return try parser.readStream()
    }

    private init(reading bytes: UnsafeMutableBufferPointer<UInt8>) {
        parser = .allocate(capacity: 1)
        yaml_parser_initialize(parser)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    private mutating func readStream() throws(YAMLFailure) -> YAMLNode? {
        var document: YAMLNode?
        while true {
            let event = try next()
            switch event.kind {
            case .stop: return document
            case .documentStart:
                if document != nil {
                    throw YAMLFailure(problem: "more than one document", place: event.place)
                }
                document = try readNode(try next(), depth: 0)
            default: continue
            }
        }
    }

    private mutating func readNode(_ event: Event, depth: Int) throws(YAMLFailure) -> YAMLNode {
        guard depth < Self.maximumDepth else {
            throw YAMLFailure(problem: "nested too deeply", place: event.place)
        }
        let node: YAMLNode
        switch event.kind {
        case .scalar(let text, let isPlain):
            node = YAMLNode(content: .text(text, isPlain: isPlain), place: event.place)
        case .listStart:
            node = YAMLNode(content: .list(try readList(depth: depth)), place: event.place)
        case .mappingStart:
            node = YAMLNode(content: .mapping(try readMembers(depth: depth)), place: event.place)
        case .alias(let name):
            guard let known = anchors[name] else {
                throw YAMLFailure(problem: "there is no anchor &\(name)", place: event.place)
            }
            return YAMLNode(content: known.content, place: event.place)
        case .end, .stop, .documentStart, .other:
            throw YAMLFailure(problem: "a value is missing", place: event.place)
        }
        if let anchor = event.anchor { anchors[anchor] = node }
        return node
    }

    private mutating func readList(depth: Int) throws(YAMLFailure) -> [YAMLNode] {
        var elements: [YAMLNode] = []
        while true {
            let event = try next()
            if event.kind == .end { return elements }
            elements.append(try readNode(event, depth: depth + 1))
        }
    }

    private mutating func readMembers(depth: Int) throws(YAMLFailure) -> [YAMLNode.Member] {
        var members: [YAMLNode.Member] = []
        while true {
            let event = try next()
            if event.kind == .end { return members }
            let key = try readNode(event, depth: depth + 1)
            members.append(.init(key: key, value: try readNode(try next(), depth: depth + 1)))
        }
    }

    private func next() throws(YAMLFailure) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else {
            let problem = parser.pointee.problem.map { String(cString: $0) } ?? "out of memory"
            // The reader, which finds bytes that are no UTF-8, knows an offset and no mark.
            throw YAMLFailure(problem: problem, place: Place(parser.pointee.problem_mark))
        }
        defer { yaml_event_delete(&event) }
        return Event(event)
    }
}

extension YAMLParser {
    /// What the parser came to, as a value of its own.
    private struct Event {
        enum Kind: Equatable {
            case documentStart
            case scalar(String, isPlain: Bool)
            case alias(String)
            case listStart, mappingStart
            /// Of a list or a mapping.
            case end
            case stop
            /// Nothing that a node begins or ends with.
            case other
        }

        var kind: Kind
        var anchor: String?
        var place: Place

        init(_ event: yaml_event_t) {
            place = Place(event.start_mark)
            switch event.type {
            case YAML_DOCUMENT_START_EVENT: kind = .documentStart
            case YAML_STREAM_END_EVENT: kind = .stop
            case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: kind = .end
            case YAML_ALIAS_EVENT: kind = .alias(Self.text(event.data.alias.anchor) ?? "")
            case YAML_SCALAR_EVENT:
                let scalar = event.data.scalar
                let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
                kind = .scalar(
                    String(decoding: bytes, as: UTF8.self),
                    isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
                anchor = Self.text(scalar.anchor)
            case YAML_SEQUENCE_START_EVENT:
                kind = .listStart
                anchor = Self.text(event.data.sequence_start.anchor)
            case YAML_MAPPING_START_EVENT:
                kind = .mappingStart
                anchor = Self.text(event.data.mapping_start.anchor)
            default: kind = .other
            }
        }

        private static func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
            bytes.map { String(cString: $0) }
        }
    }
}

extension Place {
    /// libyaml counts from 0.
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
    }
}
