// SPDX-License-Identifier: Apache-2.0
import Wire

/// A copy of an event that a test can keep.
struct SeenEvent: Equatable, CustomStringConvertible {
    var kind: ServerSentEvent.Kind
    var name: String
    var data: String

    static func event(_ data: String, name: String = "") -> Self {
        SeenEvent(kind: .event, name: name, data: data)
    }

    static func comment(_ text: String) -> Self {
        SeenEvent(kind: .comment, name: "", data: text)
    }

    var description: String { "\(kind) \(name) \(data)" }
}

extension SeenEvent {
    init(_ event: borrowing ServerSentEvent) {
        self.init(kind: event.kind, name: event.name.string, data: event.data.string)
    }
}

extension Span<UInt8> {
    var string: String { String(decoding: (0..<count).map { self[$0] }, as: UTF8.self) }
}

extension [UInt8] {
    /// The bytes in pieces of `size`, the last one shorter.
    func pieces(of size: Int) -> [[UInt8]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}

/// The events and comments of a stream that comes in `pieces`.
func events(of pieces: [[UInt8]]) throws -> [SeenEvent] {
    var parser = ServerSentEventParser()
    var seen: [SeenEvent] = []
    for piece in pieces { try parser.receive(piece.span) { seen.append(SeenEvent($0)) } }
    return seen
}
