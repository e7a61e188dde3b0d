// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Wire

/// Messages of AWS event streams, well-formed, hostile, and cut anywhere.
@Suite struct AWSEventStreamFramesTests {
    struct Seen: Equatable {
        var name: String
        var data: String
    }

    /// What a parser makes of `pieces`: its frames, and why it stopped.
    static func reading(_ pieces: [[UInt8]]) -> (frames: [Seen], problem: String?) {
        var parser = AWSEventStreamFrames()
        var frames: [Seen] = []
        func take(_ name: Span<UInt8>, _ data: Span<UInt8>) {
            frames.append(
                Seen(
                    name: String(decoding: name.indices.map { name[$0] }, as: UTF8.self),
                    data: String(decoding: data.indices.map { data[$0] }, as: UTF8.self)))
        }
        do throws(FramingError) {
            for piece in pieces { try parser.receive(piece.span, take) }
            try parser.finish(take)
            return (frames, nil)
        } catch {
            return (frames, error.problem)
        }
    }

    /// A header whose value is a string.
    static func text(_ name: String, _ value: String) -> [UInt8] {
        header(name, 7, number(value.utf8.count, bytes: 2) + Array(value.utf8))
    }

    static func header(_ name: String, _ type: UInt8, _ value: [UInt8]) -> [UInt8] {
        [UInt8(name.utf8.count)] + Array(name.utf8) + [type] + value
    }

    static func number(_ value: Int, bytes: Int) -> [UInt8] {
        (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    /// A message with right checksums, whatever its lengths say.
    static func message(
        _ headers: [UInt8], _ payload: String = "", total: Int? = nil, headersLength: Int? = nil
    ) -> [UInt8] {
        let length = total ?? headers.count + payload.utf8.count + 16
        var bytes = number(length, bytes: 4) + number(headersLength ?? headers.count, bytes: 4)
        bytes += number(Int(checksum(bytes)), bytes: 4)
        bytes += headers + Array(payload.utf8)
        return bytes + number(Int(checksum(bytes)), bytes: 4)
    }

    static func event(_ name: String, _ payload: String) -> [UInt8] {
        message(text(":event-type", name) + text(":message-type", "event"), payload)
    }

    /// CRC-32 bit by bit, without a table.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var value = UInt32.max
        for byte in bytes {
            for bit in 0..<8 {
                let isOdd = (value ^ UInt32(byte >> bit)) & 1 == 1
                value = isOdd ? (value >> 1) ^ 0xEDB8_8320 : value >> 1
            }
        }
        return ~value
    }

    @Test func `the checksum of the standard's check string is the standard's`() {
        let bytes = Array("123456789".utf8)
        let checksum = CRC32.checksum(of: bytes.span)
        #expect(checksum == 0xCBF4_3926)
    }

    @Test func `events come with their type and their payload`() {
        let bytes = Self.event("messageStart", #"{"role":"assistant"}"#) + Self.event("stop", "")
        let seen = Self.reading([bytes])
        #expect(seen.problem == nil)
        #expect(
            seen.frames == [
                Seen(name: "messageStart", data: #"{"role":"assistant"}"#),
                Seen(name: "stop", data: ""),
            ])
    }

    @Test func `exceptions and errors are told apart from events`() {
        let exception = Self.message(
            Self.text(":message-type", "exception")
                + Self.text(":exception-type", "throttlingException"), "{}")
        let error = Self.message(
            Self.text(":message-type", "error") + Self.text(":error-code", "InternalError")
                + Self.text(":error-message", "it broke"))
        #expect(
            Self.reading([exception + error]).frames == [
                Seen(name: "exception:throttlingException", data: "{}"),
                Seen(name: "error:InternalError", data: "it broke"),
            ])
    }

    @Test func `headers of all ten types are passed over`() {
        let zeros = { (count: Int) in [UInt8](repeating: 0xFF, count: count) }
        let headers: [[UInt8]] = [
            Self.header("a", 0, []), Self.header("b", 1, []), Self.header("c", 2, zeros(1)),
            Self.header("d", 3, zeros(2)), Self.header("e", 4, zeros(4)),
            Self.header("f", 5, zeros(8)), Self.header("g", 6, [0, 3] + zeros(3)),
            Self.text("h", "text"), Self.header("i", 8, zeros(8)),
            Self.header("j", 9, zeros(16)), Self.text(":event-type", "last"),
        ]
        let bytes = Self.message(headers.flatMap { $0 }, "x")
        #expect(Self.reading([bytes]).frames == [Seen(name: "last", data: "x")])
    }

    static let hostile: [(name: String, bytes: [UInt8], problem: String)] = [
        ("a length of zero", message([], total: 0), "shorter than its own frame"),
        ("a length of 15", message([], total: 15), "shorter than its own frame"),
        ("a negative length", message([], total: -1), "too long"),
        ("a length over the limit", message([], total: 16 << 20 + 1), "too long"),
        ("headers over the limit", message([], total: 1 << 20, headersLength: 131_073), "too long"),
        ("negative headers", message([], total: 1 << 20, headersLength: -1), "too long"),
        ("headers behind the end", message([], headersLength: 1), "longer than the message"),
        ("a header without a name", message([0, 7, 0, 0]), "no length"),
        ("a name behind the headers", message([9, 0x61, 7]), "behind the headers"),
        ("a name and nothing behind it", message([1, 0x61]), "behind the headers"),
        ("an unknown type", message(header("a", 10, [])), "not known"),
        (
            "a value behind the headers", message(header("a", 7, [0, 2, 0x61])),
            "behind the headers"
        ),
        ("a value without a length", message(header("a", 6, [0])), "behind the headers"),
        ("a negative value length", message(header("a", 7, [0xFF, 0xFF])), "too long"),
        ("a short number", message(header("a", 5, [1, 2])), "behind the headers"),
        ("a type that is no UTF-8", message(header(":event-type", 7, [0, 1, 0xFF])), "no UTF-8"),
        ("a wrong checksum of lengths", flipped(event("a", "b"), at: 11), "lengths is wrong"),
        ("a wrong length", flipped(event("a", "b"), at: 3), "lengths is wrong"),
        ("a wrong payload", flipped(event("a", "b"), at: event("a", "b").count - 5), "is wrong"),
        ("a wrong checksum", flipped(event("a", "b"), at: event("a", "b").count - 1), "is wrong"),
        ("half a prelude", Array(event("a", "b").prefix(11)), "inside of a message"),
        ("half a message", Array(event("a", "b").dropLast()), "inside of a message"),
        ("a text", Array("HTTP/1.1 200 OK\r\n\r\n".utf8), "too long"),
    ]

    static func flipped(_ bytes: [UInt8], at position: Int) -> [UInt8] {
        var bytes = bytes
        bytes[position] ^= 1
        return bytes
    }

    @Test(arguments: hostile)
    func `hostile bytes are a failure however they are cut`(
        name: String, bytes: [UInt8], problem: String
    ) {
        let good = Self.event("good", "1")
        let whole = Self.reading([good + bytes])
        #expect(whole.frames == [Seen(name: "good", data: "1")], "\(name)")
        #expect(whole.problem?.contains(problem) == true, "\(name): \(whole.problem ?? "none")")
        for position in 0...bytes.count {
            let cut = Self.reading([good + bytes[..<position], Array(bytes[position...])])
            #expect(cut.frames == whole.frames && cut.problem == whole.problem, "\(name)")
        }
        #expect(Self.reading((good + bytes).map { [$0] }).problem == whole.problem, "\(name)")
    }

    @Test func `a parser that failed takes nothing more`() {
        var parser = AWSEventStreamFrames()
        let bad = Self.message([], total: 0)
        #expect(throws: FramingError.self) { try parser.receive(bad.span) { _, _ in } }
        let good = Self.event("good", "1")
        #expect(throws: FramingError.self) {
            try parser.receive(good.span) { _, _ in Issue.record("a frame after a failure") }
        }
        #expect(throws: FramingError.self) { try parser.finish { _, _ in } }
    }

    @Test func `a false length does not make anybody wait`() {
        var parser = AWSEventStreamFrames()
        let prelude = Array(Self.message([], total: 16 << 20 + 1).prefix(12))
        #expect(throws: FramingError.self) { try parser.receive(prelude.span) { _, _ in } }
    }
}

/// Every recorded AWS event stream, whole and cut.
@Suite(
    .enabled(
        if: FileManager.default.fileExists(atPath: RecordedEventStreamTests.recordings.path),
        "needs ../shared/recordings beside the repository"))
struct RecordedAWSEventStreamTests {
    static let streams: [(id: String, body: [UInt8])] = {
        let folder = RecordedEventStreamTests.recordings.appending(path: "bedrock")
        let files = try? FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil)
        return (files ?? []).compactMap { file in
            guard file.lastPathComponent.hasPrefix("bedrock-converse-stream"),
                let data = try? Data(contentsOf: file),
                let record = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
                let response = record["response"] as? [String: Any],
                response["body_encoding"] as? String == "base64",
                let text = response["body"] as? String, let body = Data(base64Encoded: text)
            else { return nil }
            return (file.lastPathComponent, Array(body))
        }
    }()

    @Test func `recordings give the same messages however they are cut`() throws {
        #expect(Self.streams.count >= 39)
        for (id, body) in Self.streams {
            let whole = AWSEventStreamFramesTests.reading([body])
            #expect(whole.problem == nil && whole.frames.first?.name == "messageStart", "\(id)")
            let bytewise = AWSEventStreamFramesTests.reading(body.map { [$0] })
            #expect(bytewise.frames == whole.frames && bytewise.problem == nil, "\(id)")
        }
        let shortest = try #require(Self.streams.min { $0.body.count < $1.body.count })
        let whole = AWSEventStreamFramesTests.reading([shortest.body])
        for position in 0...shortest.body.count {
            let halves = [Array(shortest.body[..<position]), Array(shortest.body[position...])]
            let cut = AWSEventStreamFramesTests.reading(halves)
            #expect(cut.frames == whole.frames && cut.problem == nil, "at \(position)")
        }
    }

    @Test func `a flipped bit anywhere in a recording is found`() throws {
        let shortest = try #require(Self.streams.min { $0.body.count < $1.body.count })
        for position in shortest.body.indices {
            let bad = AWSEventStreamFramesTests.flipped(shortest.body, at: position)
            #expect(AWSEventStreamFramesTests.reading([bad]).problem != nil, "at \(position)")
        }
    }
}
